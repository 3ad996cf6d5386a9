#!/usr/bin/env python3
"""Pipelines: action, templates, workflows and the image's recipe are what their readers take, and the examples do what
they say, as their jobs would run them: pipelines_test.py, with WSCONFORM and the packages of package.json.

The action is run step by step as GitHub runs one, the job of GitLab by gitlab-ci-local. What jobs install from Debian has
to be there; each job judges only some areas here."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as ET

import yaml

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent
PROGRAM = pathlib.Path(os.environ["WSCONFORM"])
BIN = HERE / "node_modules/.bin"
EXAMPLES = ROOT / "scripts/examples"
CI = ROOT / "scripts/ci"
SOME = {"node": "'data/*' 'handshake/*'", "python": "'data/*' 'handshake/*' 'deflate/final*'", "c": "'data/*' 'control/*' 'utf8/*'"}


def call(*words, cwd=None, env=None, limit=120):
    return subprocess.run(list(map(str, words)), cwd=cwd, env=env, capture_output=True, text=True, timeout=limit,
                          check=False, stdin=subprocess.DEVNULL)


class Readers(unittest.TestCase):
    """Schemas and linters of others."""

    def accepts(self, *words, cwd=None):
        done = call(*words, cwd=cwd)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_action_and_workflows(self):
        for path in (ROOT / "action.yml", *(ROOT / ".github/workflows").glob("*.yml"), EXAMPLES / "node/ci.yml",
                     EXAMPLES / "c/ci.yml"):
            with self.subTest(path=path.name):
                self.accepts(BIN / "action-validator", path)

    def test_action_reads_what_judge_reads(self):
        action = yaml.safe_load((ROOT / "action.yml").read_text())
        env = action["runs"]["steps"][1]["env"]
        told = set(re.findall(r"^#   (WSCONFORM_\w+)", (CI / "judge").read_text(), re.MULTILINE))
        self.assertEqual(set(env), told)
        self.assertEqual(set(env.values()), {f"${{{{ inputs.{name} }}}}" for name in action["inputs"] if name != "artifact"})

    def test_image(self):
        self.accepts(BIN / "dockerfile-utils", "lint", CI / "Dockerfile")
        text = (CI / "Dockerfile").read_text()
        for part in ('VOLUME ["/config", "/reports"]', "WORKDIR /\n", "EXPOSE 9001", "/opt/pypy/bin/wstest",
                     'CMD ["wstest", "--mode", "fuzzingserver", "--spec", "/config/fuzzingserver.json"]'):
            self.assertIn(part, text)
        self.assertNotIn("ENTRYPOINT", text)
        for word in re.findall(r"^!(.*)$", (CI / "Dockerfile.dockerignore").read_text(), re.MULTILINE):
            self.assertTrue((ROOT / word).exists(), word)

    def test_baselines_have_reasons(self):
        for path in EXAMPLES.glob("*/known.json"):
            for name, entry in json.loads(path.read_text())["cases"].items():
                self.assertTrue(entry["reason"], name)

    def test_jobs_are_short(self):
        for name in SOME:
            lines = (EXAMPLES / name / "ci.yml").read_text().splitlines()
            first = next(i for i, line in enumerate(lines) if line.strip() == "websocket:")
            self.assertLess(len(lines) - first, 10, name)


class Jobs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="wsconform-pipeline-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.bin, self.work = self.folder / "bin", self.folder / "work"
        self.bin.mkdir()
        (self.bin / "wsconform").symlink_to(PROGRAM)
        (self.bin / "wsconform-judge").symlink_to(CI / "judge")
        # What jobs want of Debian is there already.
        sudo = self.bin / "sudo"
        sudo.write_text("#!/bin/sh\n[ \"$1\" = apt-get ]\n")
        sudo.chmod(0o755)
        node = os.path.dirname(shutil.which("node"))
        self.env = {"PATH": f"{self.bin}:/usr/bin:/bin:{node}", "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}

    def take(self, name):
        shutil.copytree(EXAMPLES / name, self.work, ignore=shutil.ignore_patterns("node_modules"))

    def shell(self, script, env):
        """A run of GitHub's, with its shell."""
        done = call("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script, cwd=self.work, env=env)
        return done.returncode, done.stdout + done.stderr

    def act(self, given, env):
        """The action with inputs. Returns its exit code, what it printed and its outputs."""
        action = yaml.safe_load((ROOT / "action.yml").read_text())
        self.assertLessEqual(set(given), set(action["inputs"]))
        inputs = {name: given.get(name, one.get("default", "")) for name, one in action["inputs"].items()}
        outputs, summary, said = self.folder / "outputs", self.folder / "summary.md", ""
        outputs.touch()
        for step in action["runs"]["steps"]:
            if "run" not in step:
                continue  # somebody else's action
            values = {name: re.sub(r"\$\{\{ inputs\.(\w+) \}\}", lambda found: inputs[found[1]], value)
                      for name, value in step.get("env", {}).items()}
            code, text = self.shell(step["run"], {**env, **values, "GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(outputs),
                                                  "GITHUB_ACTION_PATH": str(ROOT), "GITHUB_STEP_SUMMARY": str(summary)})
            said += text
            if code:
                break
        return code, said, dict(line.split("=", 1) for line in outputs.read_text().splitlines())

    def workflow(self, name, change=lambda inputs: None):
        """The job of an example. Returns what the action returned."""
        self.take(name)
        result = None
        for step in yaml.safe_load((self.work / "ci.yml").read_text())["jobs"]["websocket"]["steps"]:
            if step.get("uses") == "OWNER/wsconform@main":
                inputs = {**step["with"], "arguments": SOME[name]}
                change(inputs)
                result = self.act(inputs, self.env)
            elif "run" in step:
                code, text = self.shell(step["run"], {**os.environ, **self.env})
                self.assertEqual(code, 0, text)
        return result

    def reports(self):
        out = self.work / "wsconform"
        self.assertEqual({path.name for path in out.iterdir()},
                         {"report.html", "report.json", "report.jsonl", "report.sarif", "report.tap", "junit.xml", "badge.json",
                          "summary.md"})
        return len(list(ET.parse(out / "junit.xml").iter("testcase")))

    def test_node(self):
        code, said, outputs = self.workflow("node")
        self.assertEqual((code, outputs), (0, {"exit-code": "0"}), said)
        self.assertGreater(self.reports(), 400)
        self.assertIn("## wsconform", (self.folder / "summary.md").read_text())

    def test_node_without_its_baseline_is_red(self):
        code, said, outputs = self.workflow("node", lambda inputs: inputs.update(baseline="", arguments="'handshake/body-*'"))
        self.assertEqual((code, outputs), (1, {"exit-code": "1"}), said)
        self.assertIn("::error title=wsconform handshake::", said)

    def test_c(self):
        code, said, outputs = self.workflow("c")
        self.assertEqual((code, outputs), (0, {"exit-code": "0"}), said)
        self.assertGreater(self.reports(), 50)

    def test_python(self):
        self.take("python")
        job = (self.work / "ci.yml").read_text().replace("{ project: OWNER/wsconform, file: scripts/ci/gitlab.yml }",
                                                         "{ local: gitlab.yml }")
        self.assertIn("local:", job)
        shutil.copy(CI / "gitlab.yml", self.work)
        (self.work / ".gitlab-ci.yml").write_text(re.sub(r"(?m)^  image:.*\n", "", job))  # here, without a container
        # gitlab-ci-local asks git where the project is.
        for words in (["init", "-q", "."], ["add", "-A"], ["remote", "add", "origin", "git@example.org:one/two.git"],
                      ["-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", "t"]):
            self.assertEqual(call("git", *words, cwd=self.work).returncode, 0, words)
        done = call(BIN / "gitlab-ci-local", "--variable", f"WSCONFORM_ARGUMENTS={SOME['python']}", "websocket", cwd=self.work,
                    env=self.env)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("schema validated", done.stdout + done.stderr)
        self.assertGreater(self.reports(), 400)

    def test_mistakes(self):
        self.work.mkdir()
        for env, code, text in (({"WSCONFORM_ARGUMENTS": "'data"}, 2, "quote"), ({}, 2, "name a server"),
                                ({"WSCONFORM_URL": "ws://127.0.0.1:1/", "WSCONFORM_ARGUMENTS": "--wait 100ms data/text-hello"}, 3,
                                 "")):
            with self.subTest(env=env):
                got, said = self.shell("wsconform-judge", {**self.env, **env})
                self.assertEqual(got, code, said)
                self.assertIn(text, said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
