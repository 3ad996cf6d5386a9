// SPDX-License-Identifier: MIT
// Pages of the report for tests and measurements in a browser.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

// A large report: so many cases by so many targets.
export const NUM_CASES = 1500, NUM_TARGETS = 20;

// What makes pages out of records: `render` is the program report_render, `reports` the folder with the sample.
// Pages lie in a folder of their own until remove().
export function pageMaker(render, reports) {
  const folder = mkdtempSync(join(tmpdir(), "wsconform-browser-"));
  const remove = () => rmSync(folder, { recursive: true });

  function page(name, record) {
    const path = join(folder, name + ".html");
    const html = execFileSync(render, ["html"], { input: record, maxBuffer: 1 << 28 });
    writeFileSync(path, html);
    return { url: pathToFileURL(path).href, size: html.length };
  }

  // A record of many cases, each as one of the sample.
  function manifold(lines, num) {
    const [header, ...rest] = lines.map((line) => JSON.parse(line));
    const footer = rest.pop(), cases = [], totals = {};
    for (let i = 0; i < num; i++) {
      const test = { ...rest[i % rest.length] };
      test.id = `${test.id}-${i}`;
      totals[test.verdict] = (totals[test.verdict] || 0) + 1;
      cases.push(test);
    }
    return [header, ...cases, { ...footer, totals, total: num, planned: num }].map((line) => JSON.stringify(line)).join("\n") + "\n";
  }

  const sample = readFileSync(join(reports, "sample", "run.jsonl"), "utf8");
  const lines = sample.trimEnd().split("\n");
  const cases = lines.slice(1, -1).map((line) => JSON.parse(line));
  // The same cases by other targets: a verdict of the sample for each, moved on by `step`.
  function other(step) {
    const verdicts = cases.map((one) => one.verdict);
    const lines = cases.map((one, i) => JSON.stringify({ ...one, verdict: verdicts[(i + step) % verdicts.length] }));
    return [sample.split("\n", 1)[0], ...lines, sample.trimEnd().split("\n").pop()].join("\n") + "\n";
  }
  // So many cases by so many targets, of which each one fails at others. Wire logs do not come into the page.
  function crowd(numCases, numTargets) {
    const all = manifold(lines, numCases).trimEnd().split("\n").map((line) => JSON.parse(line)), last = all.length - 1;
    const verdicts = all.slice(1, last).map((one) => one.verdict);
    return Array.from({ length: numTargets }, (unused, target) => [`target-${target}`, all.map((one, i) => JSON.stringify(
      i === 0 || i === last ? one : { ...one, wire: [], verdict: (i + target) % 4 ? "pass" : verdicts[(i + target) % verdicts.length] },
    )).join("\n") + "\n", `target-${target}.html`]);
  }
  // Several records side by side: a list of name, record and address of the target's own page.
  function matrixPage(name, targets) {
    const words = targets.flatMap(([target, record, address], i) => {
      const path = join(folder, `${name}-${i}.jsonl`);
      writeFileSync(path, record);
      return [target, path, address];
    });
    const path = join(folder, name + ".html");
    const html = execFileSync(render, ["matrix", ...words], { maxBuffer: 1 << 28 });
    writeFileSync(path, html);
    return { url: pathToFileURL(path).href, size: html.length };
  }
  return { page, matrixPage, manifold, crowd, other, sample, lines, cases, remove };
}

// The browser that CHROMIUM names, or the one in the path.
export function browserPath() {
  return process.env.CHROMIUM || execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim();
}
