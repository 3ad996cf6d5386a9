# SPDX-License-Identifier: MIT
"""What kill-matrix prints and writes: text, a JSON document, and a page that is rendered from that document."""

import collections
import html

KINDS = {
    "fail": "the case fails",
    "monitor": "a monitor saw it break a rule",
    "lenient": "short of a SHOULD",
    "refused": "an opening handshake failed",
    "died": "the endpoint died",
    "start": "not even an ordinary opening handshake succeeded",
}


def _kinds(fault):
    if fault.start:
        return {"start": 1}
    return dict(collections.Counter(n.kind for n in fault.notices.values()).most_common())


def document(role, faults, base, found, complete, seconds):
    header = base.header
    return {
        "format": 1,
        "tool": "wsconform kill-matrix",
        "version": header["version"],
        "role": role,
        "catalogue": header["catalogue"],
        "complete": complete,
        "seconds": round(seconds, 1),
        "totals": {
            "faults": len(faults),
            "noticed": sum(fault.noticed for fault in faults),
            "silent": len(found["silent"]),
            "cases": len(base.cases),
            "clean": len(base.cases) - len(found["unclean"]),
            "must": sum(case["level"] == "must" for case in base.cases),
            "must_idle": len(found["idle"]),
        },
        "faults": [
            {
                "name": fault.name,
                "area": fault.area,
                "requirement": fault.requirement,
                "summary": fault.summary,
                "noticed": fault.noticed,
                "silent": fault in found["silent"],
                "start": fault.start,
                "seconds": round(fault.seconds, 1),
                "kinds": _kinds(fault),
                "about": sorted(fault.about),
                "notices": [
                    {"case": n.case, "kind": n.kind, "waited": n.waited, "why": n.why} for n in fault.notices.values()
                ],
            }
            for fault in faults
        ],
        "cases": [
            {
                "id": case["id"],
                "title": case["title"],
                "area": case["area"],
                "level": case["level"],
                "verdict": case["verdict"],
                "faults": found["kills"][case["id"]],
            }
            for case in base.cases
        ],
        "unclean": [{"id": case["id"], "verdict": case["verdict"], "why": case["why"]} for case in found["unclean"]],
        "must_idle": found["idle"],
        "must_argued": found["argued"],
    }


# ---- Text ---------------------------------------------------------------------------------------------------


def text(file, faults, base, found, complete, seconds, quiet):
    def say(line=""):
        print(line, file=file)

    def section(title, lines):
        if lines:
            say(title)
            for line in lines:
                say(f"  {line}")
            say()

    if not quiet:
        area = ""
        for fault in faults:
            if fault.area != area:
                area = fault.area
                say(area)
            how = ", ".join(f"{number} {kind}" for kind, number in _kinds(fault).items()) or "NOT NOTICED"
            if fault.start:
                how = fault.start
            cases = sorted(fault.about) or sorted(fault.notices)
            more = f", {cases[0]}" if cases else ""
            say(f"  {fault.name:<36} {how}{more}")
        say()
    section("The faultless endpoint is not clean:",
            [f"{case['id']}: {case['verdict']}: {case['why'] or case['seen']}" for case in found["unclean"]])
    section("Faults that no case notices:",
            [f"{fault.name}: {fault.summary} ({fault.requirement})"
             + (" A missing answer came before the usual deadline." if fault.confirmed is False else "")
             for fault in found["unnoticed"]])
    section("Cases of level must that notice no fault:", found["idle"])
    section("Likewise, but argued for:", [f"{case}: {why}" for case, why in found["argued"].items()])
    section("Noticed only by what does not come within the usual deadline:", [f.name for f in found["silent"]])
    if not quiet:
        section("Noticed, but by no case that checks the requirement which the fault names:",
                [f"{f.name} ({f.requirement}): {sorted(f.notices)[0]}" for f in found["beside"]])
    noticed = sum(fault.noticed for fault in faults)
    say(f"{len(faults)} faults, {noticed} noticed; {len(base.cases)} cases, "
        f"{len(base.cases) - len(found['unclean'])} clean without a fault; {seconds:.0f} s")
    if not complete:
        say("Not all faults were selected, so nothing is said about cases that notice none.")


# ---- The page -----------------------------------------------------------------------------------------------

_STYLE = """
:root { color-scheme: light dark; --fg: #1c2126; --bg: #fff; --soft: #5c6670; --line: #d5dae0; --head: #f3f5f7;
  --good: #11683a; --bad: #b3191f; --heat: 16 104 58; }
@media (prefers-color-scheme: dark) { :root { --fg: #e3e7ea; --bg: #14181c; --soft: #9aa5af; --line: #343c44;
  --head: #1d2329; --good: #5fcf91; --bad: #ff8d8a; --heat: 95 207 145; } }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--fg); background: var(--bg); max-width: 78rem;
  margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; } .scroll { overflow-x: auto; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid var(--line); }
thead th { background: var(--head); }
.n { text-align: right; font-variant-numeric: tabular-nums; }
code, .id { font-family: ui-monospace, monospace; font-size: .87em; overflow-wrap: anywhere; }
.soft, summary { color: var(--soft); } .good { color: var(--good); } .bad { color: var(--bad); font-weight: 600; }
summary { cursor: pointer; } details ul { margin: .3rem 0; padding-left: 1.2rem; }
"""


def _e(value):
    return html.escape(str(value), quote=True)


def _overview(doc):
    """Area of faults by area of cases: how many of the faults some case of that area notices."""
    area_of = {case["id"]: case["area"] for case in doc["cases"]}
    rows = collections.defaultdict(collections.Counter)
    totals = collections.Counter()
    for fault in doc["faults"]:
        totals[fault["area"]] += 1
        for area in {area_of.get(n["case"], "") for n in fault["notices"]}:
            rows[fault["area"]][area] += 1
    areas = list(dict.fromkeys(case["area"] for case in doc["cases"]))
    out = ['<div class="scroll"><table><thead><tr><th scope="col">Faults of</th><th scope="col" class="n">all</th>']
    out += [f'<th scope="col" class="n">{_e(area)}</th>' for area in areas]
    out.append("</tr></thead><tbody>")
    for area, total in totals.items():
        out.append(f'<tr><th scope="row">{_e(area)}</th><td class="n">{total}</td>')
        for column in areas:
            number = rows[area][column]
            heat = f' style="background: rgb(var(--heat) / {0.5 * number / total:.2f})"' if number else ""
            out.append(f'<td class="n"{heat}>{number or "·"}</td>')
        out.append("</tr>")
    out.append("</tbody></table></div>")
    return "".join(out)


def _notices(fault):
    if fault["start"]:
        return _e(fault["start"])
    if not fault["notices"]:
        return '<span class="bad">not noticed</span>'
    about = set(fault["about"])
    kinds = ", ".join(f"{number} {kind}" for kind, number in fault["kinds"].items())
    silent = '; shows only in what does not come' if fault["silent"] else ""
    items = [f'<li><a class="id" href="#{_e(n["case"])}">{_e(n["case"])}</a> '
             f'{_e(n["kind"])}{"" if n["case"] not in about else " (checks this requirement)"}: {_e(n["why"])}</li>'
             for n in sorted(fault["notices"], key=lambda n: n["case"] not in about)[:100]]
    rest = len(fault["notices"]) - len(items)
    more = f"<li>and {rest} more</li>" if rest > 0 else ""
    word = "" if fault["noticed"] else ' <span class="bad">not with the usual deadline</span>'
    return f"<details><summary>{_e(kinds)}{_e(silent)}{word}</summary><ul>{''.join(items)}{more}</ul></details>"


def _problems(doc):
    lists = [
        ("The faultless endpoint is not clean", [f"{c['id']}: {c['verdict']}: {c['why']}" for c in doc["unclean"]]),
        ("Faults that no case notices", [f"{f['name']}: {f['summary']}" for f in doc["faults"] if not f["noticed"]]),
        ("Cases of level must that notice no fault", doc["must_idle"]),
        ("Such cases that are argued for", [f"{case}: {why}" for case, why in doc["must_argued"].items()]),
    ]
    return "".join(f"<h2>{_e(title)}</h2><ul>{''.join(f'<li>{_e(line)}</li>' for line in lines)}</ul>"
                   for title, lines in lists if lines)


def page(doc):
    totals = doc["totals"]
    good = totals["noticed"] == totals["faults"] and not doc["unclean"] and not doc["must_idle"]
    faults = "".join(
        f'<tr id="fault-{_e(f["name"])}"><td><span class="id">{_e(f["name"])}</span><br>'
        f'<span class="soft">{_e(f["area"])}</span></td><td>{_e(f["summary"])}<br>'
        f'<span class="soft id">{_e(f["requirement"])}</span></td><td>{_notices(f)}</td></tr>'
        for f in doc["faults"])
    by_case = collections.defaultdict(list)
    for fault in doc["faults"]:
        for n in fault["notices"]:
            by_case[n["case"]].append(fault["name"])
    cases = "".join(
        f'<tr id="{_e(c["id"])}"><td class="id">{_e(c["id"])}</td><td>{_e(c["title"])}<br>'
        f'<span class="soft">{_e(c["level"])}; without a fault {_e(c["verdict"])}</span></td><td>'
        + (f'<details><summary>{c["faults"]}</summary>'
           + ", ".join(f'<a class="id" href="#fault-{_e(name)}">{_e(name)}</a>' for name in by_case[c["id"]])
           + "</details>" if c["faults"] else "none") + "</td></tr>"
        for c in doc["cases"])
    kinds = "".join(f"<li><code>{_e(kind)}</code>: {_e(what)}</li>" for kind, what in KINDS.items())
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>wsconform: which cases notice which faults</title><style>{_STYLE}</style></head><body>"
        "<h1>Which cases notice which faults</h1>"
        f'<p class="{"good" if good else "bad"}">{totals["noticed"]} of {totals["faults"]} faults of the reference '
        f'{_e(doc["role"])} are noticed. Without a fault {totals["clean"]} of {totals["cases"]} cases give pass or info.</p>'
        f'<p class="soft">wsconform {_e(doc["version"])}, catalogue '
        f'<code>{_e(doc["catalogue"]["version"][:12])}</code>, {doc["seconds"]:.0f} s. '
        f'{totals["silent"]} faults show only in what does not come within the usual deadline.</p>'
        + _problems(doc)
        + "<h2>Overview</h2><p class=\"soft\">Faults by their area; of them, how many the cases of each area notice."
          "</p>" + _overview(doc)
        + f"<h2>Faults</h2><ul>{kinds}</ul>"
          '<div class="scroll"><table><thead><tr><th scope="col">Fault</th><th scope="col">What the endpoint does, '
          'and what that breaks</th><th scope="col">Noticed by cases</th></tr></thead>'
          f"<tbody>{faults}</tbody></table></div>"
          '<h2>Cases</h2><div class="scroll"><table><thead><tr><th scope="col">Case</th><th scope="col">Title</th>'
          f'<th scope="col">Faults that it notices</th></tr></thead><tbody>{cases}</tbody></table></div>'
          "</body></html>\n")
