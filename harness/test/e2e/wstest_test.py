#!/usr/bin/env python3
"""The program in the place of Autobahn's wstest: command line, spec files, reports, control URLs; and what it says by
Autobahn's own rules, weaknesses included, of peers with known faults."""
import base64
import json
import os
import socket
import struct
import subprocess
import time
import unittest
import urllib.error
import urllib.request

from servers.hostile import Hostile
from support import FAILURES, OK, PROGRAM, SLOWNESS, TARGET, USAGE, Test, free_port, run

# Weakness A1: what silence gets there, by behavior.
SILENCE_IS_OK = set(
    """2.5 2.7 2.8 3.1 3.5 3.6 3.7 4.1.1 4.1.2 4.2.1 4.2.2 5.1 5.2 5.9 5.10 5.11 5.12 5.13 5.14 5.16 5.17 5.18 7.1.2 7.1.3
    7.1.4 7.1.5 7.3.1 7.3.2 7.3.3 7.3.4 7.3.5 7.3.6 7.5.1""".split()
) | {f"7.7.{n}" for n in range(1, 14)} | {f"7.9.{n}" for n in range(1, 10)}
SILENCE_IS_NON_STRICT = set("3.2 3.3 3.4 4.1.3 4.1.4 4.1.5 4.2.3 4.2.4 4.2.5 5.15".split())
# Weakness A2: what a server gets that ignores bad frames, beside a closing column that says FAILED.
IGNORED_IS_OK = set("2.5 3.1 3.5 3.6 3.7 4.1.1 4.1.2 4.2.1 4.2.2 5.1 5.2 5.18".split())
# Weakness A3: what a client gets that does not answer an illegal Close frame.
UNANSWERED_IS_OK = {"7.3.2", "7.3.6", "7.5.1"} | {f"7.9.{n}" for n in range(1, 10)}
NEVER_JUDGED = {"7.1.6", "7.13.1", "7.13.2"}


class Started:
    """A process of the program that is ended with the test."""

    def __init__(self, test, *arguments, cwd=None, port=None):
        self.process = subprocess.Popen(
            [PROGRAM, *map(str, arguments)], cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
        )
        test.addCleanup(self.end)
        for _ in range(200 * SLOWNESS):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError(f"nobody listens on {port}")

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.out = self.process.communicate(timeout=30 * SLOWNESS)[0]
        return self.process.returncode


class WsTest(Test):
    def spec(self, name="spec.json", **members):
        path = self.folder / name
        path.write_text(json.dumps({"outdir": "reports", "cases": ["*"], **members}))
        return path

    def wstest(self, *arguments, **more):
        return run("wstest", *arguments, cwd=self.folder, **more)

    def index(self, folder="reports"):
        return json.loads((self.folder / folder / "index.json").read_text())

    def judge(self, url, *options, cases="*", exclude=("9.*", "12.*", "13.*"), **more):
        """Judges a server; returns case -> behavior, behaviorClose."""
        spec = self.spec(servers=[{"url": url, "agent": "peer"}], cases=cases.split(), **{"exclude-cases": list(exclude)})
        self.expect(self.wstest("-m", "fuzzingclient", "-s", spec, *options, limit=300, **more), OK)
        return {case: (one["behavior"], one["behaviorClose"]) for case, one in self.index()["peer"].items()}

    def faulty(self, fault):
        port = free_port()
        Started(self, "echo", "--listen", port, "--fault", fault, port=port)
        return f"ws://127.0.0.1:{port}/"

    def note(self, case, folder="reports", agent="peer"):
        path = self.folder / folder / f"{agent}_case_{case.replace('.', '_')}.json"
        return json.loads(path.read_text()).get("note", "")


class Exact(WsTest):
    """What the words of Autobahn would have been."""

    def with_behavior(self, words, behavior):
        return {case for case, (found, _) in words.items() if found == behavior}

    def test_silence(self):
        server = Hostile("silence-behind-101")
        self.addCleanup(server.stop)
        words = self.judge(server.url, "--timeout", "1s", "--autobahn-exact")
        self.assertEqual(len(words), 247)
        self.assertEqual(len(SILENCE_IS_OK), 55)
        self.assertEqual(self.with_behavior(words, "OK"), SILENCE_IS_OK)
        self.assertEqual(self.with_behavior(words, "NON-STRICT"), SILENCE_IS_NON_STRICT)
        self.assertEqual(self.with_behavior(words, "INFORMATIONAL"), NEVER_JUDGED)
        closes = {case: words[case][1] for case in SILENCE_IS_OK}
        self.assertEqual({case for case in closes if closes[case] == "FAILED BY CLIENT"}, UNANSWERED_IS_OK)
        self.assertEqual({closes[case] for case in closes if case.startswith("7.7.")}, {"UNCLEAN"})
        self.assertEqual({closes["3.1"], closes["5.18"]}, {"FAILED"})
        # Ours: no behavior is good, and each note names the weakness.
        words = self.judge(server.url, "--timeout", "1s", cases="2.* 3.* 7.*")
        self.assertEqual({behavior for behavior, _ in words.values()}, {"FAILED"})
        for case in ("2.7", "3.1", "3.2", "7.1.2", "7.7.1", "7.9.1"):
            self.assertIn("(A1", self.note(case), case)
        self.assertIn("(A9)", self.note("7.1.6"))

    def test_strict(self):
        port = free_port()
        Started(self, "echo", "--listen", port, port=port)
        words = self.judge(f"ws://127.0.0.1:{port}", "--autobahn-exact", exclude=["9.1*", "9.2*", "9.3*", "9.4*", "9.5*",
                                                                               "9.6*", "12.*", "13.*"])
        self.assertEqual(len(words), 301 - 42)
        for case, word in words.items():
            self.assertEqual(word, ("INFORMATIONAL",) * 2 if case in NEVER_JUDGED else ("OK", "OK"), case)

    def test_ignored_frames(self):
        words = self.judge(self.faulty("skips-bad-frames"), "--autobahn-exact", "--timeout", "1s", cases="2.* 3.* 4.* 5.*")
        self.assertEqual({case for case, word in words.items() if word == ("OK", "FAILED")}, IGNORED_IS_OK)

    def test_masked_pongs(self):
        url = self.faulty("masks-pongs")
        self.assertEqual(self.judge(url, "--autobahn-exact", cases="2.1 3.1"), {"2.1": ("OK", "OK"), "3.1": ("OK", "OK")})
        self.assertEqual(self.judge(url, cases="2.1")["2.1"][0], "FAILED")
        self.assertIn("(A8)", self.note("2.1"))

    def test_masked_messages(self):
        words = self.judge(self.faulty("masks-messages"), "--autobahn-exact", cases="1.1.1 3.1")
        self.assertEqual(words["1.1.1"][0], "FAILED")

    def test_content_of_large_messages(self):
        url = self.faulty("corrupts-octet-4096")
        cases = "1.1.6 9.1.1 9.2.1"
        words = self.judge(url, "--autobahn-exact", cases=cases, exclude=[])
        self.assertEqual({case: word[0] for case, word in words.items()}, {"1.1.6": "FAILED", "9.1.1": "OK", "9.2.1": "OK"})
        self.assertEqual({word[0] for word in self.judge(url, cases=cases, exclude=[]).values()}, {"FAILED"})
        self.assertIn("(A6", self.note("9.1.1"))

    def test_one_pong_for_many_pings(self):
        url = self.faulty("pong-first-of-segment")
        self.assertEqual(self.judge(url, "--autobahn-exact", cases="2.10")["2.10"][0], "FAILED")

    def test_pongs_that_nobody_asked_for(self):
        url = self.faulty("answers-pongs")
        self.assertEqual(self.judge(url, "--autobahn-exact", cases="2.7 2.9")["2.9"][0], "FAILED")
        self.assertEqual(self.judge(url, cases="2.9")["2.9"], ("OK", "OK"))
        self.assertIn("(B2)", self.note("2.9"))

    def test_tcp_left_open(self):
        words = self.judge(self.faulty("never-ends-tcp"), "--autobahn-exact", "--timeout", "1s",
                           cases="1.1.5 1.1.6 2.1 6.1.2 7.7.1")
        closes = {case: close for case, (_, close) in words.items()}
        self.assertEqual(closes, {"1.1.5": "FAILED BY CLIENT", "1.1.6": "UNCLEAN", "2.1": "UNCLEAN", "6.1.2": "UNCLEAN",
                                  "7.7.1": "FAILED BY CLIENT"})

    def test_late_refusal_of_text(self):
        words = self.judge(self.faulty("utf8-unchecked-in-fragments"), "--autobahn-exact", cases="6.4.1 6.4.3")
        self.assertEqual(words["6.4.1"][0], "FAILED")
        self.assertEqual(words["6.4.3"], ("OK", "OK"))

    def test_closing_of_theirs(self):
        """Without an answer they close by their timers: 1001, or no code."""
        url = self.faulty("no-pong")
        words = self.judge(url, "--autobahn-exact", "--timeout", "1s", cases="2.1 2.10")
        self.assertEqual(words, {"2.1": ("FAILED", "OK"), "2.10": ("FAILED", "OK")})
        self.assertIsNone(self.index()["peer"]["2.1"]["remoteCloseCode"])
        words = self.judge(self.faulty("loses-empty-messages"), "--autobahn-exact", "--timeout", "1s", cases="1.1.1")
        self.assertEqual(words["1.1.1"], ("FAILED", "WRONG CODE"))
        self.assertEqual(self.index()["peer"]["1.1.1"]["remoteCloseCode"], 1001)

    def test_environment(self):
        url = self.faulty("masks-pongs")
        self.assertEqual(self.judge(url, cases="2.1", env={"WSTEST_AUTOBAHN_EXACT": "1"})["2.1"], ("OK", "OK"))
        self.assertEqual(self.judge(url, cases="2.1", env={"WSTEST_AUTOBAHN_EXACT": "0"})["2.1"][0], "FAILED")


class Clients(WsTest):
    """fuzzingserver, and who drives it."""

    def serve(self, *options, **members):
        self.port = free_port()
        spec = self.spec(url=f"ws://127.0.0.1:{self.port}", **members)
        return Started(self, "wstest", "-m", "fuzzingserver", "-s", spec, *options, cwd=self.folder, port=self.port)

    def get(self, path):
        return urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10)

    def connect(self, path):
        """A WebSocket as plain as can be; returns the socket behind the 101."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        self.addCleanup(connection.close)
        key = base64.b64encode(os.urandom(16)).decode()
        connection.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        head = b""
        while b"\r\n\r\n" not in head:
            octet = connection.recv(1)
            self.assertTrue(octet, head)
            head += octet
        self.assertTrue(head.startswith(b"HTTP/1.1 101 "), head)
        return connection

    def say(self, connection, text, opcode=1):
        data = text.encode()
        header = bytes([0x80 | opcode, 0x80 | len(data)]) if len(data) < 126 else struct.pack(
            ">BBH", 0x80 | opcode, 0xFE, len(data))
        connection.sendall(header + bytes(4) + data)

    def octets(self, connection, count):
        data = b""
        while len(data) < count:
            more = connection.recv(count - len(data))
            if not more:
                return data
            data += more
        return data

    def ask(self, path):
        """The text message at a control URL."""
        connection = self.connect(path)
        first, length = self.octets(connection, 2)
        self.assertEqual(first, 0x81)
        if length == 126:
            length = int.from_bytes(self.octets(connection, 2), "big")
        return json.loads(self.octets(connection, length))

    def drive(self, *options, limit=120):
        return run("echo", "--drive", f"ws://127.0.0.1:{self.port}", *options, limit=limit)

    def test_clients_by_their_rules(self):
        server = self.serve("--autobahn-exact", "--timeout", "1s", cases=["1.1.1", "2.*", "7.*"])
        self.drive("--agent", "good")
        self.drive("--agent", "hangs", "--fault", "hangs-on-close")
        self.assertEqual(server.end(), OK)
        index = self.index()
        self.assertEqual({case for case, one in index["hangs"].items()
                          if case in UNANSWERED_IS_OK and (one["behavior"], one["behaviorClose"]) == ("OK", "OK")},
                         UNANSWERED_IS_OK)
        self.assertEqual({one["behavior"] for case, one in index["good"].items() if case not in NEVER_JUDGED}, {"OK"})
        self.assertIn("Ok, will run 49 test cases for any clients connecting", server.out)
        self.assertIn("Running test case ID 7.7.1 for agent good from peer ", server.out)

    def test_status(self):
        self.serve("--autobahn-exact", "--timeout", "1s", cases=["7.7.1", "7.7.2", "12.1.1"])
        self.drive("--agent", "hangs", "--fault", "hangs-on-close")
        # Ours would have been FAILED.
        self.assertEqual(self.ask("/getCaseStatus?case=1&agent=hangs"), {"behavior": "OK"})
        self.assertEqual(self.ask("/getCaseStatus?casetuple=12.1.1&agent=hangs"), {"behavior": "OK"})
        self.assertEqual(self.ask("/getCaseCount"), 3)
        self.assertEqual(self.ask("/getCaseInfo?case=2")["id"], "7.7.2")

    def test_plain_http(self):
        self.serve(cases=["1.1.1"])
        for path in ("/", "/info", "/getCaseCount", "/browser.html"):
            self.assertEqual(self.get(path).status, 200, path)

    def test_commands(self):
        self.serve(cases=["1.1.1"])
        connection = self.connect("/")
        self.say(connection, '["echo", {"payload": "ab", "payload_len": 5}]')
        self.assertEqual(self.octets(connection, 7), b"\x81\x05ababa")
        self.say(connection, '["sendframe", {"opcode": 2, "fin": false, "rsv": 4, "payload": "x", "chopsize": 1}]')
        self.assertEqual(self.octets(connection, 3), b"\x42\x01x")
        self.say(connection, '["sendframes", [{"opcode": 0}, {"opcode": 9, "payload": "p", "mask": "01020304"}]]')
        self.assertEqual(self.octets(connection, 9), b"\x80\x00" + b"\x89\x81\x01\x02\x03\x04" + bytes([ord("p") ^ 1]))
        self.say(connection, "ping", opcode=9)
        self.assertEqual(self.octets(connection, 6), b"\x8a\x04ping")
        self.say(connection, '["close", {"code": 3000, "reason": "bye"}]')
        self.assertEqual(self.octets(connection, 7), b"\x88\x05\x0b\xb8bye")
        connection.sendall(b"\x88\x82\0\0\0\0\x0b\xb8")
        self.assertEqual(connection.recv(1), b"")

    def test_bad_commands(self):
        self.serve(cases=["1.1.1"])
        for text in ("[", "[]", '"close"', '["close"]', '["dance", {}]', '["sendframe", {}]',
                     '["sendframe", {"opcode": 16}]', '["sendframe", {"opcode": 1, "payload_len": 3}]',
                     '["sendframe", {"opcode": 1, "payload": 3}]', '["sendframe", {"opcode": 1, "mask": "1"}]',
                     '["sendframe", {"opcode": 1, "payload": "x", "payload_len": 99999999999}]',
                     '["sendframes", {}]', '["close", {"code": -1}]', '["close", {"code": 1000, "reason": 1}]'):
            connection = self.connect("/commands")
            self.say(connection, text)
            self.assertEqual(connection.recv(1), b"", text)

    def test_bad_control_urls(self):
        self.serve(cases=["1.1.1"])
        for path in ("/runCase?case=2&agent=a", "/runCase?case=0&agent=a", "/runCase?agent=a", "/getCaseInfo?casetuple=2.1"):
            with self.assertRaises(AssertionError, msg=path):
                self.connect(path)


class CommandLine(WsTest):
    def test_usage(self):
        self.expect(self.wstest(), USAGE, "no mode is given")
        self.expect(self.wstest("-m", "massconnect"), USAGE, "there is no such mode here")
        self.expect(self.wstest("-m", "echoserver"), USAGE, "this mode needs -w URI")
        self.expect(self.wstest("-m", "fuzzingclient", "-s", "nowhere.json"), USAGE, "No such file")
        self.expect(self.wstest("-a"), OK, "wsconform ")
        self.expect(self.wstest("--help"), OK, "--autobahn-exact", "--fail-on", "fuzzingserver")
        self.expect(self.wstest("-m", "fuzzingclient", "-s", self.spec(cases=["8.*", ""])), USAGE, "selects no case")

    def test_first_start_makes_a_spec(self):
        result = self.wstest("-m", "fuzzingclient", "-w", "ws://127.0.0.1:1", limit=60)
        self.expect(result, OK, "made fuzzingclient.json")
        self.assertEqual(json.loads((self.folder / "fuzzingclient.json").read_text())["cases"], ["*"])

    def test_uri_for_want_of_servers(self):
        port = free_port()
        Started(self, "echo", "--listen", port, port=port)
        spec = self.spec(servers=[], cases=["1.1.1"], webport=0, **{"enable-ssl": 1})
        result = self.wstest("-m", "fuzzingclient", "-s", spec, "-w", f"ws://127.0.0.1:{port}", "-u", "0", "-d")
        self.expect(result, OK, '"enable-ssl" means nothing')
        self.assertEqual(self.index()["UnknownServer"]["1.1.1"]["behavior"], "OK")

    def test_gate(self):
        port = free_port()
        Started(self, "echo", "--listen", port, "--fault", "masks-pongs", port=port)
        spec = self.spec(servers=[{"url": f"ws://127.0.0.1:{port}", "agent": "a"}], cases=["2.1"])
        arguments = ("-m", "fuzzingclient", "-s", spec)
        self.expect(self.wstest(*arguments), OK)
        self.expect(self.wstest(*arguments, "--fail-on", "failed"), FAILURES)
        self.expect(self.wstest(*arguments, env={"WSTEST_FAIL_ON": "FAILED"}), FAILURES)
        self.expect(self.wstest(*arguments, "--fail-on", "failed", "--autobahn-exact"), OK)
        self.expect(self.wstest(*arguments, "--fail-on", "NON-STRICT"), OK)

    def test_gate_of_a_run_that_is_not_whole(self):
        """Whose server is not there, or dies, sees no green."""
        arguments = ("-m", "fuzzingclient", "-s")
        spec = self.spec(servers=[{"url": f"ws://127.0.0.1:{free_port()}", "agent": "a"}], cases=["1.1.*"])
        self.expect(self.wstest(*arguments, spec), OK, "Connection refused")
        self.expect(self.wstest(*arguments, spec, "--fail-on", "failed"), TARGET, "8 results are missing")
        spec = self.spec(servers=[{"url": "ws://no-such-host.invalid", "agent": "a"}], cases=["1.1.*"])
        self.expect(self.wstest(*arguments, spec, "--fail-on", "failed"), TARGET, "cannot resolve", "nobody was judged")
        port = free_port()
        Started(self, "echo", "--listen", port, "--fault", "dies-after-three-connections", port=port)
        spec = self.spec(servers=[{"url": f"ws://127.0.0.1:{port}", "agent": "a"}], cases=["1.*"])
        self.expect(self.wstest(*arguments, spec, "--fail-on", "failed", limit=120), TARGET, "results are missing")

    def test_outdir_is_tried_first(self):
        (self.folder / "file").write_text("")
        spec = self.spec(servers=[{"url": f"ws://127.0.0.1:{free_port()}"}], cases=["1.1.1"], outdir=str(self.folder / "file/x"))
        result = self.wstest("-m", "fuzzingclient", "-s", spec)
        self.expect(result, USAGE, "file/x")
        self.assertNotIn("Ok, will run", result.out)

    def test_all_ids(self):
        spec = self.spec(servers=[{"url": "ws://127.0.0.1:1", "agent": "a"}])
        self.expect(self.wstest("-m", "fuzzingclient", "-s", spec, limit=60), OK, "Ok, will run 517 test cases against 1 servers")

    def test_echo_modes(self):
        port = free_port()
        for mode in ("echoserver", "testeeserver"):
            server = Started(self, "wstest", "-m", mode, "-w", f"ws://127.0.0.1:{port}", port=port)
            spec = self.spec(servers=[{"url": f"ws://127.0.0.1:{port}", "agent": mode}], cases=["1.1.1"])
            self.expect(self.wstest("-m", "fuzzingclient", "-s", spec, "--fail-on", "failed"), OK)
            server.end()

    def test_testee_client(self):
        port = free_port()
        spec = self.spec(url=f"ws://127.0.0.1:{port}", cases=["1.1.*"])
        server = Started(self, "wstest", "-m", "fuzzingserver", "-s", spec, cwd=self.folder, port=port)
        self.expect(self.wstest("-m", "testeeclient", "-w", f"ws://127.0.0.1:{port}", "-i", "me"), OK)
        server.end()
        self.assertEqual(len(self.index()["me"]), 8)


if __name__ == "__main__":
    unittest.main(verbosity=2)
