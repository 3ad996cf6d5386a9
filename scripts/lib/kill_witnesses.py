# SPDX-License-Identifier: MIT
"""Which cases are enough to show that the tester works: for each fault a few cases that notice it, chosen so that
each case of level must is among them. Running these proves as much as running all, in a fraction of the time.

A file of witnesses only saves time. What it does not know, a new fault or a new case, is run against everything, and
what it claims is not believed but run."""

import json
import pathlib

ENOUGH = 3
# Beyond that many cases all are run instead of naming them one by one.
NAMED = 200


def read(path):
    path = pathlib.Path(path)
    if not path.exists():
        return {}
    witnesses = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(witnesses, dict) or not all(
        isinstance(cases, list) and all(isinstance(case, str) for case in cases) for cases in witnesses.values()
    ):
        raise ValueError(f"{path.name} is no file of witnesses")
    return witnesses


def write(path, witnesses):
    lines = [f"  {json.dumps(fault)}: {json.dumps(sorted(cases))}" for fault, cases in sorted(witnesses.items())]
    pathlib.Path(path).write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def plan(witnesses, faults, base):
    """The cases to run against each fault; None: all."""
    ids = {case["id"] for case in base.cases}
    seen = {case for cases in witnesses.values() for case in cases}
    new = [case["id"] for case in base.cases if case["level"] == "must" and case["id"] not in seen]
    chosen = {}
    for fault in faults:
        cases = [case for case in witnesses.get(fault.name, ()) if case in ids]
        cases = sorted({*cases, *new}) if cases else None
        chosen[fault.name] = cases if cases and len(cases) <= NAMED else None
    return chosen


def choose(faults, base):
    """Witnesses from a run that noticed what it should."""
    must = [case["id"] for case in base.cases if case["level"] == "must"]
    witnesses = {}
    for fault in faults:
        # Those about the requirement first, and those that saw something rather than missed something.
        best = sorted(fault.notices, key=lambda case: (case not in fault.about, fault.notices[case].waited, case))
        # Where no connection gets as far as a case, any case shows it.
        witnesses[fault.name] = best[:ENOUGH] or must[:1]
    seen = {case for cases in witnesses.values() for case in cases}
    for case in must:
        if case in seen:
            continue
        noticing = [fault for fault in faults if case in fault.notices]
        if noticing:
            fault = min(noticing, key=lambda f: (f.notices[case].waited, len(witnesses[f.name]), f.name))
            witnesses[fault.name].append(case)
    return witnesses
