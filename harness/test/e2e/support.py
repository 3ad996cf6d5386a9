"""Runs wsconform as a person would and looks at what comes out: code, texts, files, time, memory."""
import json
import os
import pathlib
import resource
import signal
import random
import socket
import subprocess
import tempfile
import time
import unittest

PROGRAM = os.environ.get("WSCONFORM", "wsconform")
# A build with sanitizers is slower and larger; what is bounded stays bounded, by a multiple.
SANITIZED = bool(os.environ.get("WSCONFORM_SANITIZED"))
SLOWNESS = 4 if SANITIZED else 1
PATIENCE = 5
MEMORY_KIB = 400 * 1024 * (5 if SANITIZED else 1)
HERE = pathlib.Path(__file__).resolve().parent

# Inside GitHub Actions the program would tell more than is looked for.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}

OK, FAILURES, USAGE, TARGET, FINDING, HARNESS = 0, 1, 2, 3, 4, 5
PEER_WORDS = {"pass", "lenient", "info", "fail"}
RUN_WORDS = {"unsupported", "blocked", "setup-failed", "timeout", "crashed", "not-run", "harness-error"}


class Run:
    """A run of the program that has ended."""

    def __init__(self, arguments, code, out, err, seconds, rss_kib):
        self.arguments, self.code, self.out, self.err = arguments, code, out, err
        self.seconds, self.rss_kib = seconds, rss_kib

    def __str__(self):
        return (
            f"wsconform {' '.join(map(str, self.arguments))}\nexit code {self.code}, {self.seconds:.1f} s, "
            f"{self.rss_kib} KiB\n-- stdout\n{self.out[-3000:]}\n-- stderr\n{self.err[-3000:]}"
        )


def run(*arguments, limit=60, env=None, cwd=None, after=None, program=None):
    """Runs the program to its end; fails the test that never ends or leaves a sanitizer's report. limit: seconds that
    are plenty on a machine that has nothing else to do; it gets PATIENCE times as many. after: called with the process
    once it runs, for signals and the like."""
    limit *= PATIENCE * SLOWNESS
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.monotonic()
        process = subprocess.Popen(
            [program or PROGRAM, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            cwd=cwd,
            env={**ENVIRONMENT, **(env or {})},
        )
        try:
            if after:
                after(process)
            while True:
                pid, status, usage = os.wait4(process.pid, os.WNOHANG)
                if pid:
                    break
                if time.monotonic() - began > limit:
                    raise AssertionError(f"wsconform {' '.join(map(str, arguments))} still runs after {limit} s")
                time.sleep(0.01)
        except BaseException:
            process.kill()
            process.wait()
            raise
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - began
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode("utf-8", "backslashreplace"))
    result = Run(arguments, process.returncode, *texts, seconds, usage.ru_maxrss)
    for sign in ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "runtime error:"):
        if sign in result.err and "target" not in result.err.split(sign)[0].splitlines()[-1]:
            raise AssertionError(f"a sanitizer spoke up\n{result}")
    if result.code < 0:
        raise AssertionError(f"killed by signal {-result.code}\n{result}")
    return result


def record_of(path):
    """The lines of a record: (header, cases, footer); footer is None where the record was cut short."""
    with open(path, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    header = lines.pop(0)
    assert header["type"] == "header"
    footer = lines.pop() if lines and lines[-1]["type"] == "footer" else None
    assert all(line["type"] == "case" for line in lines)
    return header, lines, footer


def echo_cases(folder, words, **members):
    """A catalogue of its own in the folder: sample/WORD for each word, which sends it and wants it back. members: what
    else the cases say."""
    case = {
        "id": "sample/{word}",
        "title": "The text {word} is echoed",
        "each": {"word": list(words)},
        "judges": ["server"],
        "level": "must",
        "checks": ["6455-5.6-1"],
        "steps": [{"message": {"type": "text", "payload": {"text": "{word}"}}}, {"close": True}],
        "outcomes": [{"verdict": "pass", "messages": "echo", "close": [1000]}],
        **members,
    }
    (folder / "sample").mkdir()
    text = json.dumps({"format": 1, "topic": "Sample", "cases": [case]}, indent=1)
    (folder / "sample" / "sample.json").write_text(text)


def free_port():
    """A port of the loopback interface on which nobody listens, and that no connection of another test gets: it is
    none of those that the system gives away."""
    while True:
        port = random.randrange(10000, 32768)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


class Test(unittest.TestCase):
    """A test with a folder of its own, and the checks that all tests share."""

    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="wsconform-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def expect(self, result, code, *texts):
        """The exit code, and texts that stand in stdout or stderr."""
        self.assertEqual(result.code, code, str(result))
        for text in texts:
            self.assertIn(text, result.out + result.err, str(result))

    def expect_record(self, path, result):
        """A whole record that agrees with itself and with the exit code. Returns header, cases, footer."""
        header, cases, footer = record_of(path)
        self.assertIsNotNone(footer, f"{path} has no footer\n{result}")
        self.assertEqual(footer["exit_code"], result.code, str(result))
        self.assertEqual(footer["planned"], len(cases), str(result))
        counted = {}
        for case in cases:
            self.assertIn(case["verdict"], PEER_WORDS | RUN_WORDS)
            counted[case["verdict"]] = counted.get(case["verdict"], 0) + 1
        self.assertEqual({k: v for k, v in footer["totals"].items() if v}, counted)
        return header, cases, footer

    def expect_bounded(self, result):
        """In memory. That it ends at all is what run() sees to."""
        self.assertLess(result.rss_kib, MEMORY_KIB, str(result))


def files_limit():
    """As many descriptors as may be had, for tests with many connections."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))


def interrupt(process):
    process.send_signal(signal.SIGINT)
