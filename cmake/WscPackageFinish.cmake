# What the policy of Debian wants of the files of a package: compressed man pages, a changelog, zsh's folder.
set(root "${CPACK_TEMPORARY_DIRECTORY}/program/usr/share")
file(WRITE "${root}/doc/wsconform/changelog"
"wsconform (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium

  * CHANGELOG.md of the source tells what is new.

 -- ${CPACK_PACKAGE_CONTACT}  ${CPACK_WSC_DATE}
")
file(GLOB pages "${root}/man/man1/*.1")
execute_process(COMMAND gzip -9nf ${pages} "${root}/doc/wsconform/changelog" COMMAND_ERROR_IS_FATAL ANY)
file(RENAME "${root}/zsh/site-functions" "${root}/zsh/vendor-completions")
# Files are as old as the sources, where somebody says how old these are.
if(DEFINED ENV{SOURCE_DATE_EPOCH})
  execute_process(COMMAND find "${CPACK_TEMPORARY_DIRECTORY}" -exec touch -h -d "@$ENV{SOURCE_DATE_EPOCH}" {} +
                  COMMAND_ERROR_IS_FATAL ANY)
endif()
