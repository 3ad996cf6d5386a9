#!/usr/bin/env python3
"""TLS as people use it: certificates that are trusted or not, versions, names, clients that show a certificate,
proxies; and what is said where it fails. `tls_test.py [CLASS]`."""
import base64
import pathlib
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "servers"))

from certificates import Authority  # noqa: E402
from hostile import Hostile  # noqa: E402
from support import OK, PROGRAM, TARGET, USAGE, Test, free_port, record_of, run  # noqa: E402

# Such that a simple echo server passes.
CASES = ("data/text-hello", "close/code-1000", "control/ping-empty", "handshake/ordinary")


class Tls(Test):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="wsconform-tls-")
        cls.addClassCleanup(folder.cleanup)
        cls.certs = pathlib.Path(folder.name)
        cls.authority = Authority(cls.certs)

    def server(self, behaviour=None, context=None, **more):
        """An echo server unless told otherwise."""
        if context is None and not more.pop("plain", False):
            context = self.authority.server("server", **more)
        server = Hostile(behaviour or (lambda peer: peer.echo()), tls=context)
        self.addCleanup(server.stop)
        return server

    def expect(self, result, code, *texts):
        """Wherever the lines are broken."""
        result.out = " ".join(result.out.split())
        super().expect(result, code, *texts)

    def judge(self, url, *more, **how):
        self.record = self.folder / "r.jsonl"
        return run("server", url, *CASES, "--jsonl", self.record, *more, **how)

    def expect_unreachable(self, result, *texts):
        """Told, and no case is judged."""
        self.expect(result, TARGET, *texts)
        _, cases, footer = self.expect_record(self.record, result)
        self.assertEqual({case["verdict"] for case in cases}, {"not-run"})
        self.assertFalse(footer["complete"])
        self.expect_bounded(result)


class Servers(Tls):
    """wsconform server wss://..."""

    def test_trusted(self):
        server = self.server()
        result = self.judge(server.url, "--tls-ca", self.authority.ca)
        self.expect(result, OK, "; TLS: the certificate is checked, for 127.0.0.1, by ", "No case fails")
        header, cases, _ = self.expect_record(self.record, result)
        self.assertTrue(header["target"]["tls"]["checked"])
        for case in cases:
            notes = [entry["text"] for entry in case["wire"] if entry["kind"] == "note"]
            self.assertRegex(notes[0], r"^TLSv1\.3, TLS_[A-Z0-9_]+$")
            if case["id"] == "close/code-1000":
                self.assertEqual(notes[-1], "TLS ended with close_notify")
        localhost = server.url.replace("127.0.0.1", "localhost")
        self.expect(self.judge(localhost, "--tls-ca", self.authority.ca), OK)

    def test_untrusted(self):
        result = self.judge(self.server().url)
        self.expect_unreachable(result, "the server's certificate is not trusted: ", "hint: --tls-ca FILE")
        other = Authority(self.folder, "other")
        self.expect_unreachable(self.judge(self.server().url, "--tls-ca", other.ca), "is not trusted: ")

    def test_wrong_name(self):
        server = self.server(alternatives="subjectAltName=DNS:echo.example,DNS:www.example")
        trust = ("--tls-ca", self.authority.ca)
        result = self.judge(server.url, *trust)
        self.expect_unreachable(
            result, "is not for 127.0.0.1, but for echo.example, www.example", "hint: --tls-server-name NAME"
        )
        asked = []
        server.tls.sni_callback = lambda connection, name, context: asked.append(name)
        self.expect(self.judge(server.url, *trust, "--tls-server-name", "echo.example"), OK)
        self.assertEqual(set(asked), {"echo.example"})

    def test_no_name_is_asked_for_of_an_address(self):
        server, asked = self.server(), []
        server.tls.sni_callback = lambda connection, name, context: asked.append(name)
        self.expect(self.judge(server.url, "--tls-ca", self.authority.ca), OK)
        self.assertEqual(set(asked), {None})

    def test_expired(self):
        server = self.server(days=-1)
        result = self.judge(server.url, "--tls-ca", self.authority.ca)
        self.expect_unreachable(result, "the server's certificate has expired (20")

    def test_insecure_says_so(self):
        server = self.server(days=-1, alternatives="subjectAltName=DNS:echo.example")
        html = self.folder / "r.html"
        result = self.judge(server.url, "--tls-insecure", "--html", html)
        self.expect(result, OK, "TLS: the certificate of the server is not checked")
        header, _, _ = self.expect_record(self.record, result)
        self.assertFalse(header["target"]["tls"]["checked"])
        self.assertIn("the certificate of the server is not checked", html.read_text())

    def test_not_tls(self):
        for octets, text in (
            (b"HTTP/1.1 400 Bad Request\r\n\r\n", 'does not speak TLS: it begins with "HTTP/1.1 400 Bad Request"'),
            (b"SSH-2.0-OpenSSH_9.2\r\n", 'does not speak TLS: it begins with "SSH-2.0'),
            (bytes(range(255, 128, -1)) * 20, "TLS handshake: "),
            (bytes(20000), "TLS handshake: "),
        ):
            with self.subTest(octets=octets[:20]):
                server = self.server(lambda peer: (peer.send(octets), peer.hold()), plain=True)
                result = self.judge(server.url.replace("ws://", "wss://"), "--tls-insecure")
                self.expect_unreachable(result, text)

    def test_a_server_that_ends_in_the_handshake_is_tried_again(self):
        for behaviour in "close-at-once", "reset-at-once":
            with self.subTest(behaviour=behaviour):
                server = self.server(behaviour, plain=True)
                result = self.judge(server.url.replace("ws://", "wss://"), "--wait", "1s", "--timeout", "1s")
                self.expect_unreachable(result)
                # A reset may come before there is anything to shake hands about.
                self.assertRegex(result.err, "TLS handshake: the peer |Connection reset by peer")
                self.assertGreater(server.connections, 1)

    def test_silence(self):
        server = self.server("silence", plain=True)
        result = self.judge(server.url.replace("ws://", "wss://"), "--wait", "1s", "--timeout", "1s")
        self.expect_unreachable(result, "TLS handshake: the peer does not answer")

    def test_versions(self):
        context = self.authority.server("server")
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        server = self.server(context=context)
        trust = ("--tls-ca", self.authority.ca)
        self.expect_unreachable(
            self.judge(server.url, *trust, "--tls-min", "1.3"), 'the peer sent the alert "protocol version"', "hint: "
        )
        for more in (), ("--tls-max", "1.2"), ("--tls-min", "1.0"):
            result = self.judge(server.url, *trust, *more)
            self.expect(result, OK)
            _, cases, _ = self.expect_record(self.record, result)
            self.assertIn("TLSv1.2, ", cases[0]["wire"][1]["text"])

    def test_application_protocols(self):
        context, asked = self.authority.server("server"), set()
        context.set_alpn_protocols(["http/1.1", "ws"])

        def look(peer):
            asked.add(peer.socket.selected_alpn_protocol())
            peer.echo()

        server = self.server(look, context=context)
        trust = ("--tls-ca", self.authority.ca)
        for more, agreed in ((), "http/1.1"), (("--tls-alpn", "ws,h2"), "ws"), (("--tls-alpn", "none"), None):
            asked.clear()
            self.expect(self.judge(server.url, *trust, *more), OK)
            self.assertEqual(asked, {agreed})

    def test_certificate_of_the_client(self):
        context = self.authority.server("server", clients=self.authority.ca)
        server = self.server(context=context)
        trust = ("--tls-ca", self.authority.ca)
        result = self.judge(server.url, *trust, "--timeout", "1s")
        self.expect_unreachable(result, 'the peer sent the alert "', "hint: --tls-cert FILE and --tls-key FILE")
        cert, key = self.authority.certificate("client")
        self.expect(self.judge(server.url, *trust, "--tls-cert", cert, "--tls-key", key), OK)
        both = self.folder / "both.pem"
        both.write_text(cert.read_text() + key.read_text())
        self.expect(self.judge(server.url, *trust, "--tls-cert", both), OK)

    def test_secrets(self):
        server, trust = self.server(), ("--tls-ca", self.authority.ca)
        given, usual = self.folder / "given", self.folder / "usual"
        self.expect(self.judge(server.url, *trust, "--tls-keylog", given), OK)
        self.expect(self.judge(server.url, *trust, env={"SSLKEYLOGFILE": str(usual)}), OK)
        for file in given, usual:
            self.assertRegex(file.read_text(), r"(?m)^CLIENT_TRAFFIC_SECRET_0 [0-9a-f]{64} [0-9a-f]+$")

    def test_what_is_wrong_with_flags(self):
        cert, key = self.authority.certificate("a")
        _, other = self.authority.certificate("b")
        text = self.folder / "text"
        text.write_text("no PEM")
        for flags, message in (
            (("--tls-ca", "/nowhere/ca.pem"), "cannot read the certificates /nowhere/ca.pem: No such file"),
            (("--tls-ca", text), "holds no certificates in PEM"),
            (("--tls-cert", "/nowhere/c.pem"), "cannot read the certificate /nowhere/c.pem"),
            (("--tls-cert", cert), "holds no key"),
            (("--tls-cert", cert, "--tls-key", other), "does not belong to"),
            (("--tls-key", key), "has no certificate"),
            (("--tls-min", "3"), '"3" is no version of TLS'),
            (("--tls-min", "1.3", "--tls-max", "1.2"), "is above the highest"),
            (("--tls-server-name", "a b"), "is no host name"),
            (("--tls-keylog", "/nowhere/keys"), "cannot write /nowhere/keys"),
            (("--tls-insecure", "--tls-ca", cert), "exclude each other"),
            (("--tls",), "no --tls"),
        ):
            with self.subTest(flags=flags):
                result = run("server", "wss://localhost:1/", *flags)
                self.expect(result, USAGE, message)
                self.assertEqual(result.out, "")
        for flag in ("--tls-insecure",), ("--tls-ca", cert), ("--tls-min", "1.2"):
            self.expect(run("server", "ws://localhost:1/", *flag), USAGE, f"{flag[0]} goes with wss://")

    def test_builtin(self):
        self.expect(self.judge_builtin("--tls"), OK)
        self.expect(self.judge_builtin("--tls", "--tls-max", "1.2"), OK)
        result = self.judge_builtin("--tls", "--tls-ca", Authority(self.folder, "other").ca)
        self.expect(result, OK)
        for more in ("--tls-insecure",), ():
            self.expect(self.judge_builtin(*more), USAGE if more else OK)

    def verdicts(self, *arguments, code=OK):
        self.expect(run(*arguments, "--jsonl", self.folder / "v.jsonl", "--timeout", "3s"), code)
        return {case["id"]: case["verdict"] for case in record_of(self.folder / "v.jsonl")[1]}

    def test_cases_about_tls(self):
        """Each passes on the endpoint of our own, in both roles, and comes to nothing where there is no such TLS."""
        judge = ("server", "--builtin", "tls/*")
        self.assertEqual(set(self.verdicts(*judge, "--tls", "--pacing", "all").values()), {"pass"})
        self.assertEqual(set(self.verdicts(*judge).values()), {"unsupported"})
        older = self.verdicts(*judge, "--tls", "--tls-max", "1.2")
        self.assertEqual({i for i, v in older.items() if v != "pass"}, {"tls/key-update", "tls/a-hundred-key-updates"})
        ca = self.folder / "made.pem"
        echo = f"{PROGRAM} echo --connect {{url}} --tls-ca {ca}"
        clients = self.verdicts("client", "--tls", "--tls-write-ca", ca, "--exec", echo, "tls/*", "data/text-hello")
        self.assertEqual(set(clients.values()), {"pass"})

    def test_cases_about_tls_notice(self):
        """A server that stays behind a close_notify is told from one that ends."""

        def stays(peer):
            try:
                peer.echo()
            except (EOFError, OSError):
                threading.Event().wait(1.5)

        ids = [f"tls/close-notify-inside-{what}" for what in ("header", "payload", "message")]
        for behaviour, verdict in ((stays, "lenient"), (None, "pass")):
            url = self.server(behaviour).url
            flags = ("--tls-ca", self.authority.ca, "--timeout", "1s", "--jsonl", self.folder / "v.jsonl")
            self.expect(run("server", url, *ids, *flags), OK)
            self.assertEqual({case["verdict"] for case in record_of(self.folder / "v.jsonl")[1]}, {verdict})

    def test_echo_over_tls(self):
        """The server of our own, as a command, judged by name and over a unix socket."""
        ca, path = self.folder / "e.pem", self.folder / "s"
        for listen, url in (("wss://localhost:{port}", "wss://localhost:{port}/a?b"), ("127.0.0.1:{port}", None)):
            how = ["--tls-insecure"] if url else ["--tls", "--tls-insecure"]
            echo = f"{PROGRAM} echo --tls --listen {listen} --tls-write-ca {ca}"
            verdicts = self.verdicts("server", *([url] if url else []), "--exec", echo, *CASES, *how)
            self.assertEqual(set(verdicts.values()), {"pass"}, listen)
        for secure in "", "s":
            more = ("--tls", "--tls-write-ca", ca) if secure else ()
            with subprocess.Popen(
                [PROGRAM, "echo", "--listen", f"unix:{path}", *more], stdout=subprocess.PIPE, text=True
            ) as process:
                try:
                    self.assertEqual(process.stdout.readline(), f"ws{secure}+unix://{path}:/\n")
                    trust = ("--tls-ca", ca) if secure else ()
                    result = run("server", f"ws{secure}+unix://{path}:/a?b=c", *CASES, *trust)
                    self.expect(result, OK, "4 pass")
                finally:
                    process.terminate()
                    process.wait()

    def test_ipv6(self):
        for url in "ws://[::1]:{port}/", "wss://[::1]:{port}/":
            secure = ("--tls-insecure",) if url.startswith("wss") else ()
            echo = f"{PROGRAM} echo --listen {url.replace('/a', '')}"
            verdicts = self.verdicts("server", url, "--exec", echo, *CASES, *secure)
            self.assertEqual(set(verdicts.values()), {"pass"})

    def judge_builtin(self, *more):
        return run("server", "--builtin", *CASES, *more)

    def test_again(self):
        """The command that repeats a case reaches the same server in the same way."""
        server = self.server()
        flags = ("--tls-ca", self.authority.ca, "-H", "X-Some: a thing", "--tls-max", "1.2", "--cookie", "a=1; b=2")
        result = self.judge(server.url, *flags)
        self.expect(result, OK)
        _, cases, _ = self.expect_record(self.record, result)
        command = cases[0]["rerun"].replace("wsconform", f"'{PROGRAM}'", 1)
        again = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(again.returncode, OK, command + again.stdout + again.stderr)
        for text in "--tls-ca", "X-Some: a thing", "--tls-max 1.2", "a=1; b=2":
            self.assertIn(text, command)


class Ways(Tls):
    """Through proxies, to unix sockets, with credentials."""

    def proxy(self, answer=None, wants=None):
        """A proxy that knows CONNECT; answer: what it says instead of connecting."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        self.asked = []

        def copy(source, sink):
            try:
                while data := source.recv(65536):
                    sink.sendall(data)
                sink.shutdown(socket.SHUT_WR)
            except OSError:
                pass

        def serve(connection):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with connection:
                head = b""
                while b"\r\n\r\n" not in head:
                    if not (data := connection.recv(1)):
                        return
                    head += data
                self.asked.append(head.decode())
                place = re.match(r"CONNECT (\S+):(\d+) HTTP/1\.1\r\n", self.asked[-1])
                if answer is not None or (wants and wants not in self.asked[-1]):
                    connection.sendall(answer if answer is not None else b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
                    return
                with socket.create_connection((place[1].strip("[]"), int(place[2]))) as server:
                    for octet in b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 Connection established\r\nX: y\r\n\r\n":
                        connection.sendall(bytes([octet]))
                    threads = [
                        threading.Thread(target=copy, args=ends, daemon=True)
                        for ends in ((connection, server), (server, connection))
                    ]
                    for thread in threads:
                        thread.start()
                    for thread in threads:
                        thread.join()

        def accept():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        return f"127.0.0.1:{listener.getsockname()[1]}"

    def test_proxy(self):
        plain, secure = self.server(plain=True), self.server()
        proxy = self.proxy()
        self.expect(self.judge(plain.url, "--proxy", f"http://{proxy}"), OK)
        self.assertEqual(
            set(self.asked), {f"CONNECT 127.0.0.1:{plain.port} HTTP/1.1\r\nHost: 127.0.0.1:{plain.port}\r\n\r\n"}
        )
        self.expect(self.judge(secure.url, "--proxy", f"http://{proxy}/", "--tls-ca", self.authority.ca), OK)
        result = self.judge(secure.url, "--proxy", f"http://{proxy}")
        self.expect_unreachable(result, "is not trusted", f"127.0.0.1:{secure.port} by the proxy {proxy}")

    def test_proxy_with_a_password(self):
        words = base64.b64encode(b"me:pass@word:x").decode()
        server, proxy = self.server(plain=True), self.proxy(wants=f"Proxy-Authorization: Basic {words}\r\n")
        self.expect(self.judge(server.url, "--proxy", f"http://me:pass@word:x@{proxy}"), OK)
        result = self.judge(server.url, "--proxy", f"http://{proxy}", "--wait", "300ms")
        self.expect_unreachable(result, f"refused to connect to 127.0.0.1:{server.port}: status 407")

    def test_bad_proxies(self):
        for answer, text in (
            (b"", "ended the connection"),
            (b"HTTP/1.1 200 OK\r\nX", "ended the connection"),
            (b"SSH-2.0-x\r\n\r\n", "does not answer with HTTP"),
            (b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 100000, "does not answer with HTTP"),
            (b"HTTP/1.1 100 Continue\r\n\r\n" * 50, "interim responses without end"),
            (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "status 502"),
        ):
            with self.subTest(answer=answer[:30]):
                proxy = self.proxy(answer=answer)
                result = self.judge("ws://somewhere.invalid/", "--proxy", f"http://{proxy}", "--wait", "300ms")
                self.expect_unreachable(result, f"the proxy {proxy} ", text)
        silent = Hostile("silence")
        self.addCleanup(silent.stop)
        flags = ("--proxy", silent.url.replace("ws:", "http:"), "--wait", "300ms", "--timeout", "1s")
        self.expect_unreachable(self.judge("ws://somewhere.invalid/", *flags), "does not answer")
        self.judge("ws://somewhere.invalid/", "--proxy", f"http://127.0.0.1:{free_port()}", "--wait", "200ms")

    def test_wrong_proxies(self):
        for proxy, text in (
            ("127.0.0.1:3128", "is no http:// URL"),
            ("https://127.0.0.1:3128", "is no http:// URL"),
            ("http://", "no host"),
            ("http://localhost:x", "port"),
            ("http://localhost/path", "takes no path"),
            ("http://" + "n" * 600 + ":p@localhost", "too long"),
        ):
            with self.subTest(proxy=proxy[:40]):
                self.expect(run("server", "ws://localhost:1/", "--proxy", proxy), USAGE, text)

    def test_credentials(self):
        heads = []

        def look(peer):
            def handshake():
                head = peer.read_head()
                heads.append(head.decode())
                peer.send(peer.response(head))

            peer.handshake = handshake
            peer.echo()

        server = self.server(look, plain=True)
        one = ("server", server.url, "handshake/ordinary", "--timeout", "1s")
        run(*one, "--user", "me:secret: word", "--origin", "https://a.example", "--cookie", "a=1; b=2", "-H", "X-Y: z")
        for line in (
            "Authorization: Basic " + base64.b64encode(b"me:secret: word").decode(),
            "Origin: https://a.example",
            "Cookie: a=1; b=2",
            "X-Y: z",
        ):
            self.assertIn(f"\r\n{line}\r\n", heads[-1])
        run(*one, "--bearer", "abc.def")
        self.assertIn("\r\nAuthorization: Bearer abc.def\r\n", heads[-1])
        for flags, text in (
            (("--user", "me"), "--user takes NAME:PASSWORD"),
            (("--user", "a:b", "--bearer", "c"), "exclude each other"),
            (("--origin", "a\r\nX: y"), "is no value of a header line"),
            (("--cookie", "a" * 5000), "is no value of a header line"),
            (("--bearer", "a" * 5000), "too long"),
            (("--user", "a:" + "b" * 5000), "too long"),
        ):
            with self.subTest(flags=flags[0]):
                self.expect(run(*one, *flags), USAGE, text)


if __name__ == "__main__":
    unittest.main()
