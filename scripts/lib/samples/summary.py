#!/usr/bin/env python3
"""Writes reports/samples/README.md from what scripts/samples left: `summary.py OUT README`."""
import collections
import json
import pathlib
import sys

ROLES = ("server", "client")
MOST = 8  # requirements that are named of one target


def matrix(text):
    """The table alone, without addresses of what is not there."""
    return "\n".join(line for line in text.splitlines() if line.startswith("|"))


def read(path):
    """Header, footer, and the cases that are red by requirement."""
    red = collections.defaultdict(list)
    with path.open(encoding="utf-8") as lines:
        header = footer = json.loads(next(lines))
        for line in lines:
            one = json.loads(line)
            if one["type"] == "footer":
                footer = one
            elif one["type"] == "case" and one["verdict"] not in ("pass", "lenient", "info", "unsupported"):
                broken = [problem["requirement"] for problem in one["problems"]] + one["checks"]
                red[broken[0]].append(one["id"])
    return header, footer, red


def findings(path, out):
    header, footer, red = read(path)
    totals = footer.get("totals", {})
    counts = ", ".join(f"{totals[word]} {word}" for word in totals if totals[word])
    out.append(f"\n### {header['target']['name']}\n\n{counts}.\n")
    rows = sorted(red.items(), key=lambda row: (-len(row[1]), row[0]))
    for name, ids in rows[:MOST]:
        known = header["requirements"].get(name)
        where = f"RFC {known['rfc']} section {known['section']}" if known else name
        if known:
            where = f"[{where}](https://www.rfc-editor.org/rfc/rfc{known['rfc']}#section-{known['section']})"
        text = known["statement"].replace("|", "\\|").replace("<", "&lt;") if known else ""
        out.append(f"- {len(ids)} of {where}, such as `{ids[0]}`. {text}")
    if len(rows) > MOST:
        rest = sum(len(ids) for _, ids in rows[MOST:])
        out.append(f"- {rest} of {len(rows) - MOST} further requirements.")
    return header


def main():
    folder, readme = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    parts, header = [], None
    for role in ROLES:
        text = (folder / f"{role}s.md").read_text(encoding="utf-8")
        out = [f"\n## {role.capitalize()}s\n", matrix(text)]
        for path in sorted(folder.glob(f"{role}-*.jsonl")):
            header = findings(path, out)
        parts += out
        legend = next(line for line in text.splitlines() if line.startswith("A cell names"))
    lines = ["# Samples", "",
             "What wsconform says of servers and clients that are in use, made by `scripts/samples`: Debian 12 and npm, catalogue",
             f"`{header['catalogue']['version'][:12]}`, {header['started'][:10]}. It is a sample of reports, not a ranking: a failure is a text of an RFC",
             "that was not kept, and each has its octets and its argument in the report of the run. Versions in Debian are not the",
             "newest of their projects. What is judged is a library under a few lines that echo (`scripts/lib/samples`,",
             "`harness/test/e2e/servers`, `scripts/examples/c`); those for Mojolicious take its event with the octets of a text, which nobody",
             "checks for UTF-8.",
             "`scripts/samples` leaves the records and the HTML pages of all runs in `out/samples`.", "", legend, *parts]
    readme.parent.mkdir(parents=True, exist_ok=True)
    readme.write_text("\n".join(lines) + "\n", encoding="utf-8")


main()
