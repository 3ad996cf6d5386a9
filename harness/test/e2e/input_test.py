#!/usr/bin/env python3
"""What people get wrong: each mistake has a clear message, the right exit code, and leaves no file behind that
looks whole."""
import json
import os
import socket
import unittest

from support import FAILURES, HARNESS, OK, TARGET, USAGE, Test, free_port, record_of, run

SAMPLE_CASE = {
    "format": 1,
    "topic": "Sample",
    "cases": [
        {
            "id": "sample/hello",
            "title": "A text is echoed",
            "judges": ["server"],
            "level": "must",
            "checks": ["6455-5.6-1"],
            "steps": [{"message": {"type": "text", "payload": {"text": "hello"}}}, {"close": True}],
            "outcomes": [{"verdict": "pass", "messages": "echo", "close": [1000]}],
        }
    ],
}


class CommandLine(Test):
    def expect_usage(self, arguments, *texts):
        result = run(*arguments)
        self.expect(result, USAGE, *texts)
        self.assertEqual(result.out, "", str(result))
        self.assertTrue(result.err.startswith("wsconform"), str(result))

    def test_wrong_usage(self):
        server = ("server", "--builtin")
        for arguments, text in (
            (("nonsense",), 'unknown command "nonsense"'),
            (("server",), "name a server"),
            ((*server, "--nonsense"), "unknown flag --nonsense"),
            ((*server, "--cases"), "--cases needs a value"),
            ((*server, "--timeout", "soon"), "--timeout soon is no duration"),
            ((*server, "--timeout", "-1s"), "no duration"),
            ((*server, "--jobs", "0"), "--jobs 0 is no number from 1"),
            ((*server, "--jobs", "99999999999999999999"), "is no number"),
            ((*server, "--repeat", "0"), "--repeat"),
            ((*server, "--seed", "x"), "--seed x is no number"),
            ((*server, "--pacing", "slow"), "--pacing is whole"),
            ((*server, "--color", "sometimes"), "--color is auto"),
            ((*server, "--max-message", "12Q"), "is no size"),
            ((*server, "--fault", "nonsense"), 'no fault "nonsense"'),
            ((*server, "--header", "no colon"), "--header"),
            ((*server, "ws://localhost/"), "--builtin takes no URL"),
            (("server", "--fault", "nonsense", "ws://localhost/"), "--fault goes with --builtin"),
            (("server", "--port", "7", "ws://localhost/"), "--port goes with --exec"),
            ((*server, "--exec", "true"), "exclude each other"),
            ((*server, "nothing/matches-this"), 'no case matches "nothing/matches-this"'),
            (("list", "nothing/matches-this"), 'no case matches "nothing/matches-this"'),
            (("show", "nothing/matches-this"), 'no case "nothing/matches-this"'),
            (("echo", "--listen", "127.0.0.1:99999"), "port 99999"),
            (("--generate", "nonsense"), "--generate knows man"),
            (("report",), "needs a record"),
            (("server", "localhost:9001"), '"localhost:9001" is no URL; is it ws://localhost:9001?'),
            ((*server, "-x", "*"), "no case is selected: --exclude leaves none"),
            ((*server, "--require", "nonsense=4"), "no such area"),
            ((*server, "--json", "-", "--junit", "-"), "two outputs cannot both go to stdout"),
            (("list", "--requirements", "--autobahn"), "exclude each other"),
        ):
            with self.subTest(arguments=arguments):
                self.expect_usage(arguments, text)

    def test_wrong_urls(self):
        for url, text in (
            ("http://localhost/", 'scheme "http"'),
            ("ws://", "no host"),
            ("ws://localhost:99999/", "port 99999"),
            ("ws://localhost:x/", "port"),
            ("ws://[::1/", "bad URL"),
            ("ws://localhost/a b", "bad URL"),
            ("ws://localhost/#part", "fragment"),
            ("ws://" + "x" * 5000 + "/", "too long"),
        ):
            with self.subTest(url=url[:60]):
                self.expect_usage(("server", url), text)

    def test_nothing_given_prints_the_usage(self):
        result = run()
        self.expect(result, USAGE, "Usage: wsconform COMMAND")

    def test_help_and_version(self):
        for arguments in (("--help",), ("--version",), ("server", "--help"), ("report", "-h")):
            with self.subTest(arguments=arguments):
                result = run(*arguments)
                self.expect(result, OK, "wsconform")
                self.assertEqual(result.err, "")


class Targets(Test):
    def outputs(self):
        return [
            word
            for kind in ("jsonl", "json", "html", "junit")
            for word in (f"--{kind}", str(self.folder / f"report.{kind}"))
        ]

    def expect_not_run(self, result):
        """Nobody could be judged: every report says so."""
        self.expect(result, TARGET)
        _, cases, footer = self.expect_record(self.folder / "report.jsonl", result)
        self.assertEqual({case["verdict"] for case in cases}, {"not-run"})
        self.assertFalse(footer["complete"])
        junit = (self.folder / "report.junit").read_text()
        self.assertIn(f'errors="{len(cases) + 1}"', junit)
        self.assertNotIn("<failure", junit)
        self.assertNotIn("No case fails", result.out)

    def test_nobody_listens(self):
        port = free_port()
        result = run("server", f"ws://127.0.0.1:{port}/", "--wait", "200ms", *self.outputs())
        self.expect_not_run(result)
        self.expect(result, TARGET, f"cannot connect to 127.0.0.1:{port}: Connection refused")
        for role in "--connect", "--drive":
            self.expect(run("echo", role, f"ws://127.0.0.1:{port}/"), TARGET, f"127.0.0.1:{port}")

    def test_port_in_use(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            where = f"127.0.0.1:{taken.getsockname()[1]}"
            for command, code in ("echo", USAGE), ("client", HARNESS):
                self.expect(run(command, "--listen", where), code, f"wsconform: cannot listen on {where}: ")

    def test_no_such_host(self):
        result = run("server", "ws://no-such-host.invalid/", *self.outputs())
        self.expect(result, TARGET, 'cannot resolve host "no-such-host.invalid"')
        self.assertEqual(os.listdir(self.folder), [])

    def test_target_that_ends_at_once(self):
        for command, text in (
            ("false", "exited with status 1"),
            ("true", "exited with status 0"),
            ("exit 7", "exited with status 7"),
            ("kill -9 $$", "SIGKILL"),
            ("/no/such/program", "not found"),
            ("echo what a pity >&2; exit 3", "what a pity"),
        ):
            with self.subTest(command=command):
                result = run("server", "--exec", command, *self.outputs(), limit=30)
                self.expect_not_run(result)
                self.expect(result, TARGET, text)

    def test_target_that_never_listens(self):
        result = run("server", "--exec", "sleep 3600", "--wait", "300ms", *self.outputs(), limit=20)
        self.expect_not_run(result)
        self.expect(result, TARGET, "not ready within 300 ms")

    def test_target_that_is_no_websocket_server(self):
        script = "exec python3 -m http.server --bind 127.0.0.1 {port}"
        result = run("server", "--exec", script, "--wait", "20s", *self.outputs(), limit=60, cwd=self.folder)
        self.expect_not_run(result)
        self.expect(result, TARGET, "refused an ordinary opening handshake: status")


class Outputs(Test):
    def test_places_that_cannot_be_written(self):
        for kind in ("jsonl", "json", "html", "junit"):
            with self.subTest(kind=kind):
                path = self.folder / "missing" / "report"
                result = run("server", "--builtin", f"--{kind}", path, "data/text-hello")
                self.expect(result, USAGE, f"cannot write {path}")
                self.assertEqual(result.out, "", "the run began all the same")

    def test_folder_that_cannot_be_made(self):
        (self.folder / "file").write_text("")
        result = run("server", "--builtin", "--out", self.folder / "file", "data/text-hello")
        self.expect(result, USAGE, str(self.folder / "file"))

    def test_one_wrong_place_leaves_the_others_alone(self):
        kept = self.folder / "kept.html"
        kept.write_text("earlier")
        arguments = ("--html", kept, "--junit", self.folder / "missing" / "j.xml")
        result = run("server", "--builtin", *arguments, "data/text-hello")
        self.expect(result, USAGE, "cannot write")
        self.assertEqual(kept.read_text(), "earlier")
        self.assertEqual(os.listdir(self.folder), ["kept.html"])

    def test_full_disk(self):
        # By a link, which is not to be replaced, and nor is the device.
        for kind in ("jsonl", "html"):
            with self.subTest(kind=kind):
                path = self.folder / kind
                path.symlink_to("/dev/full")
                result = run("server", "--builtin", f"--{kind}", path, "data/text-hello")
                self.expect(result, HARNESS, f"cannot write {path}")
                self.assertTrue(path.is_symlink())

    def test_pipe_is_written_and_not_replaced(self):
        path = self.folder / "pipe"
        os.mkfifo(path)
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        result = run("server", "--builtin", "--junit", path, "data/text-hello")
        self.expect(result, OK)
        self.assertIn(b"<testsuites", os.read(reader, 4096))
        self.assertTrue(path.is_fifo())

    def test_stdout_is_one_document(self):
        result = run("server", "--builtin", "--json", "-", "data/text-hello")
        self.expect(result, OK)
        json.loads(result.out)

    def test_second_target_has_files_of_its_own(self):
        nobody = f"ws://127.0.0.1:{free_port()}/"
        run("server", nobody, nobody, "--wait", "100ms", "--junit", self.folder / "j.xml", "data/text-hello")
        self.assertEqual(sorted(os.listdir(self.folder)), ["j-2.xml", "j.xml"])


class Records(Test):
    def setUp(self):
        super().setUp()
        self.record = self.folder / "whole.jsonl"
        self.expect(run("server", "--builtin", "-q", "--jsonl", self.record, "data/text-hello"), OK)

    def test_report_of_a_whole_record(self):
        self.expect(run("report", self.record), OK, "1 pass")
        self.expect(run("report", self.record, "--html", self.folder / "r.html"), OK)
        self.assertIn("data/text-hello", (self.folder / "r.html").read_text())

    def test_record_that_was_cut_short(self):
        text = self.record.read_text()
        cut = self.folder / "cut.jsonl"
        cut.write_text("".join(text.splitlines(keepends=True)[:-1]))
        result = run("report", cut, "--junit", self.folder / "j.xml")
        self.expect(result, TARGET, "cut short")
        self.assertIn("<error", (self.folder / "j.xml").read_text())

    def test_records_of_both_roles_are_not_compared(self):
        other = self.folder / "client.jsonl"
        other.write_text(self.record.read_text().replace('"judges":"server"', '"judges":"client"'))
        self.expect(run("diff", self.record, other), USAGE, "nothing to compare")

    def test_what_is_no_record(self):
        text = self.record.read_text()
        for name, content in (
            ("empty", ""),
            ("words", "garbage\n"),
            ("array", "[]\n"),
            ("no header", text.split("\n", 1)[1]),
            ("other format", text.replace('"format":1', '"format":99', 1)),
            ("nul", "\0\0\0\0\n"),
            ("deep", "[" * 100000 + "\n"),
            ("half a line", text[:100]),
        ):
            with self.subTest(name=name):
                path = self.folder / "bad.jsonl"
                path.write_text(content)
                result = run("report", path, "--html", self.folder / "bad.html")
                self.expect(result, USAGE, str(path))
                self.assertFalse((self.folder / "bad.html").exists(), str(result))
        self.expect(run("report", self.folder / "missing.jsonl"), USAGE, "cannot read")


class CaseFiles(Test):
    def write(self, content):
        (self.folder / "sample").mkdir(exist_ok=True)
        path = self.folder / "sample" / "sample.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1))
        return path

    def server(self, *more):
        return run("server", "--builtin", "--cases", self.folder, *more)

    def test_folder_with_a_single_case(self):
        self.write(SAMPLE_CASE)
        record = self.folder / "r.jsonl"
        result = self.server("--jsonl", record)
        self.expect(result, OK, "1 pass")
        _, cases, _ = record_of(record)
        self.assertEqual([case["id"] for case in cases], ["sample/hello"])

    def test_case_that_expects_something_else(self):
        case = json.loads(json.dumps(SAMPLE_CASE))
        case["cases"][0]["outcomes"][0]["messages"] = [{"type": "text", "payload": {"text": "bye"}}]
        self.write(case)
        self.expect(self.server(), FAILURES, "sample/hello", "6455-5.6-1")

    def test_wrong_case_files(self):
        def changed(**members):
            case = json.loads(json.dumps(SAMPLE_CASE))
            case["cases"][0].update(members)
            return case

        for name, content, text in (
            ("no JSON", "{", "sample/sample.json:1"),
            ("no object", "[]", "object"),
            ("other format", {**SAMPLE_CASE, "format": 99}, "format"),
            ("unknown key", changed(stepz=[]), "stepz"),
            ("unknown step", changed(steps=[{"dance": True}]), "dance"),
            ("unknown requirement", changed(checks=["6455-99-1"]), "6455-99-1"),
            ("unknown verdict", changed(outcomes=[{"verdict": "fine"}]), "/cases/0/outcomes/0/verdict: must be one of pass"),
            ("no outcome", changed(outcomes=[]), "/cases/0/outcomes: "),
            ("id of another area", changed(id="other/hello"), "other/hello"),
            ("bad hex", changed(steps=[{"raw": {"hex": "zz"}}]), "/cases/0/steps/0/raw/hex: not a hex digit"),
            ("huge payload", changed(steps=[{"raw": {"repeat": ["x", 10**15]}}]), "1000000000000000"),
        ):
            with self.subTest(name=name):
                self.write(content)
                for result in (self.server(), run("check", self.folder)):
                    self.expect(result, USAGE, "sample/sample.json:", text)
                    self.assertNotIn("pass", result.out)

    def test_folders_without_cases(self):
        self.expect(run("server", "--builtin", "--cases", self.folder / "missing"), USAGE, "missing")
        self.expect(self.server(), USAGE)


if __name__ == "__main__":
    unittest.main(verbosity=2)
