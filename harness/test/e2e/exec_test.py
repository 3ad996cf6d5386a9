#!/usr/bin/env python3
"""Targets that the run starts itself: found by {port}, watched, ended; and runs that are ended from outside."""
import json
import os
import pathlib
import signal
import subprocess
import time
import unittest

from servers.hostile import Hostile
from support import FAILURES, HERE, OK, PROGRAM, SANITIZED, TARGET, Test, echo_cases, interrupt, record_of, run

DYING = HERE / "servers" / "dying.py"
ECHO = f"exec '{PROGRAM}' echo --listen 127.0.0.1:{{port}}"


def processes_with(word):
    """Ids of the processes whose command line or environment mentions the word."""
    found = []
    for folder in pathlib.Path("/proc").iterdir():
        if not folder.name.isdigit() or folder.name == str(os.getpid()):
            continue
        try:
            if word.encode() in (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


class Started(Test):
    def test_port_is_filled_in(self):
        result = run("server", "--exec", ECHO, "--jsonl", self.folder / "r.jsonl", "data/text-hello")
        self.expect(result, OK)
        header, _, _ = self.expect_record(self.folder / "r.jsonl", result)
        self.assertRegex(header["target"]["url"], r"^ws://127\.0\.0\.1:\d+/$")

    def test_port_is_filled_into_the_url(self):
        record = self.folder / "r.jsonl"
        url = "ws://127.0.0.1:{port}/path?query"
        result = run("server", url, "--exec", ECHO, "--jsonl", record, "data/text-hello")
        self.expect(result, OK)
        header, _, _ = record_of(record)
        self.assertRegex(header["target"]["url"], r"^ws://127\.0\.0\.1:\d+/path\?query$")

    def test_longest_case_begins_first_and_lines_keep_their_order(self):
        record = self.folder / "r.jsonl"
        names = ["data/text-hello", "limits/text-of-1-mib", "limits/text-of-16-mib"]
        self.expect(run("server", "--exec", ECHO, "-j", "1", "--jsonl", record, *names), OK)
        cases = record_of(record)[1]
        self.assertEqual([case["id"] for case in cases], names)
        begun = sorted(cases, key=lambda case: case["started_us"])
        self.assertEqual([case["id"] for case in begun], [names[2], names[0], names[1]])

    def test_target_is_ended_with_all_its_children(self):
        mark = f"WSCONFORM_MARK={os.getpid()}-{time.time_ns()}"
        command = f"sleep 1000 & sh -c 'sleep 1000' & {ECHO}"
        name, _, value = mark.partition("=")

        def mine(process):
            return [pid for pid in processes_with(mark) if pid != process]

        result = run("server", "--exec", command, "data/text-hello", env={name: value})
        self.expect(result, OK)
        self.assertEqual(mine(0), [])

    def test_faulty(self):
        result = run("server", "--exec", f"{ECHO} --fault utf8-unchecked", "utf8/*")
        self.assertEqual(result.code, FAILURES, str(result))

    def test_fault_to_live_with(self):
        record = self.folder / "r.jsonl"
        names = ["data/text-hello", "handshake/no-body-fields"]
        result = run("server", "--exec", f"{ECHO} --fault answers-content-length", "--jsonl", record, *names)
        self.assertEqual(result.code, FAILURES, str(result))
        hello, fields = sorted(record_of(record)[1], key=lambda case: case["id"])
        self.assertEqual((hello["verdict"], hello["problems"]), ("pass", []))
        self.assertEqual(
            hello["notes"], ["length-forbidden breaks 9110-8.6-1, but who receives it has to live with it"]
        )
        self.assertEqual((fields["verdict"], [problem["fault"] for problem in fields["problems"]]), ("fail", ["length-forbidden"]))


class Clients(Test):
    """The reference client, started for each case: what a case sends does not depend on how it is cut."""

    def test_every_pacing(self):
        connect = f"exec '{PROGRAM}' echo --connect {{url}}"
        cases = ["deflate/rsv*", "deflate/corrupt*", "deflate/empty*"]
        if not SANITIZED:
            cases.append("fragmentation/*")
        self.expect(run("client", "--pacing", "all", "--exec", connect, *cases, limit=600), OK)


class Crowded(Test):
    """A server that has places for two and tells everyone else that it is busy, each in its own way."""

    def test_busy_server_is_judged_with_fewer_at_once(self):
        for status in "408 Request Timeout", "429 Too Many Requests", "503 Service Unavailable":

            def serve(peer, status=status):
                if len(server.open) <= 2:
                    peer.echo()
                    return
                peer.read_head()
                peer.send(f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".encode())
                peer.end()

            with self.subTest(status=status):
                server = Hostile(serve)
                self.addCleanup(server.stop)
                record = self.folder / "r.jsonl"
                result = run("server", server.url, "--jsonl", record, "data/*", "handshake/ordinary", "handshake/octet-by-octet")
                self.expect(result, OK)
                _, cases, _ = self.expect_record(record, result)
                self.assertEqual({case["verdict"] for case in cases}, {"pass"})
                self.assertGreater(len(cases), 4)


class Dying(Test):
    """A target that one case ends: that one is to be found, all others are judged as ever."""

    CULPRIT = "sample/poison"

    def judge(self, how):
        echo_cases(self.folder, ["one", "two", "three", "poison", "five", "six"])
        command = f"exec python3 '{DYING}' {{port}} poison {how}"
        record = self.folder / "r.jsonl"
        arguments = ("--timeout", "3s", "--wait", "20s", "-q", "--jsonl", record, "--cases", self.folder)
        result = run("server", "--exec", command, *arguments, limit=240)
        return result, *self.expect_record(record, result)

    def expect_crash(self, how, *texts):
        result, _, cases, _ = self.judge(how)
        self.expect(result, TARGET, *texts)
        verdicts = {case["id"]: case["verdict"] for case in cases}
        self.assertEqual([name for name in verdicts if verdicts[name] == "crashed"], [self.CULPRIT], str(result))
        self.assertEqual({verdicts[name] for name in verdicts if name != self.CULPRIT}, {"pass"}, str(result))

    def test_exit(self):
        self.expect_crash("exit", "the target died: exited with status 7")

    def test_signal(self):
        self.expect_crash("segv", "the target died: killed by SIGSEGV")

    def test_sanitizer(self):
        self.expect_crash("asan", "the target died")

    def test_hanging(self):
        self.expect_crash("hang", "the target died: no opening handshake any more")

    def test_sanitizer_of_a_target_that_lives_on(self):
        result, _, cases, footer = self.judge("asan-quiet")
        self.expect(result, TARGET, "a sanitizer reported an error in the target")
        self.assertIn("AddressSanitizer: heap-buffer-overflow", footer["target_output"])
        self.assertEqual({case["verdict"] for case in cases}, {"pass"}, str(result))


def silent_server():
    """Closes the first connection, by which a run sees whether it is there, and says nothing on all others."""
    server = Hostile(lambda peer: (peer.handshake(), peer.hold() if server.connections > 1 else peer.end()))
    return server


class Interrupted(Test):
    def slow_run(self, number, times=1):
        """A run that would take long, ended by a signal once it has begun."""
        server = silent_server()
        self.addCleanup(server.stop)
        record = self.folder / "r.jsonl"

        def end(process):
            deadline = time.monotonic() + 20
            while server.connections < 3 and time.monotonic() < deadline:
                time.sleep(0.02)
            for _ in range(times):
                process.send_signal(number)
                time.sleep(0.05)

        arguments = ("--timeout", "60s", "--jsonl", record, "--junit", self.folder / "j.xml", "data/*")
        return run("server", server.url, *arguments, limit=30, after=end), record

    def test_signals_end_a_run(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number.name):
                result, record = self.slow_run(number)
                self.expect(result, TARGET, "interrupt")
                _, cases, footer = self.expect_record(record, result)
                self.assertFalse(footer["complete"])
                self.assertIn("not-run", {case["verdict"] for case in cases})
                self.assertIn("<error", (self.folder / "j.xml").read_text())
                again = run("report", record)
                self.assertEqual(again.code, TARGET, str(again))

    def test_started_target_is_ended_too(self):
        mark = f"{os.getpid()}-{time.time_ns()}"
        command = f"exec python3 '{HERE / 'servers' / 'hostile.py'}' silence-behind-101 {{port}}"

        def end(process):
            time.sleep(2)
            interrupt(process)

        arguments = ("--exec", command, "--timeout", "60s", "--wait", "20s", "data/*")
        result = run("server", *arguments, limit=30, after=end, env={"WSCONFORM_MARK": mark})
        self.assertEqual(result.code, TARGET, str(result))
        self.assertEqual(processes_with(f"WSCONFORM_MARK={mark}"), [])

    def test_killed_run_leaves_a_record_without_an_end(self):
        record = self.folder / "r.jsonl"
        server = silent_server()
        self.addCleanup(server.stop)
        words = [PROGRAM, "server", server.url, "--timeout", "60s", "--jsonl", str(record), "data/*"]
        html = self.folder / "r.html"
        process = subprocess.Popen([*words, "--html", str(html)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while server.connections < 3 and time.monotonic() < deadline:
            time.sleep(0.02)
        process.kill()
        process.wait()
        self.assertFalse(html.exists(), "half a page looks like a whole one")
        header = json.loads(record.read_text().splitlines()[0])
        self.assertEqual(header["type"], "header")
        self.expect(run("report", record), TARGET, "cut short")


if __name__ == "__main__":
    unittest.main(verbosity=2)
