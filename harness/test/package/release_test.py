#!/usr/bin/env python3
"""What a release consists of: the package of Debian, the tarball of the sources, the bill of materials. The program
without shared libraries takes a build of its own; scripts/release tries it where it makes it."""
import gzip
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import warnings

warnings.simplefilter("ignore", DeprecationWarning)
import jsonschema  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent
PROGRAM = pathlib.Path(os.environ["WSCONFORM"])
SCHEMAS = HERE / "node_modules/@cyclonedx/cyclonedx-library/res/schema"
EPOCH = "1700000000"


def call(*words, **more):
    env = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH, "LC_ALL": "C.UTF-8", **more.pop("env", {})}
    return subprocess.run(list(map(str, words)), capture_output=True, text=True, check=False, timeout=120, env=env, **more)


class Release(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="wsconform-release-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def done(self, *words, **more):
        result = call(*words, **more)
        self.assertEqual(result.returncode, 0, f"{words}\n{result.stdout}{result.stderr}")
        return result.stdout

    def package(self, name):
        self.done("cpack", "--config", PROGRAM.parent / "CPackConfig.cmake", "-B", self.folder / name)
        (package,) = (self.folder / name).glob("*.deb")
        return package

    def test_package(self):
        package = self.package("one")
        self.assertEqual(package.read_bytes(), self.package("two").read_bytes())
        errors = [line for line in call("lintian", "--no-cfg", "--fail-on", "none", package).stdout.splitlines()
                  if line.startswith("E:")]
        self.assertEqual(errors, [])
        root = self.folder / "root"
        self.done("dpkg-deb", "-x", package, root)
        for name in ("bin/wsconform-judge", "share/doc/wsconform/changelog.gz", "share/doc/wsconform/copyright",
                     *(place.format(program) for program in ("wsconform", "wstest")
                       for place in ("bin/{}", "share/man/man1/{}.1.gz", "share/bash-completion/completions/{}",
                                     "share/zsh/vendor-completions/_{}", "share/fish/vendor_completions.d/{}.fish"))):
            self.assertTrue((root / "usr" / name).is_file(), name)
        self.assertIn("No case fails.", self.done(root / "usr/bin/wsconform", "server", "--builtin", "-q", "data/*"))
        self.assertIn("fuzzingclient", self.done(root / "usr/bin/wstest", "--help"))
        self.assertIn("wstest(1)", self.done("man", "--warnings", "-l", root / "usr/share/man/man1/wsconform.1.gz"))
        control = self.done("dpkg-deb", "-f", package)
        for library in ("libc6", "libjansson4", "libssl3", "libuv1", "zlib1g"):
            self.assertIn(library, control)

    def test_sources_are_the_same_twice(self):
        sums = set()
        for name in ("one", "two"):
            out = self.folder / name
            self.done(ROOT / "scripts/release", "--source", env={"WSCONFORM_RELEASE_OUT": str(out)})
            (archive,) = out.glob("wsconform-*.tar.gz")
            sums.add(hashlib.sha256(archive.read_bytes()).hexdigest())
        self.assertEqual(len(sums), 1)
        self.assertGreater(len(gzip.decompress(archive.read_bytes())), 1 << 20)
        self.assertEqual(call(ROOT / "scripts/release", "--nonsense").returncode, 2)

    def test_bill_of_materials(self):
        words = (sys.executable, ROOT / "scripts/lib/sbom.py", "0.1.0", PROGRAM)
        text = self.done(*words)
        self.assertEqual(text, self.done(*words))
        bill = json.loads(text)
        schema = json.loads((SCHEMAS / "bom-1.6.SNAPSHOT.schema.json").read_text())
        others = {}
        for path in SCHEMAS.glob("*.json"):
            one = json.loads(path.read_text())
            others[one.get("$id", path.name)] = one
            others[f"http://cyclonedx.org/schema/{path.name}"] = one
        resolver = jsonschema.RefResolver(schema["$id"], schema, store=others)
        jsonschema.Draft7Validator(schema, resolver=resolver).validate(bill)
        self.assertEqual({one["name"] for one in bill["components"]},
                         {"openssl", "zlib", "jansson", "libuv", "glibc", PROGRAM.name})
        bad = {**bill, "components": [{"type": "nonsense", "name": "x"}]}
        with self.assertRaises(jsonschema.ValidationError):
            jsonschema.Draft7Validator(schema, resolver=resolver).validate(bad)


if __name__ == "__main__":
    unittest.main(verbosity=2)
