#!/usr/bin/env python3
"""The evidence of a run: `wsconform show --record`, captures that tshark reads, `wsconform replay`.
`evidence_test.py [CLASS]`."""
import json
import pathlib
import re
import socket
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "servers"))

from certificates import Authority  # noqa: E402
from hostile import CLOSE, FIN, Hostile  # noqa: E402
from support import FAILURES, OK, PROGRAM, TARGET, USAGE, Test, free_port, record_of, run  # noqa: E402

HELLO = "data/text-hello"


class Evidence(Test):
    def setUp(self):
        super().setUp()
        self.record = self.folder / "r.jsonl"

    def judge(self, *arguments, code=OK):
        result = run("server", *arguments, "--jsonl", self.record)
        self.expect(result, code)
        return result

    def case(self, path=None, nth=0):
        return record_of(path or self.record)[1][nth]

    def expect_visible(self, text):
        self.assertIsNone(re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e]", text), text)


class Show(Evidence):
    def test_case(self):
        self.judge("--builtin", HELLO, "close/code-1000")
        result = run("show", HELLO, "--record", self.record)
        self.expect(
            result,
            OK,
            "PASS data/text-hello [whole]",
            "requirement  6455-",
            "expected     1. pass",
            "seen         1 message: text of 13 octets; Close 1000",
            "run again    wsconform server --builtin 'data/text-hello'",
            "> harness (client), < peer (server)",
            "> connected",
            "                GET / HTTP/1.1\n",
            "                HTTP/1.1 101 Switching Protocols\n",
            "< text, 13 octets\n                81 0d  opcode 1, FIN 1, length in 7 bits, at octet 129\n"
            "                0000  48 65 6c 6c 6f 2c 20 77  6f 72 6c 64 21           |Hello, world!|\n",
            "< FIN, the end of the stream",
        )
        self.assertNotIn("close/code-1000", result.out)
        self.expect_visible(result.out)
        both = run("show", "*", "--record", self.record)
        self.expect(both, OK, "PASS data/text-hello", "PASS close/code-1000")
        coloured = run("show", HELLO, "--record", self.record, "--color", "always")
        self.assertEqual(re.sub("\x1b\\[[0-9;]*m", "", coloured.out), result.out)
        tree = json.loads(run("show", HELLO, "--record", self.record, "--json").out)
        self.assertEqual(tree, [case for case in record_of(self.record)[1] if case["id"] == HELLO])

    def test_attempts(self):
        self.judge("--builtin", HELLO, "--pacing", "all", "--repeat", "2")
        lines = "".join(f"      {pacing}#{n} pass\n" for pacing in ("whole", "octets", "cuts") for n in (1, 2))
        self.expect(run("show", HELLO, "--record", self.record), OK, lines)

    def test_hostile_peer(self):
        nasty = "\x1b]0;x\x07\x9b2J\u202e".encode()

        def behaviour(peer):
            head = peer.read_head()
            peer.send(peer.response(head).replace(b"\r\n\r\n", b"\r\nX: " + nasty + b"\r\n\r\n"))
            peer.send(bytes([FIN | CLOSE, 2 + len(nasty)]) + b"\x03\xe8" + nasty)
            peer.socket.shutdown(socket.SHUT_WR)

        server = Hostile(behaviour)
        self.addCleanup(server.stop)
        run("server", server.url, HELLO, "--jsonl", self.record, "--timeout", "500ms")
        result = run("show", HELLO, "--record", self.record)
        self.expect(result, OK, "X: \\x1b]0;x\\x07", "\\u{202e}", "code 1000")
        self.expect_visible(result.out)

    def test_mistakes(self):
        self.judge("--builtin", HELLO)
        text = self.record.read_text()
        damaged, cut, none = (self.folder / name for name in ("damaged", "cut", "none"))
        damaged.write_text(text.replace('"kind"', "kind", 1))
        cut.write_text("".join(text.splitlines(True)[:2]))
        none.write_text("")
        for arguments, message in (
            ((HELLO, "data/nothing", "--record", self.record), 'has no case "data/nothing"'),
            ((HELLO, "--record", damaged), "is no record: line 2"),
            ((HELLO, "--record", none), "is no record"),
            ((HELLO, "--record", self.folder / "missing"), "cannot read"),
            (("data/x", "--record", cut), 'has no case "data/x"; it was cut short'),
            (("--record", self.record), "needs the id of a case"),
            ((HELLO, "--record", self.record, "--cases", "x"), "exclude each other"),
            ((HELLO, "--pcap", "x"), "--pcap goes with --record"),
            ((HELLO, "--record", self.record, "--pcap", "x", "--json"), "exclude each other"),
            ((HELLO, "--record", self.record, "--pcap", self.folder / "no" / "x"), "cannot write"),
        ):
            with self.subTest(message=message):
                result = run("show", *arguments)
                self.expect(result, USAGE, message)
                self.assertEqual(result.out, "")
        self.expect(run("show", HELLO, "--record", cut), OK, "was cut short", "PASS data/text-hello")


class Capture(Evidence):
    """What tshark makes of it: packets, one a dictionary of the fields asked for."""

    def dissect(self, ids, *fields):
        capture = self.folder / "c.pcapng"
        result = run("show", *ids, "--record", self.record, "--pcap", capture)
        self.expect(result, OK)
        self.assertEqual(result.out, "")
        fields += ("frame.comment", "_ws.expert.message")
        wanted = [word for field in fields for word in ("-e", field)]
        tshark = subprocess.run(
            ["tshark", "-r", capture, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"]
            + ["-o", "tcp.relative_sequence_numbers:TRUE", "-T", "fields", "-E", "separator=\x1f", *wanted],
            capture_output=True,
            text=True,
            timeout=60,
        )
        self.assertEqual(tshark.returncode, 0, tshark.stderr)
        packets = [dict(zip(fields, line.split("\x1f"))) for line in tshark.stdout.splitlines()]
        for packet in packets:
            for word in ("checksum", "Previous segment", "Out-Of-Order", "unseen", "Malformed"):
                self.assertNotIn(word, packet["_ws.expert.message"], packet)
        return packets

    FLAGS = ("tcp.flags.syn", "tcp.flags.fin", "tcp.flags.reset", "tcp.srcport", "tcp.dstport")

    def shape(self, packets, port):
        """Each packet as a word: S SYN, F FIN, R RST, . other; in capitals from the server."""
        words = ""
        for packet in packets:
            letter = next((c for c, flag in zip("sfr", self.FLAGS) if packet[flag] in ("1", "True")), "a")
            words += letter.upper() if packet["tcp.srcport"] == str(port) else letter
        return words

    def port(self):
        return int(record_of(self.record)[0]["target"]["address"].rpartition(":")[2])

    def test_exchange(self):
        self.judge("--builtin", HELLO)
        packets = self.dissect(
            [HELLO],
            *self.FLAGS,
            *("http.request.method", "http.response.code", "websocket.opcode", "websocket.payload_length"),
            *("websocket.mask", "data-text-lines", "tcp.seq", "tcp.ack", "frame.time_epoch"),
        )
        self.assertEqual(self.shape(packets, self.port()), "sSaaAaAaAFa")
        self.assertIn("wsconform data/text-hello: pass.", packets[0]["frame.comment"])
        self.assertEqual([p["http.request.method"] for p in packets if p["http.request.method"]], ["GET"])
        self.assertEqual([p["http.response.code"] for p in packets if p["http.response.code"]], ["101"])
        frames = [p for p in packets if p["websocket.opcode"]]
        self.assertEqual([p["websocket.opcode"] for p in frames], ["1", "1", "8", "8"])
        self.assertEqual([p["websocket.payload_length"] for p in frames], ["13", "13", "2", "2"])
        self.assertEqual([p["websocket.mask"] in ("1", "True") for p in frames], [True, False, True, False])
        self.assertEqual((packets[-1]["tcp.seq"], packets[-1]["tcp.ack"]), ("182", "150"))
        times = [float(p["frame.time_epoch"]) for p in packets]
        self.assertEqual(times, sorted(times))
        wire = self.case()["wire"]
        self.assertAlmostEqual(times[-1] - times[0], wire[-1]["t"] / 1e6, places=5)

    def test_large_message(self):
        case = "limits/binary-of-256-kib"
        self.judge("--builtin", case)
        packets = self.dissect([case], *self.FLAGS, "websocket.opcode", "websocket.payload_length_ext_64", "tcp.len")
        frames = [p for p in packets if p["websocket.opcode"] == "2"]
        self.assertEqual([int(p["websocket.payload_length_ext_64"]) for p in frames], [262144] * 2)
        self.assertIn("261888 of 262158 octets from here are not in the record", frames[0]["frame.comment"])
        closes = [p for p in packets if p["websocket.opcode"] == "8"]
        self.assertEqual(len(closes), 2)  # what comes behind is dissected too
        octets = {True: 0, False: 0}
        for packet in packets:
            octets[packet["tcp.srcport"] == str(self.port())] += int(packet["tcp.len"] or 0)
        heads = [entry["len"] for entry in self.case()["wire"] if entry["kind"] == "head"]
        self.assertEqual(octets[False], heads[0] + 14 + 262144 + 8)
        self.assertEqual(octets[True], heads[1] + 10 + 262144 + 4)

    def test_refusal_and_reset(self):
        refused = "handshake/upgrade-required-version-14"
        reset = run("list", "close/reset-*").out.split()[0]
        self.judge("--builtin", refused, reset)
        packets = self.dissect([refused], *self.FLAGS, "http.response.code", "http.sec_websocket_version")
        self.assertEqual([p["http.response.code"] for p in packets if p["http.response.code"]], ["426"])
        packets = self.dissect([reset], *self.FLAGS, "http.response.code")
        self.assertTrue(self.shape(packets, self.port()).endswith("r"), packets)
        server = Hostile("reset-behind-101")
        self.addCleanup(server.stop)
        run("server", server.url, HELLO, "--jsonl", self.record, "--timeout", "500ms")
        packets = self.dissect([HELLO], *self.FLAGS, "http.response.code")
        self.assertTrue(self.shape(packets, self.port()).endswith("R"), packets)

    def test_many_cases(self):
        self.judge("--builtin", "control/*")
        packets = self.dissect(["*"], "tcp.stream", "http.response.code", "frame.time_epoch")
        cases = record_of(self.record)[1]
        self.assertEqual(len({p["tcp.stream"] for p in packets}), len(cases))
        self.assertEqual([p["http.response.code"] for p in packets].count("101"), len(cases))
        times = [float(p["frame.time_epoch"]) for p in packets]
        self.assertEqual(times, sorted(times))

    def test_tls(self):
        authority = Authority(self.folder)
        server = Hostile(lambda peer: peer.echo(), tls=authority.server("server"))
        self.addCleanup(server.stop)
        self.judge(server.url, HELLO, "--tls-ca", authority.ca)
        packets = self.dissect([HELLO], *self.FLAGS, "websocket.opcode")
        self.assertIn("what was inside TLS", packets[0]["frame.comment"])
        self.assertEqual(packets[0]["tcp.dstport"], "80")
        self.assertEqual([p["websocket.opcode"] for p in packets if p["websocket.opcode"]], ["1", "1", "8", "8"])

    def test_standard_output(self):
        self.judge("--builtin", HELLO)
        data = subprocess.run(
            [PROGRAM, "show", HELLO, "--record", self.record, "--pcap", "-"],
            capture_output=True,
            check=True,
        ).stdout
        self.assertEqual(data[:4], b"\x0a\x0d\x0d\x0a")


    def test_both_sides_of_an_unstable_verdict(self):
        page = self.folder / "r.html"
        self.judge("--builtin", "--fault", "mask-restarts-per-segment", HELLO, "--pacing", "all", "--html", page, code=FAILURES)
        case = self.case()
        self.assertEqual((case["attempt"], case["verdict"]), ("octets#1", "fail"))
        self.assertEqual((case["other"]["attempt"], case["other"]["verdict"]), ("whole#1", "pass"))
        echoes = [[entry["frame"]["name"] for entry in one["wire"] if entry["kind"] == "frame" and entry["from"] == "peer"]
                  for one in (case, case["other"])]
        self.assertEqual(echoes, [["close"], ["text", "close"]])
        result = run("show", HELLO, "--record", self.record)
        self.expect(result, OK, "Attempts, of which octets#1 is shown", "Another attempt, whole#1: pass, 1 message: text of 13")
        self.assertEqual(result.out.count("> connected"), 2)
        self.assertIn("Another attempt, whole#1", page.read_text())


class Replay(Evidence):
    def frames(self, case):
        """What we sent, masking keys and all."""
        return [
            (entry["header_hex"], entry.get("wire_hex"), entry.get("hex"))
            for entry in case["wire"]
            if entry["kind"] == "frame" and entry["from"] == "harness"
        ]

    def replay(self, *arguments):
        self.again = self.folder / "again.jsonl"
        return run("replay", self.record, *arguments, "--jsonl", self.again)

    def test_same_octets(self):
        self.judge("--builtin", HELLO, "data/*", "--seed", "77", "--pacing", "cuts")
        result = self.replay(HELLO, "--builtin")
        self.expect(result, OK, f"{HELLO}, seed 77, pacing cuts\n  then  pass: ", "\n  now   pass: ", "is the same")
        before = next(case for case in record_of(self.record)[1] if case["id"] == HELLO)
        header, cases, _ = self.expect_record(self.again, result)
        self.assertEqual([case["id"] for case in cases], [HELLO])
        self.assertEqual((header["seed"], header["pacing"]), ("77", "cuts"))
        self.assertEqual(self.frames(cases[0]), self.frames(before))

    def test_verdict_changes(self):
        case = "close/code-1000"
        self.judge("--builtin", "--fault", "no-close-reply", case, code=FAILURES)
        self.expect(self.replay(case, "--builtin"), OK, "then  fail: ", "now   pass: ", "is another one")
        result = self.replay(case, "--builtin", "--fault", "no-close-reply", "-v")
        self.expect(result, FAILURES, "now   fail: ", "is the same", "FAIL close/code-1000", "> connected")

    def test_settings(self):
        case = "limits/a-thousand-texts-of-0-octets"
        flags = ("--profile", "full", "--with", "deflate", "--one-by-one", "--max-message", "1M", "--timeout", "7s")
        self.judge("--builtin", case, *flags)
        header = record_of(self.record)[0]
        settings = {"profile": "full", "one_by_one": True, "with": "deflate", "max_message": 1 << 20}
        self.assertEqual(header["settings"], settings)
        result = self.replay(case, "--builtin")
        self.expect(result, OK, "profile full, one by one, with deflate")
        again = record_of(self.again)[0]
        self.assertEqual((again["settings"], again["timeout_ms"]), (settings, 7000))

    def test_url_and_exec(self):
        self.judge("--builtin", HELLO)
        server = Hostile(lambda peer: peer.echo())
        self.addCleanup(server.stop)
        self.expect(self.replay(HELLO, server.url), OK, "The verdict is the same.")
        echo = f"{PROGRAM} echo --listen 127.0.0.1:{{port}}"
        self.expect(self.replay(HELLO, "--exec", echo), OK, "The verdict is the same.")
        result = self.replay(HELLO, f"ws://127.0.0.1:{free_port()}/", "--wait", "200ms")
        self.expect(result, TARGET, "cannot connect")

    def test_client(self):
        echo = f"{PROGRAM} echo --connect {{url}}"
        words = ("--seed", "5", "--pacing", "octets", "--jsonl", self.record)
        self.expect(run("client", "--exec", echo, HELLO, "data/binary-hello", *words), OK)
        before = next(case for case in record_of(self.record)[1] if case["id"] == HELLO)
        result = self.replay(HELLO, "--exec", echo)
        self.expect(result, OK, f"{HELLO}, seed 5, pacing octets\n  then  pass: ", "\n  now   pass: ", "is the same")
        header, cases, _ = self.expect_record(self.again, result)
        self.assertEqual((header["judges"], [case["id"] for case in cases]), ("client", [HELLO]))
        self.assertEqual(self.frames(cases[0]), self.frames(before))
        result = self.replay(HELLO, "--exec", "true {url}", "-v", "--wait", "300ms")
        self.expect(result, TARGET, "is another one", "without connecting", "the client never connected")

    def test_driver(self):
        self.expect(run("client", "--exec", f"{PROGRAM} echo --connect {{url}}", HELLO, "--jsonl", self.record), OK)
        port = free_port()
        words = [PROGRAM, "replay", self.record, HELLO, "--listen", f"127.0.0.1:{port}", "--linger", "100ms"]
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as replay:
            self.assertIn("1 cases for clients", replay.stderr.readline())
            self.expect(run("echo", "--drive", f"ws://127.0.0.1:{port}"), OK)
            self.assertIn("The verdict is the same.", replay.communicate(timeout=60)[0])
        self.assertEqual(replay.returncode, OK)

    def test_mistakes(self):
        self.judge("--builtin", HELLO)
        text = self.record.read_text()
        client, seedless, other, pace = (self.folder / name for name in ("client", "seedless", "other", "pace"))
        client.write_text(text.replace('"judges":"server"', '"judges":"client"'))
        seedless.write_text(text.replace('"seed":"1"', '"seed":"-"'))
        pace.write_text(text.replace('"pacing":"whole"', '"pacing":"slow"'))
        other.write_text(text.replace(HELLO, "data/gone"))
        for arguments, message in (
            ((self.record,), "takes a record, the id of a case"),
            ((self.record, HELLO), "name a server"),
            ((self.record, HELLO, "localhost:9001"), "is no URL"),
            ((self.record, "data/nothing", "--builtin"), 'has no case "data/nothing"'),
            ((client, HELLO, "--builtin"), "judges a client"),
            ((client, HELLO, "ws://localhost/"), "judges a client"),
            ((client, HELLO), "name it by --exec CMD with {url}, or --listen"),
            ((self.record, HELLO, "--builtin", "--listen", "0"), "judges a server"),
            ((seedless, HELLO, "--builtin"), "with which seed"),
            ((pace, HELLO, "--builtin"), "in which pacing"),
            ((other, "data/gone", "--builtin"), 'there is no case "data/gone" any more'),
            ((self.folder / "missing", HELLO, "--builtin"), "cannot read"),
            ((self.record, HELLO, "--builtin", "--seed", "1"), "--seed"),
        ):
            with self.subTest(message=message):
                self.expect(run("replay", *arguments), USAGE, message)
        version = json.loads(text.splitlines()[0])["catalogue"]["version"]
        self.record.write_text(text.replace(version, "0" * 64))
        self.expect(self.replay(HELLO, "--builtin"), OK, "made with another catalogue")


if __name__ == "__main__":
    unittest.main()
