#!/usr/bin/env python3
"""Holds records and JSON reports against their schemas: report_schema_test.py WSCONFORM REPORTS.

Judged are the sample, a fresh run of the built-in endpoint, one with a fault, and one against a port where nobody
listens. Then one line after the other is spoilt, and the schema has to refuse it.
"""
import copy
import json
import pathlib
import subprocess
import sys
import tempfile
import warnings

warnings.simplefilter("ignore", DeprecationWarning)
import jsonschema  # noqa: E402

wsconform, reports = sys.argv[1], pathlib.Path(sys.argv[2])
bad = 0


def complain(text):
    global bad
    bad += 1
    if bad <= 30:
        print(text)


def validators():
    checker = jsonschema.Draft202012Validator
    schemas, result = {}, []
    for name in "record", "report", "baseline":
        path = (reports / f"{name}.schema.json").resolve()
        schemas[path.as_uri()] = json.loads(path.read_text(encoding="utf-8"))
    for uri, schema in schemas.items():
        checker.check_schema(schema)
        try:
            import referencing
            entries = [(name, referencing.Resource.from_contents(each)) for name, each in schemas.items()]
            result.append(checker({"$ref": uri}, registry=referencing.Registry().with_resources(entries)))
        except ImportError:
            result.append(checker(schema, resolver=jsonschema.RefResolver(uri, schema, store=schemas)))
    return result


def reason(validator, value):
    """The first thing that is wrong with a value, or None."""
    error = jsonschema.exceptions.best_match(validator.iter_errors(value))
    if error is None:
        return None
    return "/" + "/".join(str(part) for part in error.absolute_path) + ": " + error.message[:300]


def run(expected, *words):
    done = subprocess.run([wsconform, *words], capture_output=True, text=True, timeout=900, check=False)
    if done.returncode != expected:
        complain(f"wsconform {' '.join(words)}: exit code {done.returncode}, not {expected}\n{done.stderr[:2000]}")
    return done.stdout


def shape(value, key=""):
    """What the schema could object to in an event: everything but the digits of its numbers and texts."""
    if isinstance(value, dict):
        return tuple((name, shape(inner, name)) for name, inner in sorted(value.items()))
    if isinstance(value, list):
        return tuple(shape(inner) for inner in value)
    if isinstance(value, str):
        return "".join(sorted({"0" if c in "0123456789abcdef" else c for c in value})) + str(len(value) % 2)
    if key in ("opcode", "form"):
        return value
    return ("negative " if isinstance(value, int) and value < 0 else "") + type(value).__name__


def thinned(line, seen):
    """The line, its wire log with one event of each shape in `seen`: a validator in Python takes its time."""
    if "wire" not in line:
        return line
    events = []
    for event in line["wire"]:
        like = shape(event)
        if like not in seen:
            seen.add(like)
            events.append(event)
    return {**line, "wire": events}


def check_record(validator, name, path):
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    types = [line.get("type") for line in lines]
    if types[:1] != ["header"] or types[-1:] != ["footer"] or set(types[1:-1]) - {"case"}:
        complain(f"{name}: not a header, cases and a footer")
    seen = set()
    for number, line in enumerate(lines, 1):
        text = reason(validator, thinned(line, seen))
        if text:
            complain(f"{name}, line {number} ({line.get('id', line.get('type'))}): {text}")
    totals = {}
    for line in lines[1:-1]:
        totals[line["verdict"]] = totals.get(line["verdict"], 0) + 1
        if line["outcome"] is not None and line["outcome"] >= len(line["expected"]):
            complain(f"{name}, {line['id']}: outcome {line['outcome']} of {len(line['expected'])}")
        for cited, entries in ("checks", "requirements"), ("rulings", "rulings"):
            missing = set(line[cited]) - set(lines[0][entries])
            if missing:
                complain(f"{name}, {line['id']}: {cited} that the header does not explain: {sorted(missing)}")
    if totals != lines[-1]["totals"] or len(lines) - 2 != lines[-1]["total"]:
        complain(f"{name}: the footer counts {lines[-1]['totals']}, the lines are {totals}")
    return lines


def check_report(validator, name, text, lines):
    report = json.loads(text)
    wrong = reason(validator, report)
    if wrong:
        complain(f"{name} as JSON: {wrong}")
    elif [case["id"] for case in report["cases"]] != [line["id"] for line in lines[1:-1]]:
        complain(f"{name} as JSON: not the cases of the record")
    return report


def spoil(validator, lines):
    """Each of these changes has to be noticed."""
    header, footer = lines[0], lines[-1]
    with_frame = next(line for line in lines if any(event["kind"] == "frame" for event in line.get("wire", [])))
    at = next(i for i, event in enumerate(with_frame["wire"]) if event["kind"] == "frame")
    changes = [
        (header, ["format"], 2), (header, ["judges"], "proxy"), (header, ["started"], "today"),
        (header, ["target", "port"], 9001), (header, ["extra"], 1), (header, ["seed"], 5),
        (with_frame, ["verdict"], "maybe"), (with_frame, ["outcome"], -1), (with_frame, ["close", "end"], "gone"),
        (with_frame, ["response", "fields"], [["Upgrade"]]), (with_frame, ["wire"], None),
        (with_frame, ["wire", at, "t"], -1), (with_frame, ["wire", at, "kind"], "packet"),
        (with_frame, ["wire", at, "hex"], "0"), (with_frame, ["wire", at, "frame", "opcode"], 16),
        (with_frame, ["wire", at, "frame", "form"], 32), (with_frame, ["wire", at, "frame", "key"], "00"),
        (with_frame, ["wire", at, "colour"], "red"), (with_frame, ["wire", at, "text"], "no frame has a text"),
        (with_frame, ["extra"], 1), (footer, ["totals", "maybe"], 1), (footer, ["exit_code"], 9),
        (footer, ["extra"], 1), (footer, ["type"], "trailer"),
    ]
    for line, path, value in changes:
        line = copy.deepcopy(line)
        inner = line
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
        if reason(validator, line) is None:
            complain(f"the schema takes a {line['type']} with {'/'.join(map(str, path))} = {value!r}")
    for line in header, with_frame, footer:
        for key in line:
            less = {name: value for name, value in line.items() if name != key}
            if reason(validator, less) is None and key not in ("measures", "target_output", "attempts", "gate", "baseline", "shard", "attempt", "other"):
                complain(f"the schema takes a {line['type']} without {key}")


def main():
    record, report, baseline = validators()
    sample = reports / "sample" / "run.jsonl"
    lines = check_record(record, "the sample", sample)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "run.jsonl"
        text = run(lines[-1]["exit_code"], "report", str(sample), "--json", "-")
        check_report(report, "the sample", text, lines)
        spoil(record, lines)
        path.write_text("".join(json.dumps(line) + "\n" for line in lines[:-1]), encoding="utf-8")
        short = check_report(report, "a truncated record", run(3, "report", str(path), "--json", "-"), lines)
        if short["complete"] or not short["truncated"] or short["footer"] is not None:
            complain("a truncated record passes for a whole one")

        text = run(0, "server", "--builtin", "--jsonl", str(path), "--json", "-")
        lines = check_record(record, "the built-in endpoint", path)
        check_report(report, "the built-in endpoint", text, lines)
        if len(lines) < 500:
            complain(f"only {len(lines) - 2} cases of the built-in endpoint")
        text = run(1, "server", "--builtin", "--fault", "masks-messages", "framing/*", "--jsonl", str(path), "--json", "-")
        lines = check_record(record, "an endpoint that masks", path)
        check_report(report, "an endpoint that masks", text, lines)
        if not any(line["problems"] for line in lines[1:-1]):
            complain("no monitor saw that the endpoint masks its frames")
        known = pathlib.Path(folder) / "baseline.json"
        gated = ("server", "--builtin", "--fault", "masks-messages", "framing/length-*", "data/*", "--baseline", str(known))
        run(0, *gated, "--update-baseline")
        entries = json.loads(known.read_text(encoding="utf-8"))
        entries["cases"] |= {"gone/x": {"verdicts": ["fail"], "reason": "r", "link": "l"}, "close/*": {"verdicts": ["fail"]}}
        known.write_text(json.dumps(entries), encoding="utf-8")
        wrong = reason(baseline, entries)
        if wrong:
            complain(f"a baseline that was written: {wrong}")
        for less in {"format": 1}, {"format": 1, "cases": {"a/b": {}}}, {"format": 1, "cases": {"a/b": {"verdicts": ["x"]}}}:
            if reason(baseline, less) is None:
                complain(f"the schema takes the baseline {less}")
        text = run(1, *gated, "close/fragmented", "--repeat", "2", "--require", "5000,data=1", "--fail-on", "lenient", "--name", "me",
                   "--jsonl", str(path), "--json", "-")
        lines = check_record(record, "a run with a gate", path)
        check_report(report, "a run with a gate", text, lines)
        sums = lines[-1]["gate"]
        if sums["stale"] != ["gone/x"] or not sums["short"] or not sums["expected"] or sums["unexpected"] != 1:
            complain(f"the gate of that run sums up to {sums}")

        text = run(1, "server", "--builtin", "--fault", "mask-restarts-per-segment", "data/text-*", "--pacing", "all", "--jsonl",
                   str(path), "--json", "-")
        lines = check_record(record, "verdicts that differ", path)
        check_report(report, "verdicts that differ", text, lines)
        if not any(line.get("other", {}).get("verdict") == "pass" for line in lines):
            complain("the better attempt is not in the record")

        text = run(3, "server", "ws://127.0.0.1:1/", "close/*", "--jsonl", str(path), "--json", "-")
        lines = check_record(record, "nobody", path)
        check_report(report, "nobody", text, lines)
    print(f"{bad} mistakes" if bad else "records and reports are as their schemas say")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
