#!/usr/bin/env python3
"""Servers that do not echo (--target-profile), above all one that speaks like a Nostr relay (servers/relay.py)."""
import collections
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "servers"))

from hostile import Hostile  # noqa: E402
from support import FAILURES, HERE, OK, TARGET, USAGE, Test, echo_cases, record_of, run  # noqa: E402

NOSTR = HERE.parents[1] / "cli" / "profiles" / "nostr.json"
RELAY = f"{sys.executable} {HERE / 'servers' / 'relay.py'} {{port}}"
CASES = ("control/*", "framing/*", "masking/*", "close/code-*", "data/*", "fragmentation/*")


class Full(Test):
    """Cases that are part of a full run only."""

    def test_selection(self):
        echo_cases(self.folder, ["one", "two"], profile="full")
        own = ("server", "--builtin", "--cases", self.folder)
        only = "no case is selected: what matches runs with --profile full only"
        self.expect(run(*own), USAGE, only)
        self.expect(run(*own, "sample/*"), USAGE, only)
        self.expect(run(*own, "sample/two"), OK, "1 case in")
        self.expect(run(*own, "--profile", "full"), OK, "2 cases in")
        self.expect(run("list", "--cases", self.folder), OK, "sample/one", "sample/two")


class Profile(Test):
    def judge(self, *arguments, cases=CASES, code=OK):
        self.record = self.folder / "r.jsonl"
        result = run("server", *cases, *arguments, "--jsonl", self.record, "--timeout", "2s", limit=120)
        self.expect(result, code)
        return result

    def totals(self):
        return collections.Counter(case["verdict"] for case in record_of(self.record)[1])

    def test_relay(self):
        self.judge("--exec", RELAY, "--target-profile", "nostr")
        header, cases, footer = record_of(self.record)
        self.assertEqual(header["settings"], {"target_profile": "Nostr relay (NIP-01)"})
        self.assertTrue(footer["alive"])
        totals = self.totals()
        self.assertEqual(set(totals), {"pass", "lenient", "info", "unsupported"})
        self.assertGreater(totals["pass"], 200)
        why = {case["why"] for case in cases if case["verdict"] == "unsupported"}
        self.assertEqual(why, {"it takes an echo (--target-profile)"})
        for case in cases:
            if case["id"] == "control/ping-empty":
                self.assertEqual(case["verdict"], "pass")
                self.assertIn("--target-profile 'nostr'", case["rerun"])
        result = run("replay", self.record, "control/ping-empty", "--exec", RELAY, "--target-profile", NOSTR)
        self.expect(result, OK, "The verdict is the same.")

    def test_silent(self):
        self.judge("--exec", RELAY + " silent", "--target-profile", "silent")
        self.assertGreater(self.totals()["pass"], 200)
        self.assertEqual(self.totals()["fail"], 0)

    def test_what_is_wrong_is_found(self):
        """That server takes frames that it should not, and answers the pings behind them."""
        server = Hostile(lambda peer: peer.echo())
        self.addCleanup(server.stop)
        ids = ("framing/rsv1-on-text", "framing/rsv2-on-text")
        self.judge(server.url, "--target-profile", "silent", cases=ids, code=FAILURES)
        self.assertEqual(set(self.totals()), {"fail"}, self.totals())

    def test_no_answer(self):
        result = self.judge("--exec", RELAY + " deaf", "--target-profile", NOSTR, code=TARGET)
        self.expect(result, TARGET, "the target does not answer as its profile (--target-profile) says")
        self.assertEqual(set(self.totals()), {"not-run"})

    def test_octets(self):
        profile = self.folder / "p.json"
        profile.write_text(json.dumps({"format": 1, "name": "x", "send": {"hex": "5b5d"}, "answer": {"starts": {"hex": "5b22"}}}))
        self.judge("--exec", RELAY, "--target-profile", profile, cases=("control/ping-empty",))

    def test_mistakes(self):
        good = json.loads(NOSTR.read_text())
        profile = self.folder / "p.json"
        for change, text in (
            ("{", "is no JSON: "),
            ("[]", "it is no object"),
            ({"more": 1}, "it has a key that is not known"),
            ({"format": 2}, '"format" must be 1'),
            ({"name": ""}, '"name" must be'),
            ({"name": "n" * 64}, '"name" must be'),
            ({"send": {"text": ""}}, '"send" must be'),
            ({"send": {"text": "x" * 4097}}, '"send" must be'),
            ({"send": {"hex": "5"}}, '"send" must be'),
            ({"send": {"text": "a", "hex": "61"}}, '"send" must be'),
            ({"answer": {"starts": {"text": "x" * 17}}}, '"answer" must be'),
            ({"answer": {"begins": {"text": "x"}}}, '"answer" must be'),
            ({"answer": "x"}, '"answer" must be'),
        ):
            with self.subTest(change=str(change)[:40]):
                profile.write_text(change if isinstance(change, str) else json.dumps({**good, **change}))
                self.expect(run("server", "--builtin", "--target-profile", profile), USAGE, text)
        missing = run("server", "--builtin", "--target-profile", "loud")
        self.expect(missing, USAGE, "--target-profile is echo, silent, nostr or a file; loud: ")


if __name__ == "__main__":
    unittest.main()
