# cpack --config BUILD/CPackConfig.cmake: a package of Debian with the program, its man pages and its completions.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME wsconform)
set(CPACK_PACKAGE_CONTACT "wsconform maintainers <maintainers@wsconform.invalid>" CACHE STRING "Maintainer of packages")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "conformance testing of WebSocket endpoints")
set(CPACK_COMPONENTS_ALL program)
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION
"Judges WebSocket servers and clients against RFC 6455, RFC 7692 and the HTTP
rules around them, and shows evidence for every verdict. It takes the place of
wstest, with the same command line, spec files and reports.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME wsconform)
set(CPACK_DEBIAN_PROGRAM_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_PRE_BUILD_SCRIPTS "${CMAKE_CURRENT_LIST_DIR}/WscPackageFinish.cmake")
string(TIMESTAMP CPACK_WSC_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC) # heeds SOURCE_DATE_EPOCH
include(CPack)
