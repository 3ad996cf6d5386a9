# Options of the build and the helpers that apply them to one target at a time.
include(GNUInstallDirs)

option(WSC_BUILD_TESTS "Build the tests" OFF)
option(WSC_TARGET_TESTS "Test against servers of other people, too (needs a C++ compiler and these servers)" OFF)
option(WSC_BUILD_FUZZERS "Build the fuzz entry points" OFF)
option(WSC_BUILD_BENCH "Build the measurements (needs libwslay)" OFF)
option(WSC_CODEC_ONLY "Build only the codec library and its tests" OFF)
option(WSC_WERROR "Treat warnings as errors (for CI)" OFF)
option(WSC_TIDY "Run clang-tidy while compiling" OFF)
option(WSC_COVERAGE "Instrument for coverage" OFF)
set(WSC_FUZZING_FLAGS "-fsanitize=fuzzer-no-link" CACHE STRING
    "Instrumentation that the fuzzing engine wants; empty if the compiler brings it")
set(WSC_SANITIZE "" CACHE STRING "Sanitizers: address,undefined or memory; empty for none")

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Kind of build" FORCE)
endif()
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# Assertions guard invariants against hostile peers, so they stay on in every kind of build.
foreach(kind RELEASE RELWITHDEBINFO MINSIZEREL)
  string(REGEX REPLACE "[-/]DNDEBUG" "" CMAKE_C_FLAGS_${kind} "${CMAKE_C_FLAGS_${kind}}")
endforeach()

function(wsc_target_defaults target)
  target_compile_features(${target} PRIVATE c_std_17)
  set_target_properties(${target} PROPERTIES C_EXTENSIONS OFF C_VISIBILITY_PRESET hidden
                                             POSITION_INDEPENDENT_CODE ON)
  target_compile_definitions(${target} PRIVATE _GNU_SOURCE)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
                         -Wstrict-prototypes -Wmissing-prototypes)
  if(WSC_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(WSC_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${WSC_SANITIZE} -fno-omit-frame-pointer
                           -fno-sanitize-recover=all)
    target_link_options(${target} PRIVATE -fsanitize=${WSC_SANITIZE})
  endif()
  if(WSC_BUILD_FUZZERS)
    target_compile_options(${target} PRIVATE ${WSC_FUZZING_FLAGS})
  endif()
  if(WSC_COVERAGE)
    target_compile_options(${target} PRIVATE --coverage -O0)
    target_link_options(${target} PRIVATE --coverage)
  endif()
  if(WSC_TIDY)
    find_program(WSC_CLANG_TIDY NAMES clang-tidy-14 clang-tidy REQUIRED)
    set_target_properties(${target} PROPERTIES C_CLANG_TIDY "${WSC_CLANG_TIDY};--quiet")
  endif()
endfunction()

# wsc_module(NAME [LINK lib...]): the static library of one folder under harness, from its .c files.
function(wsc_module name)
  cmake_parse_arguments(arg "" "" "LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.c")
  add_library(wsc_${name} STATIC ${sources})
  wsc_target_defaults(wsc_${name})
  target_include_directories(wsc_${name} PUBLIC "${PROJECT_SOURCE_DIR}/harness")
  target_link_libraries(wsc_${name} PUBLIC ${arg_LINK})
endfunction()
