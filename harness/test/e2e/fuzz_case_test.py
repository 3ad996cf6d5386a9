#!/usr/bin/env python3
"""Inputs of fuzz entry points as cases: each loads, and the reference endpoint does what is expected of it."""
import json
import pathlib
import unittest

from support import FAILURES, OK, USAGE, Test, run

CORPUS = pathlib.Path(__file__).resolve().parents[3] / "corpus"
HARMLESS = bytes.fromhex("818000000000" "00")  # an empty text message of a client, and no option
NOT_UTF8 = bytes.fromhex("818100000000ff" "00")


class FuzzCase(Test):
    def convert(self, file, *words, name="case"):
        """The case of an input, in a folder of cases."""
        result = run("fuzz-case", file, *words)
        self.expect(result, OK)
        folder = self.folder / "cases" / "fuzz"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.json").write_text(result.out)
        return json.loads(result.out)["cases"][0]

    def judge(self, *words):
        return run("server", "--builtin", "-q", "--cases", self.folder / "cases", *words)

    def input(self, octets):
        file = self.folder / "input"
        file.write_bytes(octets)
        return file

    def test_inputs_of_the_corpus(self):
        for entry in ("session", "wslay", "frame"):
            for file in sorted((CORPUS / entry).iterdir())[::15]:
                if len(file.read_bytes()) > 1:
                    self.convert(file, "--input", entry, name=f"{entry}-{file.name}")
        self.expect(run("check", "-q", self.folder / "cases"), OK)
        self.expect(self.judge(), OK)

    def test_octets_are_those_of_the_input(self):
        test = self.convert(self.input(HARMLESS))
        self.assertEqual(bytes.fromhex(test["steps"][0]["raw"]["hex"]), HARMLESS[:-1])
        self.assertEqual((test["judges"], test["outcomes"]), (["server"], "echo"))
        test = self.convert(self.input(HARMLESS), "--input", "frame")
        self.assertEqual(bytes.fromhex(test["steps"][0]["raw"]["hex"]), HARMLESS)

    def test_fault_of_an_endpoint_is_found(self):
        self.assertEqual(self.convert(self.input(NOT_UTF8))["outcomes"], "invalid-utf8")
        self.expect(self.judge(), OK)
        self.expect(self.judge("--fault", "utf8-unchecked"), FAILURES)

    def test_roles_and_deflate(self):
        # Bit 0 turns the role, bit 3 agrees on permessage-deflate.
        self.assertEqual(self.convert(self.input(HARMLESS[:-1] + b"\1"))["judges"], ["client"])
        # Which matters where something is compressed.
        self.assertNotIn("deflate", self.convert(self.input(HARMLESS[:-1] + b"\10")))
        test = self.convert(self.input(bytes.fromhex("c18700000000f248cdc9c90700" "08")))
        self.assertEqual((test["deflate"], test["outcomes"]), ({"offer": "permessage-deflate"}, "echo"))
        self.expect(self.judge(), OK)

    def test_what_is_no_input(self):
        for words in ([], [self.folder / "missing"], [self.input(b"")], [self.input(b"\0")],
                      [self.input(HARMLESS), "--input", "url"], [self.input(bytes(65538))]):
            result = run("fuzz-case", *words)
            self.expect(result, USAGE)
            self.assertIn("wsconform: ", result.err)


if __name__ == "__main__":
    unittest.main()
