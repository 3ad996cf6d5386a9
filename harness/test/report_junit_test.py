#!/usr/bin/env python3
"""Reads JUnit reports with an XML parser, and with Debian's python3-junitparser, and holds them against the record:
report_junit_test.py WSCONFORM RECORD..."""
import collections
import json
import subprocess
import sys
import xml.etree.ElementTree as ET

import junitparser

ATTRIBUTES = {
    "testsuites": {"name", "tests", "failures", "errors", "time"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"},
    "properties": set(), "property": {"name", "value"}, "testcase": {"classname", "name", "time"},
    "failure": {"type", "message"}, "error": {"type", "message"}, "skipped": {"message"}, "system-out": set(),
}
RESULTS = {"pass": None, "lenient": "system-out", "info": "system-out", "fail": "failure", "unsupported": "skipped"}


def check(wsconform, path):
    with open(path, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file if line.strip()]
    done = subprocess.run([wsconform, "report", path, "--junit", "-"], capture_output=True, timeout=60, check=False)
    root = ET.fromstring(done.stdout)
    for element in root.iter():
        assert set(element.attrib) <= ATTRIBUTES[element.tag], f"{element.tag}: {set(element.attrib)}"
    suites = root.findall("testsuite")
    names = [suite.get("name") for suite in suites]
    assert len(set(names)) == len(names), names
    cases = [line for line in lines if line["type"] == "case"]
    found = [case for suite in suites for case in suite.findall("testcase") if suite.get("name") != "wsconform.run"]
    assert len(found) == len(cases), f"{len(found)} of {len(cases)} cases"
    kinds = collections.Counter()
    for case in found:
        assert len(case) <= 1
        kinds[case[0].tag if len(case) else None] += 1
    wanted = collections.Counter(RESULTS.get(case["verdict"], "error") for case in cases)
    assert kinds == wanted, f"{kinds} is not {wanted}"
    whole = lines[-1]["type"] == "footer" and lines[-1]["complete"]
    assert (suites[-1].get("name") == "wsconform.run") == (not whole)
    for key, tag in ("failures", "failure"), ("errors", "error"):
        in_suites = [int(suite.get(key)) for suite in suites]
        assert in_suites == [len(suite.findall(f"testcase/{tag}")) for suite in suites]
        assert int(root.get(key)) == sum(in_suites)
    assert int(root.get("tests")) == sum(int(suite.get("tests")) for suite in suites) == len(found) + (not whole)
    read_by_others(done.stdout, found, root)


def read_by_others(text, found, root):
    """Somebody else's reader comes to the same cases and results."""
    theirs = junitparser.JUnitXml.fromstring(text)
    cases = [case for suite in theirs for case in suite if suite.name != "wsconform.run"]
    assert [(case.classname, case.name) for case in cases] == [(case.get("classname"), case.get("name")) for case in found]
    kinds = {"failure": junitparser.Failure, "error": junitparser.Error, "skipped": junitparser.Skipped}
    for ours, case in zip(found, cases):
        wanted = [kinds[each.tag] for each in ours if each.tag in kinds]
        assert [type(result) for result in case.result] == wanted, case.name
    theirs.update_statistics()
    assert (theirs.tests, theirs.failures, theirs.errors) == tuple(int(root.get(key)) for key in ("tests", "failures", "errors"))


for record in sys.argv[2:]:
    check(sys.argv[1], record)
print(f"{len(sys.argv) - 2} records as JUnit XML are what they should be")
