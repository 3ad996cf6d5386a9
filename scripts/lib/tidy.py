#!/usr/bin/env python3
"""clang-tidy over the files of a compilation database, several at once, with a cache.

A file that passed is not looked at again until its preprocessed text (comments included), its flags, .clang-tidy
or clang-tidy itself change. Prints the findings; exits with 1 if there are any, and 5 if clang-tidy cannot run.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import shlex
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def flags_of(entry):
    """The flags of a compilation that mean something to clang: no compiler, no input, no output."""
    words = entry.get("arguments") or shlex.split(entry["command"])
    flags, skip = [], False
    for word in words[1:]:
        if skip:
            skip = False
        elif word in ("-o", "-MF", "-MT", "-MQ"):
            skip = True
        elif word not in ("-c", "-MD", "-MMD", "-MP") and not word.endswith(".c"):
            flags.append(word)
    return flags


def checks_of(name):
    """The analyzer takes most of the time, and sees nothing in tests that their runs under sanitizers do not."""
    return ["--checks=-clang-analyzer-*"] if name.startswith("harness/test/") else []


class Tidy:
    def __init__(self, build, cache, tidy, clang):
        self.build, self.cache, self.tidy, self.clang = build, cache, tidy, clang
        with open(os.path.join(ROOT, ".clang-tidy"), "rb") as file:
            self.salt = file.read()
        self.salt += subprocess.run([tidy, "--version"], check=True, capture_output=True).stdout

    def key(self, entry):
        """What the findings depend on, or None where the file does not even preprocess."""
        flags = flags_of(entry)
        command = [self.clang, "-E", "-CC", *flags, entry["file"]]
        text = subprocess.run(command, cwd=entry["directory"], capture_output=True, check=False)
        if text.returncode:
            return None
        # The folder of the checkout and of the build say nothing about the code.
        neutral = text.stdout.replace(self.build.encode(), b"").replace(ROOT.encode(), b"")
        about = " ".join(flags).replace(self.build, "").replace(ROOT, "").encode()
        return hashlib.sha256(self.salt + b"\0" + about + b"\0" + neutral).hexdigest()

    def check(self, entry):
        """(file, findings); findings is empty where there are none."""
        name = os.path.relpath(entry["file"], ROOT)
        key = self.key(entry)
        stamp = os.path.join(self.cache, key) if key else None
        if stamp and os.path.exists(stamp):
            os.utime(stamp)
            return name, ""
        command = [self.tidy, "--quiet", "--warnings-as-errors=*", "-p", self.build, *checks_of(name), entry["file"]]
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if run.returncode:
            return name, run.stdout.replace(ROOT + os.sep, "") or run.stderr or f"exit code {run.returncode}"
        if stamp:
            with open(stamp, "wb"):
                pass
        return name, ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", help="folder with compile_commands.json")
    parser.add_argument("files", nargs="*", help="only these files (default: all of the project's)")
    parser.add_argument("--cache", default=os.path.join(ROOT, ".cache", "tidy"))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--clang-tidy", default="clang-tidy-14")
    parser.add_argument("--clang", default="clang-14")
    options = parser.parse_args()

    build = os.path.abspath(options.build)
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        database = json.load(file)
    wanted = {os.path.abspath(name) for name in options.files}
    entries, seen = [], set()
    for entry in database:
        path = os.path.abspath(os.path.join(entry["directory"], entry["file"]))
        inside = path.startswith(ROOT + os.sep) and not path.startswith(build + os.sep)
        if inside and path not in seen and (not wanted or path in wanted):
            seen.add(path)
            entries.append({**entry, "file": path})
    if not entries:
        print("tidy: no file to check", file=sys.stderr)
        return 5
    os.makedirs(options.cache, exist_ok=True)
    try:
        tidy = Tidy(build, options.cache, options.clang_tidy, options.clang)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"tidy: {error}", file=sys.stderr)
        return 5
    # Large files first, so that no core ends up alone with one.
    entries.sort(key=lambda entry: -os.path.getsize(entry["file"]))
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for name, findings in pool.map(tidy.check, entries):
            if findings:
                bad += 1
                print(f"{name}:\n{findings.rstrip()}\n", flush=True)
    print(f"clang-tidy: {len(entries)} files, {bad} with findings")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
