# Tests of the reports beyond their unit tests.
find_package(Python3 COMPONENTS Interpreter REQUIRED)

# A fresh record and the sample against the schemas (python3-jsonschema). It is Python that takes the time, so once.
if(NOT WSC_SANITIZE)
  add_test(NAME report/schema
           COMMAND Python3::Interpreter "${CMAKE_CURRENT_LIST_DIR}/report_schema_test.py" $<TARGET_FILE:wsconform>
                   "${PROJECT_SOURCE_DIR}/reports")
  set_tests_properties(report/schema PROPERTIES LABELS report TIMEOUT 900 COST 100)
endif()

# The page in a browser: Node.js with the packages of browser/package-lock.json (npm ci), and Chromium. A tool that
# is missing is a failure, not a reason to skip. Sanitizers see nothing there that the unit tests do not show them.
if(NOT WSC_SANITIZE)
  find_program(WSC_NODE NAMES node nodejs)
  if(NOT WSC_NODE)
    set(WSC_NODE node)
  endif()
  add_test(NAME browser/report
           COMMAND "${WSC_NODE}" "${CMAKE_CURRENT_LIST_DIR}/browser/report.test.mjs" $<TARGET_FILE:report_render>
                   "${PROJECT_SOURCE_DIR}/reports" "${CMAKE_CURRENT_LIST_DIR}")
  set_tests_properties(browser/report PROPERTIES LABELS browser TIMEOUT 600 COST 80)
endif()

# JUnit XML, read by a parser of XML.
add_test(NAME report/junit
         COMMAND Python3::Interpreter "${CMAKE_CURRENT_LIST_DIR}/report_junit_test.py" $<TARGET_FILE:wsconform>
                 "${PROJECT_SOURCE_DIR}/reports/sample/run.jsonl" "${CMAKE_CURRENT_LIST_DIR}/report_hostile.jsonl")
set_tests_properties(report/junit PROPERTIES LABELS report TIMEOUT 60)

# Formats of other programs, read by them: prove (perl), xmllint (libxml2-utils), and SARIF's schema from npm.
add_test(NAME report/formats
         COMMAND Python3::Interpreter "${CMAKE_CURRENT_LIST_DIR}/report_formats_test.py" $<TARGET_FILE:wsconform>
                 "${CMAKE_CURRENT_LIST_DIR}" "${PROJECT_SOURCE_DIR}/reports/sample/run.jsonl"
                 "${CMAKE_CURRENT_LIST_DIR}/report_hostile.jsonl")
set_tests_properties(report/formats PROPERTIES LABELS report TIMEOUT 300)
