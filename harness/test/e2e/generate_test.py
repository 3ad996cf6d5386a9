#!/usr/bin/env python3
"""The man pages and the completions: made from the tables of commands and flags, accepted by the programs that
read them, true to --help, and completing what is typed in each shell."""
import json
import os
import pty
import re
import select
import subprocess
import time
import unittest

from support import OK, PROGRAM, Test, run

# Where the shells look for them, and what they run.
ENVIRONMENT = {"PATH": f"{os.path.dirname(PROGRAM)}:/usr/bin:/bin", "TERM": "dumb", "LC_ALL": "C.UTF-8"}


def flags_of(*command):
    """The long flags that a help names."""
    return set(re.findall(r"^ {2}(?:-\w, | {4})(--[a-z-]+)", run(*command, "--help").out, re.MULTILINE))


class Generated(Test):
    def setUp(self):
        super().setUp()
        self.commands = re.findall(r"^  ([a-z]+) ", run("--help").out.split("Flags:")[0], re.MULTILINE)
        self.assertIn("server", self.commands)
        self.assertIn("report", self.commands)
        self.environment = {**ENVIRONMENT, "HOME": str(self.folder), "XDG_CONFIG_HOME": str(self.folder / "config")}

    def generate(self, what, name=None):
        result = run("--generate", what)
        self.expect(result, OK)
        self.assertEqual(result.err, "")
        path = self.folder / (name or what)
        path.write_text(result.out)
        return path

    def call(self, *command):
        result = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, cwd=self.folder,
                                env=self.environment, timeout=60)
        self.assertEqual((result.returncode, result.stderr), (0, ""), command)
        return result.stdout

    def test_help_knows_flags(self):
        for command in self.commands:
            self.assertIn("--help", flags_of(command), command)
        self.assertIn("--spec", flags_of("wstest"))

    def test_version_of_the_catalogue(self):
        record = self.folder / "r.jsonl"
        self.expect(run("server", "--builtin", "data/text-hello", "-q", "--jsonl", record), OK)
        header = json.loads(record.read_text().splitlines()[0])
        result = run("list", "--version")
        self.expect(result, OK, f"wsconform {header['version']}\ncatalogue {header['catalogue']['version']} of ")

    # ---- Man pages

    def manual(self, what, name):
        """The text of a page that neither groff nor mandoc has anything to say about."""
        path = self.generate(what)
        self.environment["MANWIDTH"] = "100"
        text = self.call("man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", path)
        lint = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", path], capture_output=True, text=True, check=False)
        # The date of a page would be that of a build; there is none.
        complaints = [line for line in (lint.stdout + lint.stderr).splitlines() if "missing date" not in line]
        self.assertEqual(complaints, [])
        text = re.sub(r".\x08|\x1b\[[0-9;]*m", "", text).replace("\u2010", "-").replace("\u2212", "-")
        self.assertIn(f"{name}(1)", text)
        for section in ("NAME", "SYNOPSIS", "FLAGS", "EXIT STATUS", "ENVIRONMENT", "SEE ALSO"):
            self.assertRegex(text, rf"(?m)^{section}$")
        return re.sub(r"-\n\s*", "-", text)

    def test_man_page(self):
        words = self.manual("man", "WSCONFORM")
        for command in self.commands:
            self.assertIn(f"wsconform {command}", words)
            for flag in flags_of(command):
                self.assertIn(flag, words, command)

    def test_man_page_of_wstest(self):
        words = self.manual("wstest-man", "WSTEST")
        for flag in flags_of("wstest"):
            self.assertIn(flag, words)

    # ---- bash

    def complete_in_bash(self, path, *line):
        script = (
            'source "$1"; function=$2; shift 2; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); $function;'
            ' printf "%s\\n" "${COMPREPLY[@]}"'
        )
        return self.call("bash", "--norc", "-c", script, "bash", path, f"_{line[0]}", *line).split()

    def test_bash(self):
        path = self.generate("complete-bash")
        self.call("bash", "-n", path)
        self.assertLessEqual(set(self.commands), set(self.complete_in_bash(path, "wsconform", "")))
        self.assertEqual(self.complete_in_bash(path, "wsconform", "serv"), ["server"])
        for command in self.commands:
            self.assertEqual(set(self.complete_in_bash(path, "wsconform", command, "--")), flags_of(command))
        self.assertEqual(self.complete_in_bash(path, "wsconform", "server", "--exc"), ["--exclude"])
        self.assertEqual(self.complete_in_bash(path, "wsconform", "show", "data/text-hel"), ["data/text-hello"])
        (self.folder / "known.json").touch()
        (self.folder / "known.d").mkdir()
        self.assertEqual(set(self.complete_in_bash(path, "wsconform", "server", "--html", "kn")), {"known.json", "known.d"})
        self.assertEqual(self.complete_in_bash(path, "wsconform", "server", "--out", "kn"), ["known.d"])
        self.assertEqual(self.complete_in_bash(path, "wsconform", "server", "--timeout", ""), [])

    def test_bash_wstest(self):
        path = self.generate("wstest-complete-bash")
        self.call("bash", "-n", path)
        self.assertEqual(self.complete_in_bash(path, "wstest", "-m", "fuzzings"), ["fuzzingserver"])
        self.assertEqual(set(self.complete_in_bash(path, "wstest", "--")), flags_of("wstest"))
        (self.folder / "spec.json").touch()
        self.assertEqual(self.complete_in_bash(path, "wstest", "-s", "sp"), ["spec.json"])

    # ---- zsh

    def complete_in_zsh(self, line, wanted):
        """Types the line and a tab into a zsh that has the completions; waits for what is wanted on its screen."""
        setup = f"PROMPT='> '; fpath=({self.folder} $fpath); autoload -U compinit; compinit -u -D; zstyle ':completion:*' menu no\n"
        screen = b""
        process, terminal = pty.fork()
        if process == 0:
            os.chdir(self.folder)
            os.execve("/usr/bin/zsh", ["zsh", "-f", "-i"], {**self.environment, "COLUMNS": "200", "TERM": "vt100"})
        try:
            os.write(terminal, setup.encode() + b"print rea''dy\n")
            deadline, typed = time.monotonic() + 30, False
            while time.monotonic() < deadline:
                if select.select([terminal], [], [], 0.2)[0]:
                    screen += os.read(terminal, 65536)
                if not typed and b"\nready" in screen:
                    screen, typed = b"", True
                    os.write(terminal, line.encode() + b"\t")
                # The echo of the line itself says nothing, and may come back with signs of the terminal in it.
                plain = re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]|.\x08|\x00", b"", screen).decode()
                if typed and wanted in plain:
                    return
            self.fail(f"zsh makes nothing like {wanted!r} of {line!r}:\n{screen.decode()}")
        finally:
            os.close(terminal)
            os.waitpid(process, 0)

    def test_zsh(self):
        for what, name in (("complete-zsh", "_wsconform"), ("wstest-complete-zsh", "_wstest")):
            self.call("zsh", "-n", self.generate(what, name))
        (self.folder / "spec.json").touch()
        for line, wanted in (
            ("wsconform serv", "wsconform server "),
            ("wsconform server --exc", "--exclude="),
            ("wsconform list --requirem", "--requirements "),
            ("wsconform report --htm", "--html="),
            ("wsconform report --json sp", "--json spec.json"),
            ("wsconform show data/text-hel", "data/text-hello "),
            ("wstest -m fuzzings", "fuzzingserver "),
            ("wstest --spec=sp", "--spec=spec.json"),
        ):
            with self.subTest(line=line):
                self.complete_in_zsh(line, wanted)
        text = (self.folder / "_wsconform").read_text()
        for command in self.commands:
            part = re.search(rf"(?m)^  {command}\) _arguments.*?;;$", text, re.DOTALL)[0]
            for flag in flags_of(command):
                self.assertRegex(part, rf"{flag}\b", command)

    # ---- fish

    def complete_in_fish(self, line):
        out = self.call("fish", "--no-config", "-c", "for file in $argv[2..]; source $file; end; complete -C $argv[1]", line,
                        self.folder / "complete-fish", self.folder / "wstest-complete-fish")
        return {row.split("\t")[0] for row in out.splitlines()}

    def test_fish(self):
        for what in ("complete-fish", "wstest-complete-fish"):
            self.call("fish", "-n", self.generate(what))
        self.assertLessEqual(set(self.commands), self.complete_in_fish("wsconform "))
        self.assertEqual(self.complete_in_fish("wsconform serv"), {"server"})
        for command in self.commands:
            self.assertEqual(self.complete_in_fish(f"wsconform {command} --"), flags_of(command), command)
        self.assertEqual(self.complete_in_fish("wsconform show data/text-hel"), {"data/text-hello"})
        self.assertEqual(self.complete_in_fish("wstest -m fuzzings"), {"fuzzingserver"})
        self.assertEqual(self.complete_in_fish("wstest --"), flags_of("wstest"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
