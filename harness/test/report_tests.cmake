# Tests of the reports beyond their unit tests.
find_package(Python3 COMPONENTS Interpreter REQUIRED)

# A fresh record and the sample against the schemas (python3-jsonschema).
add_test(NAME report/schema
         COMMAND Python3::Interpreter "${CMAKE_CURRENT_LIST_DIR}/report_schema_test.py" $<TARGET_FILE:wsconform>
                 "${PROJECT_SOURCE_DIR}/reports")
set_tests_properties(report/schema PROPERTIES LABELS report TIMEOUT 600)
