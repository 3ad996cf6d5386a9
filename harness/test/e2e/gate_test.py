#!/usr/bin/env python3
"""The gate around a run: baselines, --fail-on, --require, for servers, clients and records."""
import json
import os
import unittest
import xml.etree.ElementTree as ET

from support import FAILURES, OK, PROGRAM, TARGET, USAGE, Test, free_port, run

SELECTION = ("data/text-hello", "data/binary-hello", "close/fragmented", "handshake/method-*")
SERVER = ("server", "--builtin", "--fault", "accepts-any-method", "-q")


class Baseline(Test):
    def setUp(self):
        super().setUp()
        self.path = self.folder / "baseline.json"

    def write(self, **cases):
        self.path.write_text(json.dumps({"format": 1, "cases": cases}))

    def read(self):
        return json.loads(self.path.read_text())["cases"]

    def server(self, *more):
        return run(*SERVER, *SELECTION, "--baseline", self.path, *more)

    def test_made_anew_it_makes_the_run_green(self):
        self.expect(run(*SERVER, *SELECTION), FAILURES)
        self.expect(self.server(), USAGE, "cannot read")
        result = self.server("--update-baseline")
        self.expect(result, OK, "entries now")
        entries = self.read()
        self.assertGreater(len(entries), 5)
        self.assertTrue(all(name.startswith("handshake/method-") for name in entries), entries)
        self.assertTrue(all(entry == {"verdicts": ["fail"], "reason": ""} for entry in entries.values()), entries)
        self.expect(self.server(), OK, "OK: no case is red", f"{len(entries)} of its cases as expected, 0 not")

    def test_reasons_stay_when_it_is_updated(self):
        self.server("--update-baseline")
        entries = self.read()
        entries["handshake/method-put"] |= {"reason": "we like PUT", "link": "https://example.org/7"}
        entries["data/text-hello"] = {"verdicts": ["fail"], "reason": "mended since"}
        self.write(**entries)
        self.expect(self.server("--update-baseline"), OK)
        self.assertEqual(self.read()["handshake/method-put"],
                         {"verdicts": ["fail"], "reason": "we like PUT", "link": "https://example.org/7"})
        self.assertNotIn("data/text-hello", self.read())

    def test_a_pass_that_was_not_expected_is_red(self):
        entries = {"handshake/method-*": {"verdicts": ["fail", "pass"], "reason": "any method"},
                   "data/text-hello": {"verdicts": ["fail"], "reason": "it used to"}}
        self.write(**entries)
        junit, html = self.folder / "j.xml", self.folder / "r.html"
        result = run(*SERVER[:-1], *SELECTION, "--baseline", self.path, "--junit", junit, "--html", html)
        self.expect(result, FAILURES, "PASS data/text-hello, not as expected", "expects fail: it used to", "FAIL: 1 case is red")
        self.assertNotIn("handshake/method-put", result.out)
        failures = {case.get("name"): case.find("failure").get("message")
                    for case in ET.parse(junit).iter("testcase") if case.find("failure") is not None}
        self.assertEqual(failures, {"data/text-hello": "pass, but the baseline expects fail: it used to"})
        skipped = [case.find("skipped").get("message") for case in ET.parse(junit).iter("testcase")
                   if case.find("skipped") is not None]
        self.assertIn("fail, as expected: any method", skipped)
        self.assertIn("not as expected", html.read_text())

    def test_an_entry_that_matches_nothing_is_red(self):
        self.write(**{"handshake/method-*": {"verdicts": ["fail", "pass"]}, "handshake/gone": {"verdicts": ["fail"]}})
        result = self.server("--junit", self.folder / "j.xml")
        self.expect(result, FAILURES, "The entry handshake/gone of the baseline matches no case.", "no case is red, but")
        self.assertIn('type="gate"', (self.folder / "j.xml").read_text())

    def test_an_entry_for_a_case_that_was_not_selected_is_not(self):
        self.write(**{"utf8/*": {"verdicts": ["fail"]}})
        self.expect(run("server", "--builtin", "data/text-hello", "--baseline", self.path), OK)

    def test_an_incomplete_run_stays_so_and_updates_nothing(self):
        self.write(**{"data/*": {"verdicts": ["not-run", "fail"]}})
        before = self.path.read_text()
        result = run("server", f"ws://127.0.0.1:{free_port()}/", "--wait", "100ms", "data/text-hello", "--baseline", self.path,
                     "--update-baseline")
        self.expect(result, TARGET, "stays as it was")
        self.assertEqual(self.path.read_text(), before)

    def test_a_record_is_judged_later(self):
        record = self.folder / "run.jsonl"
        run(*SERVER, *SELECTION, "--jsonl", record)
        self.expect(run("report", record), FAILURES)
        self.expect(run("report", record, "--baseline", self.path, "--update-baseline", "-q"), OK)
        self.assertGreater(len(self.read()), 5)
        self.expect(run("report", record, "--baseline", self.path, "-q"), OK, "OK: no case is red")
        self.expect(run("report", record, record, "--baseline", self.path), OK)
        self.expect(run("report", record, record, "--fail-on", "fail"), FAILURES)
        self.expect(run("report", record, "--fail-on", "never", "-q"), OK)
        text = record.read_text().splitlines(keepends=True)
        record.write_text("".join(text[:-1]))
        self.expect(run("report", record, "--baseline", self.path, "-q"), TARGET)

    def test_clients(self):
        client = ("client", "--exec", f"{PROGRAM} echo --connect {{url}} --fault never-masks", "-q", "data/text-*")
        plain = run(*client)
        self.expect(plain, FAILURES)
        self.expect(run(*client, "--baseline", self.path, "--update-baseline"), OK)
        self.assertIn("data/text-hello", self.read())
        record = self.folder / "run.jsonl"
        self.expect(run(*client, "--baseline", self.path, "--jsonl", record), OK, "OK: no case is red")
        lines = [json.loads(line) for line in record.read_text().splitlines()]
        marks = {line["id"]: line["baseline"]["met"] for line in lines if "baseline" in line}
        self.assertEqual(set(marks), set(self.read()))
        self.assertEqual(lines[-1]["exit_code"], 0)
        self.expect(run(*client, "--require", "1000"), FAILURES, "1000 are required")

    def test_mistakes(self):
        server = ("server", "--builtin", "data/text-hello")
        for arguments, text in (
            ((*server, "--fail-on", "nonsense"), "--fail-on is fail, lenient"),
            ((*server, "--require", "many"), "--require many is no number"),
            ((*server, "--update-baseline"), "goes with --baseline"),
            (("server", "ws://a/", "ws://b/", "--baseline", self.path, "--update-baseline"), "takes one target"),
        ):
            with self.subTest(arguments=arguments):
                self.expect(run(*arguments), USAGE, text)
        self.path.write_text('{"format":1,"cases":{"a":{"verdicts":["maybe"]}}}')
        self.expect(self.server(), USAGE, 'no baseline: /cases/a/verdicts/0: "maybe" is no verdict')
        self.path.unlink()
        os.mkdir(self.path)
        self.expect(self.server("--update-baseline"), USAGE)


class Diff(Test):
    def setUp(self):
        super().setUp()
        self.old, self.new = self.folder / "old.jsonl", self.folder / "new.jsonl"
        run("server", "--builtin", *SELECTION, "--jsonl", self.old)
        run(*SERVER, *SELECTION, "--jsonl", self.new)

    def test_a_regression(self):
        result = run("diff", self.old, self.new)
        self.expect(result, FAILURES, "Regressions: ", "fail, was pass  handshake/method-put", " the same.")
        page, table = self.folder / "d.html", self.folder / "d.md"
        self.expect(run("diff", self.old, self.new, "--html", page, "--markdown", table), FAILURES)
        self.assertIn("handshake/method-put", page.read_text())
        self.assertNotIn("data/text-hello", page.read_text())
        self.assertIn("| handshake/method-put | pass | fail |", table.read_text())

    def test_the_other_way_round(self):
        self.expect(run("diff", self.new, self.old), OK, "No regression", "mended")
        self.expect(run("diff", self.old, self.old, "-q"), OK, "No regression;")

    def test_a_truncated_record(self):
        self.new.write_text("".join(self.old.read_text().splitlines(keepends=True)[:-1]))
        self.expect(run("diff", self.old, self.new), TARGET, "cut short", "The new run is incomplete")
        self.expect(run("diff", self.new, self.old), OK)

    def test_mistakes(self):
        self.expect(run("diff", self.old), USAGE, "needs two records")
        self.expect(run("diff", self.old, self.folder / "none.jsonl"), USAGE, "cannot read")
        self.expect(run("diff", self.old, self.new, "--html", self.folder / "no" / "d.html"), USAGE, "cannot write")


class Shards(Test):
    def run_part(self, part, name="me"):
        path = self.folder / f"{name}-{part.replace('/', '-')}.jsonl"
        self.expect(run("server", "--builtin", "--name", name, "-q", "data/*", "close/*", "--shard", part, "--jsonl", path), OK)
        return path

    def test_the_parts_are_the_whole(self):
        parts = [self.run_part(f"{i}/3") for i in (2, 3, 1)]
        whole, merged = self.folder / "whole.jsonl", self.folder / "merged.jsonl"
        run("server", "--builtin", "--name", "me", "-q", "data/*", "close/*", "--jsonl", whole)
        self.expect(run("report", *parts, "--jsonl", merged), OK)
        self.expect(run("report", *parts, "--out", self.folder / "out"), OK)
        lines = [[json.loads(line) for line in path.read_text().splitlines()] for path in (whole, merged)]
        self.assertEqual([case["id"] for case in lines[0][1:-1]], [case["id"] for case in lines[1][1:-1]])
        self.assertEqual(lines[0][-1]["totals"], lines[1][-1]["totals"])
        self.assertEqual(lines[0][0]["requirements"], lines[1][0]["requirements"])
        self.assertEqual(len((self.folder / "out" / "report.jsonl").read_text().splitlines()), len(lines[0]))
        sizes = [len(path.read_text().splitlines()) for path in parts]
        self.assertLessEqual(max(sizes) - min(sizes), 1)
        self.expect(run("report", *parts, "--require", "100"), OK)
        self.expect(run("report", *parts, "--require", "10000"), FAILURES)

    def test_a_missing_part(self):
        parts = [self.run_part(f"{i}/3") for i in (1, 3)]
        self.expect(run("report", *parts), TARGET, "INCOMPLETE RUN")
        self.expect(run("report", parts[0]), TARGET, "INCOMPLETE RUN")
        self.expect(run("report", parts[0], parts[0]), USAGE, "shard 1 of 3 is there twice")

    def test_two_targets_in_parts(self):
        parts = [self.run_part(f"{i}/2", name) for name in ("one", "two") for i in (1, 2)]
        result = run("report", *parts)
        self.expect(result, OK, "| one |", "| two |")
        self.assertEqual(result.out.count("| one |"), 1)

    def test_mistakes(self):
        for wrong in ("", "1", "0/3", "4/3", "1/0", "1/2/3", "a/b", "-1/3", "1/3 ", "1/99999"):
            with self.subTest(wrong=wrong):
                self.expect(run("server", "--builtin", "data/*", "--shard", wrong), USAGE, "is not I/N")
        self.expect(run("server", "--builtin", "data/text-hello", "--shard", "2/2"), USAGE, "has none of 1 case")


class Rules(Test):
    def test_fail_on(self):
        lenient = ("server", "--builtin", "--fault", "accepts-any-key", "handshake/*", "-q")
        self.expect(run(*lenient), OK, "No case fails.")
        for flags in (("--strict",), ("--fail-on", "lenient"), ("--fail-on", "fail,lenient"), ("--fail-on", "any")):
            self.expect(run(*lenient, *flags), FAILURES, "are red")
        self.expect(run(*lenient, "--fail-on", "unsupported"), OK, "OK: no case is red")
        self.expect(run(*SERVER, *SELECTION, "--fail-on", "never"), OK)

    def test_require(self):
        server = ("server", "--builtin", "data/*", "close/*", "-q")
        self.expect(run(*server, "--require", "20,data=20"), OK)
        self.expect(run(*server, "--require", "data=1000"), FAILURES, "Of data, only")
        self.expect(run(*server, "--require", "utf8=1"), FAILURES, "Of utf8, only 0 cases passed; 1 are required.")

    def test_a_name(self):
        record = self.folder / "run.jsonl"
        run("server", "--builtin", "data/text-hello", "--name", "my server", "--jsonl", record)
        self.expect(run("report", record), OK, "judges the server my server")


if __name__ == "__main__":
    unittest.main(verbosity=2)
