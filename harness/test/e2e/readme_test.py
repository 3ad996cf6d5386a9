#!/usr/bin/env python3
"""What README.md tells people to type works as it stands there; and an installed wsconform is complete."""
import os
import pathlib
import re
import subprocess
import unittest

from servers.hostile import Hostile
from support import HERE, OK, PROGRAM, Test, run

ROOT = HERE.parent.parent.parent
README = (ROOT / "README.md").read_text()


def blocks(section):
    """The shell commands of a section."""
    text = re.search(rf"^## {re.escape(section)}\n(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)
    return re.findall(r"^```sh\n(.*?)^```", text[1], re.MULTILINE | re.DOTALL)


class Readme(Test):
    def test_case_of_a_newcomer(self):
        server = Hostile(lambda peer: peer.echo())
        self.addCleanup(server.stop)
        (block,) = blocks("Write a case")
        self.assertIn("ws://localhost:9001/", block)
        script = block.replace("build/release/wsconform", f"'{PROGRAM}'").replace("ws://localhost:9001/", server.url)
        result = subprocess.run(
            ["bash", "-e", "-c", script], cwd=self.folder, capture_output=True, text=True, check=False, timeout=120
        )
        # That server is lax about reserved bits: the case has to find it.
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertIn("6455-5.2-3", result.stdout)
        self.assertIn("1 case", result.stdout)

    def test_flags_and_commands_exist(self):
        code = "\n".join(re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL))
        for line in code.splitlines():
            words = re.match(r"build/release/wsconform ([a-z]+)(.*)", line.split(" #")[0])
            if not words:
                continue
            text = run(words[1], "--help").out
            for flag in re.findall(r" (--?[a-z][a-z-]*)", re.sub(r"'[^']*'", "''", words[2])):
                self.assertRegex(text, rf"(?m)^ +(-\w, )?{re.escape(flag)}\b", line)

    def test_samples(self):
        """Of every target of scripts/samples, by its name, there is a row and what it was told."""
        script, text = ROOT / "scripts/samples", (ROOT / "reports/samples/README.md").read_text()
        done = subprocess.run([script, "--list"], capture_output=True, text=True, check=True)
        targets = [line.split()[:2] for line in done.stdout.splitlines()]
        self.assertGreaterEqual(sum(role == "server" for role, _ in targets), 10)
        self.assertGreaterEqual(sum(role == "client" for role, _ in targets), 5)
        for role, name in targets:
            part = text.split("## Servers")[1].split("## Clients")[role == "client"]
            self.assertRegex(part, rf"(?m)^\| {name} [0-9][^|]*\| ")
            self.assertRegex(part, rf"(?m)^### {name} [0-9].*\n\n[0-9]+ pass")
        self.assertEqual(subprocess.run([script, "nonsense"], capture_output=True, check=False).returncode, 2)

    def test_files_exist(self):
        for name in re.findall(r"\]\(([^)#:]+)\)", README):
            self.assertTrue((ROOT / name).exists(), name)
        for name in re.findall(r"(?m)(?:^|`)(scripts/[a-z-]+)", README):
            self.assertTrue(os.access(ROOT / name, os.X_OK), name)


class Installed(Test):
    def test_install(self):
        build = pathlib.Path(PROGRAM).parent
        command = ["cmake", "--install", str(build), "--prefix", str(self.folder)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        for name in (
            "bin/wsconform",
            "bin/wstest",
            *(
                f"share/{place}"
                for name in ("wsconform", "wstest")
                for place in (
                    f"man/man1/{name}.1",
                    f"bash-completion/completions/{name}",
                    f"zsh/site-functions/_{name}",
                    f"fish/vendor_completions.d/{name}.fish",
                )
            ),
        ):
            path = self.folder / name
            self.assertTrue(path.is_file() and path.stat().st_size > 100, name)
        # Complete in itself: it needs nothing of the checkout.
        result = run("server", "--builtin", "-q", "data/*", program=self.folder / "bin/wsconform", cwd=self.folder)
        self.expect(result, OK)


if __name__ == "__main__":
    unittest.main(verbosity=2)
