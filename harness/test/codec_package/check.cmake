# Installs the codec below WORK and uses it as somebody else would: builds the example of its README by
# pkg-config and by find_package, in a tree that was moved after it was installed. cmake -D... -P check.cmake
#   BUILD: the build to install   README: with the example   WORK: a folder to work in   CC: the compiler
#   CONSUMER: the folder of the consumer's CMakeLists.txt    LIBDIR: as CMAKE_INSTALL_LIBDIR
function(run)
  execute_process(COMMAND ${ARGN} OUTPUT_VARIABLE output ERROR_VARIABLE errors RESULT_VARIABLE code)
  if(NOT code EQUAL 0)
    string(JOIN " " command ${ARGN})
    message(FATAL_ERROR "${command}: ${code}\n${output}${errors}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

function(check_program program)
  run(${CMAKE_COMMAND} -E env "LD_LIBRARY_PATH=${prefix}/${LIBDIR}" "${program}")
  set(expected "answer s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\nmessage Hello\nclosed 1000\n")
  if(NOT output STREQUAL expected)
    message(FATAL_ERROR "${program} says:\n${output}instead of:\n${expected}")
  endif()
endfunction()

file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${WORK}")
run(${CMAKE_COMMAND} --install "${BUILD}" --prefix "${WORK}/installed" --component codec)
set(prefix "${WORK}/moved")
file(RENAME "${WORK}/installed" "${prefix}")

file(READ "${README}" readme)
string(FIND "${readme}" "\n```c\n" begin)
if(begin LESS 0)
  message(FATAL_ERROR "${README} has no example")
endif()
math(EXPR begin "${begin} + 6")
string(SUBSTRING "${readme}" ${begin} -1 example)
string(FIND "${example}" "\n```\n" end)
string(SUBSTRING "${example}" 0 ${end} example)
set(source "${WORK}/example.c")
file(WRITE "${source}" "${example}\n")

set(ENV{PKG_CONFIG_PATH} "${prefix}/${LIBDIR}/pkgconfig")
run(pkg-config --cflags --libs wsc)
separate_arguments(flags UNIX_COMMAND "${output}")
run(${CC} -std=c17 -Wall -Wextra -Wpedantic -Werror "${source}" ${flags} -o "${WORK}/by-pkg-config")
check_program("${WORK}/by-pkg-config")

run(${CMAKE_COMMAND} -S "${CONSUMER}" -B "${WORK}/build" "-DCMAKE_PREFIX_PATH=${prefix}"
    "-DCMAKE_C_COMPILER=${CC}" "-DSOURCE=${source}")
run(${CMAKE_COMMAND} --build "${WORK}/build")
check_program("${WORK}/build/consumer")

# The header is C++ as well.
find_program(CXX NAMES c++ g++ clang++ clang++-14)
if(CXX)
  file(WRITE "${WORK}/header.cpp" "#include <wsc.h>\n")
  run(${CXX} -fsyntax-only -Wall -Wextra -Wpedantic -Werror "-I${prefix}/include" "${WORK}/header.cpp")
endif()
