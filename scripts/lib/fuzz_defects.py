#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Proves the oracles of the fuzz entry points: each has to find a deliberate defect.

    fuzz_defects.py check                   every defect of fuzzers/defects.txt still applies, every oracle has one
    fuzz_defects.py prove [--time SECONDS] [NAME...]
                                            builds and fuzzes each in a copy of the sources, starting with corpus/

NAME is an entry point, or one and an oracle of it: frame, frame/mask-plain. Exit code 0: all found, 2: usage,
4: one was not, 5: nothing could be built. scripts/fuzz prove calls this.
"""

import argparse
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE = ROOT / "fuzzers" / "defects.txt"
SCRATCH = ROOT / "build" / "fuzz-prove"
HEAD = re.compile(r"^== ([a-z_0-9]+) ([a-z0-9-]+) (\S+)$")
NAME_OF_ORACLE = re.compile(r'"([a-z0-9]+(?:-[a-z0-9]+)*)"\s*$')


class Defect:
    def __init__(self, entry, oracle, file):
        self.entry, self.oracle, self.file = entry, oracle, file
        self.hunks = []  # of lines to be found, and what takes their place

    def name(self):
        return f"{self.entry}/{self.oracle}"

    def add(self, line):
        if line[0] == "-" and (not self.hunks or self.hunks[-1][1]):
            self.hunks.append(([], []))
        self.hunks[-1]["-+".index(line[0])].append(line[1:])

    def apply(self, text):
        """The text with the defect; None if it does not apply."""
        for old, new in self.hunks:
            old = "".join(line + "\n" for line in old)
            if text.count("\n" + old) != 1:
                return None
            text = text.replace("\n" + old, "\n" + "".join(line + "\n" for line in new))
        return text if self.hunks else None


def read_table():
    defects = []
    for number, line in enumerate(TABLE.read_text().splitlines(), 1):
        head = HEAD.match(line)
        if head:
            defects.append(Defect(*head.groups()))
        elif line[:1] in ("-", "+") and line and defects and (line[0] == "-" or defects[-1].hunks):
            defects[-1].add(line)
        elif line and not line.startswith("#"):
            sys.exit(f"{TABLE}:{number}: neither a head nor a line of a defect")
    return defects


def oracles_of(file):
    """The names of the oracles that a file of fuzzers/ has."""
    text, names = file.read_text(), set()
    for found in re.finditer(r"\bORACLE\(", text):
        depth, at, quoted = 0, found.end() - 1, False
        while True:
            char = text[at]
            if quoted:
                at += char == "\\"
                quoted = char != '"'
            elif char == "'":
                at += 3 if text[at + 1] == "\\" else 2
            elif char == '"':
                quoted = True
            else:
                depth += (char == "(") - (char == ")")
                if depth == 0:
                    break
            at += 1
        name = NAME_OF_ORACLE.search(text[found.end():at])
        if name:
            names.add(name.group(1))
    return names


def check(defects):
    wrong, texts = [], {}
    for defect in defects:
        if defect.file not in texts:
            texts[defect.file] = (ROOT / defect.file).read_text()
        if defect.apply(texts[defect.file]) is None:
            wrong.append(f"{defect.name()}: does not apply to {defect.file}, or not to one place alone")
    there = {defect.oracle for defect in defects}
    wanted = set()
    for file in sorted((ROOT / "fuzzers").glob("*.c")):
        wanted |= oracles_of(file)
    wrong += [f"{name}: no defect of {TABLE.name} is for this oracle" for name in sorted(wanted - there)]
    wrong += [f"{name}: no oracle has this name" for name in sorted(there - wanted)]
    for line in wrong:
        print(line, file=sys.stderr)
    print(f"{len(defects)} defects for {len(wanted)} oracles, {len(wrong)} wrong")
    return 4 if wrong else 0


# ---- Proving ----


def copy_sources():
    """The files of the sources, as they are now; those that did not change are left alone."""
    source = SCRATCH / "source"
    names = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True).stdout
    for name in names.decode().split("\0"):
        origin, copy = ROOT / name, source / name
        if not name or name.startswith("corpus/") or not origin.is_file():
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        if not copy.is_file() or copy.read_bytes() != origin.read_bytes():
            shutil.copy(origin, copy)
    return source


def configure(source):
    subprocess.run(["cmake", "-S", str(source), "-B", str(SCRATCH / "build"), "-G", "Ninja",
                    "-DCMAKE_C_COMPILER=clang-14", "-DCMAKE_BUILD_TYPE=RelWithDebInfo", "-DWSC_BUILD_FUZZERS=ON",
                    "-DWSC_SANITIZE=address,undefined"], check=True, stdout=subprocess.DEVNULL)


def build(entry):
    return subprocess.run(["cmake", "--build", str(SCRATCH / "build"), "--target", f"{entry}_fuzzer"],
                          capture_output=True, text=True)


def dictionary(entry):
    if entry.startswith("http_") or entry in ("handshake", "connection", "negotiate"):
        return ROOT / "fuzzers" / "http.dict"
    return ROOT / "fuzzers" / "case.dict" if entry == "case_file" else None


def limit_processor(seconds):
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))


def fuzz(entry, seconds):
    """Runs libFuzzer, one process, for so many seconds of the processor, since a machine may have more to do. What
    it said, and the seconds of the clock and of the processor."""
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "found").mkdir()
        words = [str(SCRATCH / "build" / "fuzzers" / f"{entry}_fuzzer"), f"-max_total_time={10 * seconds}", "-timeout=60",
                 f"-max_len={4096 if entry == 'case_file' else 1024}", f"-artifact_prefix={folder}/",
                 "-print_final_stats=1", f"{folder}/found", str(ROOT / "corpus" / entry)]
        if dictionary(entry):
            words.insert(1, f"-dict={dictionary(entry)}")
        before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        said = subprocess.run(words, capture_output=True, preexec_fn=lambda: limit_processor(seconds))
        said = said.stderr.decode(errors="replace")
        took, after = time.monotonic() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return said, took, processor


def verdict(said, oracle):
    """How the defect was found, and whether by its oracle."""
    fired = re.search(r"ORACLE ([a-z0-9-]+):", said)
    runs = re.findall(r"^(?:stat::number_of_executed_units: *|#)(\d+)", said, re.MULTILINE)
    runs = int(runs[-1]) if runs else 0
    how = f"an input of the corpus, execution {runs}"
    if "\tINITED " in said:
        how = f"a mutation, execution {runs}"
    if fired and fired.group(1) == oracle:
        return how, True
    if fired:
        return f"by another oracle: {fired.group(1)}", False
    other = re.search(r"SUMMARY: (.*)", said)
    return (f"by no oracle: {other.group(1)[:60]}" if other else f"not found in {runs} executions"), False


def prove(defects, seconds):
    source = copy_sources()
    configure(source)
    worst, most = 0, max(len(defect.name()) for defect in defects)
    print(f"{'entry point/oracle':{most}}  {'seconds':>8} {'processor':>9}  found by", flush=True)
    for defect in defects:
        file = source / defect.file
        text = (ROOT / defect.file).read_text()
        broken = defect.apply(text)
        if broken is None:
            print(f"{defect.name():{most}}  does not apply", flush=True)
            worst = max(worst, 4)
            continue
        try:
            file.write_text(broken)
            built = build(defect.entry)
            if built.returncode != 0:
                print(built.stdout[-3000:], file=sys.stderr)
                print(f"{defect.name():{most}}  does not build", flush=True)
                worst = 5
                continue
            said, took, processor = fuzz(defect.entry, seconds)
        finally:
            file.write_text(text)
        how, found = verdict(said, defect.oracle)
        worst = max(worst, 0 if found else 4)
        print(f"{defect.name():{most}}  {took:8.1f} {processor:9.1f}  {how if found else 'NOT FOUND, ' + how}", flush=True)
    return worst


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["check", "prove"])
    parser.add_argument("--time", type=int, default=60, metavar="SECONDS")
    parser.add_argument("names", nargs="*", metavar="NAME")
    words = parser.parse_intermixed_args()
    defects = read_table()
    if words.command == "check":
        return check(defects)
    chosen = [d for d in defects if not words.names or d.entry in words.names or d.name() in words.names]
    for name in words.names:
        if not any(name in (d.entry, d.name()) for d in chosen):
            parser.error(f"no defect is named {name}")
    try:
        return prove(chosen, words.time)
    except subprocess.CalledProcessError as error:
        print(error, file=sys.stderr)
        return 5


if __name__ == "__main__":
    sys.exit(main())
