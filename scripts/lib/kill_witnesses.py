# SPDX-License-Identifier: MIT
"""Which cases are enough to show that the tester works: for each fault a few cases that notice it, chosen so that
each case of level must is among them. Running these proves as much as running all, in a fraction of the time.

A file of witnesses only saves time: what it claims is not believed but run. A fault that it does not know meets all
cases, and a case that nothing has disturbed by then meets further faults until one does."""

import json
import pathlib

ENOUGH = 3
# So many patterns the program takes.
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


def patterns(cases, base):
    """As few patterns as select at least these cases; None: all cases."""
    cases = set(cases)
    if len(cases) > NAMED:
        left = {case["area"] for case in base.cases if case["id"] not in cases}
        whole = {case["area"] for case in base.cases} - left
        cases = {case for case in cases if case.split("/")[0] not in whole} | {f"{area}/*" for area in whole}
    return sorted(cases) if len(cases) <= NAMED else None


def plan(witnesses, faults, base):
    """The cases to run against each fault; None: all."""
    ids = {case["id"] for case in base.cases}
    known = {fault.name: [case for case in witnesses.get(fault.name, ()) if case in ids] for fault in faults}
    return {name: patterns(cases, base) if cases else None for name, cases in known.items()}


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
