#!/usr/bin/env python3
"""The man page and the completions: made from the tables of commands and flags, accepted by the programs that
read them, and true to --help."""
import re
import shutil
import subprocess
import unittest

from support import OK, Test, run


def flags_of(command):
    """The long flags that the help of a command names."""
    return set(re.findall(r"^ {2}(?:-\w, | {4})(--[a-z-]+)", run(command, "--help").out, re.MULTILINE))


class Generated(Test):
    def setUp(self):
        super().setUp()
        self.commands = re.findall(r"^  ([a-z]+) ", run("--help").out.split("Flags:")[0], re.MULTILINE)
        self.assertIn("server", self.commands)
        self.assertIn("report", self.commands)

    def generate(self, what):
        result = run("--generate", what)
        self.expect(result, OK)
        self.assertEqual(result.err, "")
        path = self.folder / what
        path.write_text(result.out)
        return path

    def test_help_knows_flags(self):
        for command in self.commands:
            self.assertIn("--help", flags_of(command), command)

    def test_man_page(self):
        path = self.generate("man")
        command = ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", str(path)]
        result = subprocess.run(
            command, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin", "MANWIDTH": "100"}
        )
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        text = re.sub(r".\x08|\x1b\[[0-9;]*m", "", result.stdout).replace("\u2010", "-").replace("\u2212", "-")
        self.assertIn("WSCONFORM(1)", text)
        for section in ("NAME", "SYNOPSIS", "COMMANDS", "EXIT STATUS"):
            self.assertRegex(text, rf"(?m)^{section}$")
        words = re.sub(r"-\n\s*", "-", text)
        for command in self.commands:
            self.assertIn(f"wsconform {command}", words)
            for flag in flags_of(command):
                self.assertIn(flag, words, command)

    def complete_in_bash(self, path, line):
        script = (
            'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _wsconform; printf "%s\\n" "${COMPREPLY[@]}"'
        )
        words = ["bash", "--norc", "-c", script, "bash", str(path), *line]
        result = subprocess.run(words, capture_output=True, text=True, check=False, cwd=self.folder)
        self.assertEqual(result.stderr, "")
        return result.stdout.split()

    def test_bash(self):
        path = self.generate("complete-bash")
        subprocess.run(["bash", "-n", path], check=True)
        found = self.complete_in_bash(path, ["wsconform", ""])
        self.assertLessEqual(set(self.commands), set(found))
        self.assertEqual(self.complete_in_bash(path, ["wsconform", "serv"]), ["server"])
        for command in self.commands:
            self.assertEqual(set(self.complete_in_bash(path, ["wsconform", command, "--"])), flags_of(command))
        self.assertEqual(self.complete_in_bash(path, ["wsconform", "server", "--exc"]), ["--exclude"])

    def test_other_shells(self):
        for shell in ("zsh", "fish"):
            with self.subTest(shell=shell):
                path = self.generate(f"complete-{shell}")
                text = path.read_text()
                for command in self.commands:
                    self.assertIn(command, text)
                    for flag in flags_of(command):
                        needle = flag if shell == "zsh" else f"-l {flag[2:]}"
                        self.assertIn(needle, text, command)
                # These shells are not needed for anything else: looked at where they are installed.
                if shutil.which(shell):
                    subprocess.run([shell, "-n", path], check=True)


if __name__ == "__main__":
    unittest.main(verbosity=2)
