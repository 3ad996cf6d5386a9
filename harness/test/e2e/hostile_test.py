#!/usr/bin/env python3
"""Servers at their worst: whatever they do, the run ends in time and within its memory, with a whole record, and
never says that all is well. `hostile_test.py [CLASS]`."""
import concurrent.futures
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "servers"))

from hostile import BEHAVIOURS, Hostile  # noqa: E402
from support import FAILURES, OK, SANITIZED, TARGET, Test, files_limit, run  # noqa: E402

CASES = (
    "handshake/ordinary",
    "data/text-hello",
    "framing/text-of-65536-octets",
    "control/ping-of-126-octets",
    "close/code-1000",
    "close/code-1011",
    "fragmentation/orphan-continuation-final-empty",
    "masking/key-00000000",
)
# Nothing that these say is a 101.
DEAF = [
    "close-at-once",
    "reset-at-once",
    "silence",
    "read-nothing",
    "close-behind-request",
    "reset-behind-request",
    "garbage",
    "nuls",
    "endless-line",
    "endless-field",
    "endless-fields",
    "endless-blank-lines",
    "endless-interim-responses",
    "endless-body",
    "web-page",
    "not-found",
    "ssh-banner",
    "tls-alert",
]
# What may happen to a server between two connections.
TURNS = [
    "close-at-once",
    "reset-at-once",
    "silence",
    "garbage",
    "endless-fields",
    "web-page",
    "silence-behind-101",
    "reset-behind-101",
    "reset-behind-first-octets",
    "half-a-frame",
    "endless-pings",
    "endless-empty-fragments",
    "garbage-frames",
    "mirror",
]
# Something moves for seconds in each case.
DRIPS = ("frames-drip", "response-drips")
# Seconds for one run; most take one or two.
LIMIT = 100


def judge(server, record, *more, timeout="300ms"):
    return run("server", server.url, "--timeout", timeout, "--wait", "2s", "-q", "--jsonl", record, *more, limit=LIMIT)


class Hostility(Test):
    def server(self, behaviour):
        server = Hostile(behaviour)
        self.addCleanup(server.stop)
        return server


class Deaf(Hostility):
    """No opening handshake: the target is not judged, and the run says why."""

    def test_all(self):
        for name in DEAF:
            with self.subTest(behaviour=name):
                server = self.server(name)
                result = judge(server, self.folder / "r.jsonl", *CASES)
                self.expect(result, TARGET, "ordinary opening handshake")
                self.expect_bounded(result)
                _, cases, footer = self.expect_record(self.folder / "r.jsonl", result)
                self.assertEqual({case["verdict"] for case in cases}, {"not-run"})
                self.assertFalse(footer["complete"])
                server.stop()


class Open(Hostility):
    """An opening handshake, and then the worst."""

    def check(self, name, server):
        chosen = CASES[:2] if name in DRIPS else CASES
        result = judge(server, self.folder / "r.jsonl", *chosen)
        self.assertIn(result.code, (FAILURES, TARGET), str(result))
        self.expect_bounded(result)
        _, cases, _ = self.expect_record(self.folder / "r.jsonl", result)
        self.assertEqual(len(cases), len(chosen))
        self.assertLess((self.folder / "r.jsonl").stat().st_size, 8 << 20)
        verdicts = {case["id"]: case["verdict"] for case in cases}
        # None of them echoes.
        for case in {"data/text-hello", "masking/key-00000000"} & set(chosen):
            self.assertNotIn(verdicts[case], ("pass", "lenient", "info"), f"{name}: {case}\n{result}")
        server.stop()

    def test_all(self):
        self.assertLessEqual(set(DEAF), set(BEHAVIOURS))
        for name in sorted(set(BEHAVIOURS) - set(DEAF)):
            with self.subTest(behaviour=name):
                self.check(name, self.server(name))


class Turns(Hostility):
    """A decent server at first, which then turns."""

    def test_all(self):
        for name in TURNS:
            with self.subTest(behaviour=name):
                count = iter(range(1 << 30))
                turned = BEHAVIOURS[name]
                server = self.server(lambda peer: peer.echo() if next(count) < 3 else turned(peer))
                result = judge(server, self.folder / "r.jsonl", "data/*", "control/*", "handshake/key-*")
                self.assertIn(result.code, (FAILURES, TARGET), str(result))
                self.expect_bounded(result)
                self.expect_record(self.folder / "r.jsonl", result)
                server.stop()

    def test_decent_server_is_no_failure(self):
        server = self.server(lambda peer: peer.echo())
        result = judge(server, self.folder / "r.jsonl", "data/text-hello", "framing/text-of-65536-octets", timeout="60s")
        self.expect(result, OK)


class Cuts(Hostility):
    """A handshake that ends behind each of its octets."""

    def one(self, at, reset):
        def cut(peer):
            peer.send(peer.response(peer.read_head())[:at])
            if reset:
                peer.reset()
            else:
                peer.end()

        server = Hostile(cut)
        record = self.folder / f"{at}-{reset}.jsonl"
        try:
            result = judge(server, record, "data/text-hello")
            whole = at == length
            self.assertEqual(result.code, FAILURES if whole and not reset else TARGET, f"{at} {reset}\n{result}")
            self.expect_bounded(result)
            _, cases, _ = self.expect_record(record, result)
            self.assertIn(cases[0]["verdict"], ("fail", "crashed") if whole else ("not-run",), f"{at}\n{result}")
        finally:
            server.stop()
            record.unlink(missing_ok=True)

    def test_all(self):
        global length
        lengths = []

        def measure(peer):
            response = peer.response(peer.read_head())
            lengths.append(len(response))
            peer.send(response)
            peer.end()

        server = self.server(measure)
        judge(server, self.folder / "r.jsonl", "data/text-hello")
        length = lengths[0]
        self.assertGreater(length, 100)
        offsets = range(0, length + 1, 7 if SANITIZED else 1)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            futures = [pool.submit(self.one, at, reset) for at in offsets for reset in (False, True) if at < length]
            futures.append(pool.submit(self.one, length, False))
            for future in futures:
                future.result()


if __name__ == "__main__":
    files_limit()
    unittest.main(verbosity=2)
