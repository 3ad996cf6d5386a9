#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each case of Autobahn|Testsuite has a case of ours that stands for it.

usage: catalogue_parity.py WSCONFORM [--cases DIR]

Exit codes: 0; 1 a number has no case, or a case names a number that does not exist; 2 usage.
"""

import json
import subprocess
import sys

# Subsection -> how many cases it has.
COUNTS = {
    "1.1": 8, "1.2": 8, "2": 11, "3": 7, "4.1": 5, "4.2": 5, "5": 20,
    "6.1": 3, "6.2": 4, "6.3": 2, "6.4": 4, "6.5": 5, "6.6": 11, "6.7": 4, "6.8": 2, "6.9": 4, "6.10": 3, "6.11": 5,
    "6.12": 8, "6.13": 5, "6.14": 10, "6.15": 1, "6.16": 3, "6.17": 5, "6.18": 5, "6.19": 5, "6.20": 7, "6.21": 8,
    "6.22": 34, "6.23": 7,
    "7.1": 6, "7.3": 6, "7.5": 1, "7.7": 13, "7.9": 9, "7.13": 2,
    "9.1": 6, "9.2": 6, "9.3": 9, "9.4": 9, "9.5": 6, "9.6": 6, "9.7": 6, "9.8": 6, "10.1": 1,
    **{f"12.{n}": 18 for n in range(1, 6)}, **{f"13.{n}": 18 for n in range(1, 8)},
}
TOTAL = 517

# Numbers that cannot be asked of a client, and why.
SERVERS_ONLY = {}


def catalogue(program, options):
    run = subprocess.run([program, "list", "--json", *options], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        sys.exit(f"{program} list --json: exit code {run.returncode}\n{run.stderr}")
    return json.loads(run.stdout)


def main():
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    numbers = [f"{section}.{n}" for section, count in COUNTS.items() for n in range(1, count + 1)]
    if len(numbers) != TOTAL:
        sys.exit(f"the table has {len(numbers)} numbers instead of {TOTAL}")
    stand = {number: {"server": [], "client": []} for number in numbers}
    wrong = []
    for case in catalogue(sys.argv[1], sys.argv[2:]):
        for name in case["also"]:
            suite, _, number = name.partition(":")
            if suite != "autobahn":
                continue
            if number in stand:
                for role in case["judges"]:
                    stand[number][role].append(case["id"])
            else:
                wrong.append(f"{case['id']} stands for {number}, which does not exist")
    for number, cases in stand.items():
        if not cases["server"]:
            wrong.append(f"no case judges servers by {number}")
        if not cases["client"] and number not in SERVERS_ONLY:
            wrong.append(f"no case judges clients by {number}")
        if cases["client"] and number in SERVERS_ONLY:
            wrong.append(f"{number} judges clients after all: {cases['client'][0]}")
    for line in wrong:
        print(line)
    mapped = sum(bool(cases["server"]) for cases in stand.values())
    print(f"{mapped} of {TOTAL} are mapped")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
