# Writes OUT, a C file that holds the page IN as NAME. {{page.css}} and {{page.js}} are replaced by these files from beside
# the page, and {{csp}} by its content security policy: nothing may be fetched, and only the page's own style and script,
# known by their hashes, may act.
file(READ "${IN}" page)
get_filename_component(folder "${IN}" DIRECTORY)
foreach(part page.css page.js)
  file(READ "${folder}/${part}" content)
  string(REPLACE "{{${part}}}\n" "${content}" page "${page}")
endforeach()
if(page MATCHES "[^\n\t -~]")
  message(FATAL_ERROR "${IN} is to be ASCII: ${CMAKE_MATCH_0}")
endif()

# The base64 form of a SHA-256 in hexadecimal digits.
function(hash_base64 hex out)
  set(alphabet "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  set(text "")
  foreach(at RANGE 0 57 6)
    string(SUBSTRING "${hex}" ${at} 6 triple)
    math(EXPR value "0x${triple}")
    foreach(shift 18 12 6 0)
      math(EXPR index "(${value} >> ${shift}) & 63")
      string(SUBSTRING "${alphabet}" ${index} 1 letter)
      string(APPEND text "${letter}")
    endforeach()
  endforeach()
  string(SUBSTRING "${hex}" 60 4 rest) # the last two of 32 octets
  math(EXPR value "0x${rest} << 2")
  foreach(shift 12 6 0)
    math(EXPR index "(${value} >> ${shift}) & 63")
    string(SUBSTRING "${alphabet}" ${index} 1 letter)
    string(APPEND text "${letter}")
  endforeach()
  set(${out} "${text}=" PARENT_SCOPE)
endfunction()

# The hash of what stands between <element> and </element>.
function(element_hash element out)
  string(FIND "${page}" "<${element}>" start)
  string(FIND "${page}" "</${element}>" end)
  string(LENGTH "<${element}>" skip)
  if(start LESS 0 OR end LESS start)
    message(FATAL_ERROR "${IN} has no <${element}>")
  endif()
  math(EXPR start "${start} + ${skip}")
  math(EXPR length "${end} - ${start}")
  string(SUBSTRING "${page}" ${start} ${length} content)
  string(SHA256 hex "${content}")
  hash_base64("${hex}" base64)
  set(${out} "sha256-${base64}" PARENT_SCOPE)
endfunction()

element_hash(style style)
element_hash(script script)
string(REPLACE "{{csp}}"
  "default-src 'none'; style-src '${style}'; script-src '${script}'; base-uri 'none'; form-action 'none'"
  page "${page}")

string(HEX "${page}" hex)
string(REGEX REPLACE "(..)" "0x\\1," octets "${hex}")
foreach(unused RANGE 1 16)
  string(APPEND line "0x..,")
endforeach()
string(REGEX REPLACE "(${line})" "\\1\n" octets "${octets}")
file(WRITE "${OUT}"
"/* Made from a page of reports; do not edit. */
#include \"report/html.h\"

const char ${NAME}[] = {
${octets}0x00};
")
