#!/usr/bin/env python3
"""Other people's servers, judged with the whole catalogue: `targets_test.py CLASS`.

Every case comes to a verdict about the server; what it is known to do wrong is found; and nothing else fails.
"""
import fnmatch
import os
import shlex
import sys
import unittest

from certificates import Authority
from support import FAILURES, HERE, OK, PEER_WORDS, Test, record_of, run

SERVERS = HERE / "servers"


class Server(Test):
    """A server and what is known of it."""

    command = None
    # Patterns of cases that it fails, with what it does there. Any other failure is news, or a mistake of ours.
    fails = {}

    def test_whole_catalogue(self):
        record = self.folder / "r.jsonl"
        words = ("--exec", f"exec {self.command} {{port}}", "--wait", "30s", "-q", "--jsonl", record)
        result = run("server", *words, limit=300)
        _, cases, footer = self.expect_record(record, result)
        self.assertGreater(len(cases), 1000)
        self.assertTrue(footer["complete"])
        self.assertTrue(footer["alive"])
        verdicts = {case["id"]: case["verdict"] for case in cases}
        strange = {name: word for name, word in verdicts.items() if word not in PEER_WORDS | {"unsupported"}}
        self.assertEqual(strange, {}, str(result))
        failed = {name for name, word in verdicts.items() if word == "fail"}
        new = {name for name in failed if not any(fnmatch.fnmatchcase(name, known) for known in self.fails)}
        self.assertEqual(new, set(), str(result))
        for known in self.fails:
            self.assertTrue(fnmatch.filter(failed, known), f"{known} fails no more\n{result}")
        self.assertEqual(result.code, FAILURES if failed else OK, str(result))
        supported = {name for name, word in verdicts.items() if word != "unsupported"}
        for area in {name.split("/")[0] for name in supported}:
            passed = sum(word == "pass" for name, word in verdicts.items() if name.startswith(f"{area}/"))
            self.assertGreater(passed, 0, f"nothing of {area} passes\n{result}")


class Ws(Server):
    """The npm package ws."""

    command = f"node {shlex.quote(str(SERVERS / 'ws_echo.mjs'))}"
    fails = {
        "handshake/*": "takes requests without Host, with two of them, and of HTTP/1.0",
        "deflate/offer-*-bits-*": "takes 08, 010, +10 and 10.0 for numbers of window bits",
        "deflate/final-block-first": "inflates nothing behind a block with BFINAL",
        "deflate/every-block-final": "the same",
    }


class Websockets(Server):
    """Debian's python3-websockets."""

    command = f"{shlex.quote(sys.executable)} {shlex.quote(str(SERVERS / 'websockets_echo.py'))}"
    fails = {
        "handshake/*": "takes requests without Host; answers other versions without naming its own",
        "deflate/offer-server-bits-8": "answers 500",
        "deflate/*final*": "inflates nothing behind a block with BFINAL, nor of the messages that follow",
    }


class Aiohttp(Server):
    """Debian's python3-aiohttp."""

    command = f"{shlex.quote(sys.executable)} {shlex.quote(str(SERVERS / 'aiohttp_echo.py'))}"
    fails = {
        "handshake/*": "matches tokens loosely, takes requests without Host",
        "fragmentation/*-inside-*": "takes a new message inside an unfinished one",
        "masking/unmasked-*": "takes frames that are not masked",
        "deflate/rsv1-on-*": "takes control frames with RSV1",
        "deflate/ping-inside-compressed-message-*": "takes the payload of the ping for the message's",
        "deflate/offer-*": "takes parameters twice, without a value, out of bounds and with a leading zero",
        "deflate/*final*": "inflates nothing behind a block with BFINAL, nor of the messages that follow",
    }


class Beast(Server):
    """Debian's Boost.Beast."""

    command = shlex.quote(os.environ.get("BEAST_ECHO", "beast_echo"))
    fails = {
        "handshake/*": "takes requests with two Host fields and with an empty key",
        "utf8/cut-before-empty-final-fragment": "takes a text whose end is missing before an empty last fragment",
    }


class SecureWs(Test):
    """The npm package ws behind Node's TLS, which is OpenSSL: the cases about TLS, with each version."""

    def test_cases_about_tls(self):
        authority = Authority(self.folder)
        cert, key = authority.certificate("server")
        command = shlex.join(["node", str(SERVERS / "ws_echo.mjs"), "{port}", str(cert), str(key)])
        for version, lacking in ("1.3", set()), ("1.2", {"tls/key-update", "tls/a-hundred-key-updates"}):
            record = self.folder / f"{version}.jsonl"
            flags = ("--tls", "--tls-max", version, "--tls-ca", authority.ca, "--jsonl", record, "--timeout", "5s")
            self.expect(run("server", "--exec", command, "tls/*", *flags), OK)
            verdicts = {case["id"]: case["verdict"] for case in record_of(record)[1]}
            self.assertEqual({name for name, word in verdicts.items() if word == "unsupported"}, lacking)
            self.assertEqual({word for name, word in verdicts.items() if name not in lacking}, {"pass"})


del Server


if __name__ == "__main__":
    unittest.main(verbosity=2)
