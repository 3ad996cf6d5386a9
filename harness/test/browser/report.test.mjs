// SPDX-License-Identifier: MIT
// The HTML report in Chromium, opened from disk: node report.test.mjs RENDER REPORTS TEST
// RENDER is the program report_render, REPORTS the folder with the sample, TEST that with the hostile record.
// CHROMIUM names the browser (default: chromium in the path). Each check prints a line; exit code 1 if one fails.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { NUM_CASES, NUM_TARGETS, browserPath, pageMaker } from "./pages.mjs";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const [render, reports, tests] = process.argv.slice(2);
const { page, matrixPage, manifold, crowd, other, sample, lines, cases, remove } = pageMaker(render, reports);
const hostile = readFileSync(join(tests, "report_hostile.jsonl"), "utf8");
const pages = {
  sample: page("sample", sample),
  truncated: page("truncated", lines.slice(0, 8).join("\n") + "\n"),
  hostile: page("hostile", hostile),
  many: page("many", manifold(lines, NUM_CASES)),
  empty: page("empty", lines[0] + "\n"),
  matrix: matrixPage("matrix", [["first", sample, "sample.html"], ["second", other(3), ""], ["third", other(11), ""]]),
  crowd: matrixPage("crowd", crowd(NUM_CASES, NUM_TARGETS)),
  matrixHostile: matrixPage("matrix-hostile", [["javascript:alert(1)", hostile, "javascript:alert(2)"], ["<script>alert(3)</script>", hostile, ""]]),
};

// ---- Checks ----

// Until what is claimed is true: a page answers clicks and addresses when it gets to it.
async function eventually(claim) {
  for (const end = Date.now() + 60000; ;) {
    try {
      return await claim();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

const browser = await chromium.launch({ executablePath: browserPath(), args: ["--no-sandbox", "--disable-dev-shm-usage"] });
const failures = [];

// Runs `check(tab)` on a fresh tab that shows the page. Whatever the tab says or asks for is a failure.
async function check(title, { of = pages.sample, at = "", ...context }, run) {
  const surroundings = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...context });
  const tab = await surroundings.newPage(), noise = [];
  tab.setDefaultTimeout(30000);
  tab.on("console", (message) => noise.push(`console: ${message.text()}`));
  tab.on("pageerror", (error) => noise.push(`error: ${error.message}`));
  tab.on("dialog", (dialog) => { noise.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  tab.on("request", (request) => { if (request.url().split("#")[0] !== of.url) noise.push(`request: ${request.url()}`); });
  tab.on("popup", (other) => noise.push(`window: ${other.url()}`));
  try {
    await tab.goto(of.url + at);
    await run(tab);
    assert.deepEqual(noise, []);
    console.log(`ok      ${title}`);
  } catch (error) {
    failures.push(title);
    console.log(`FAILED  ${title}\n${String(error.stack || error).replace(/^/gm, "        ")}`);
    noise.forEach((line) => console.log(`        ${line}`));
  }
  await surroundings.close();
}

// Letters of the targets of the case on the page of several.
const strip = (tab, id) => tab.$eval(`details.c[data-id="${id}"] .strip`, (one) => one.textContent);

const shown = (tab) => tab.$$eval("details.c", (all) => all.filter((one) => one.offsetParent !== null).map((one) => one.dataset.id));
const having = (test) => cases.filter(test).map((one) => one.id);
const byArea = (ids) => [...ids].sort();
const open = (tab) => tab.$$eval("details.c[open]", (all) => all.map((one) => one.dataset.id));
const text = (tab, selector) => tab.$eval(selector, (one) => one.textContent.trim());

async function axe(tab) {
  await tab.evaluate(`${axeSource};0`);
  const found = await tab.evaluate(async () => (await window.axe.run(document, { resultTypes: ["violations"] })).violations
    .map((one) => `${one.id}: ${one.help}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`));
  assert.deepEqual(found, []);
}

await check("shows every case, with its verdict in words", {}, async (tab) => {
  await eventually(async () => assert.deepEqual(byArea(await shown(tab)), byArea(cases.map((one) => one.id))));
  for (const one of cases) {
    const badge = await tab.$eval(`details.c[data-id="${one.id}"] > summary > .b`, (each) => each.textContent);
    assert.equal(badge.slice(2), one.verdict);
  }
  await eventually(async () => assert.match(await tab.title(), /^wsconform: ws:\/\/127\.0\.0\.1:9001\/chat, 2026-11-25$/));
  await eventually(async () => assert.match(await text(tab, ".verdict"), /^7 of 30 cases fail\. 4 more could not be judged\./));
  await eventually(async () => assert.equal(await text(tab, "#count"), "30 cases"));
});

await check("explains a case: requirement, expected, seen, wire", { at: "#framing/rsv1-on-text" }, async (tab) => {
  await eventually(async () => assert.deepEqual(await open(tab), ["framing/rsv1-on-text"]));
  const body = await text(tab, "details.c[open] .body");
  for (const part of ["RSV1, RSV2 and RSV3 are zero", "RFC 6455 section 5.2", "MUST", "Close 1002", "no outcome matches",
    "A13 Fitting close code", "'framing/rsv1-on-text'", "GET /chat HTTP/1.1", "rsv1-set", "deadline passed"])
    assert.ok(body.includes(part), part);
  const frame = tab.locator("details.c[open] .wire li.h details", { hasText: "rsv1-set" });
  await eventually(async () => assert.equal(await frame.locator("pre").isVisible(), false));
  await frame.locator("summary").click();
  const dump = await frame.locator("pre").textContent();
  for (const part of ["c1  1... .... FIN", ".100 .... RSV", ".... 0001 opcode 1, text", "masking key", "0000  68 65 6c 6c 6f", "|hello|"])
    assert.ok(dump.includes(part), part);
  const links = await tab.$$eval("details.c[open] .reqs a", (all) => all.map((one) => one.href));
  assert.equal(links[0], "https://www.rfc-editor.org/rfc/rfc6455#section-5.2");
});

await check("an address with a case opens it and brings it into view", { of: pages.many, at: "#limits/empty-frames-1499" }, async (tab) => {
  await eventually(async () => assert.deepEqual(await open(tab), ["limits/empty-frames-1499"]));
  await eventually(async () => {
    const box = await tab.locator("details.c[open] > summary").boundingBox();
    assert.ok(box.y >= 0 && box.y < 900, `at ${box.y}`);
  });
  await eventually(async () => assert.equal(await tab.evaluate(() => document.activeElement.parentElement.dataset.id), "limits/empty-frames-1499"));
});

await check("a link to a requirement opens its group, and leads back to its cases", {}, async (tab) => {
  await tab.locator(".broken a", { hasText: "6455-5.2-16" }).click();
  const row = tab.locator("[id=\"req:6455-5.2-16\"]");
  await row.waitFor({ state: "visible" });
  await eventually(async () => assert.match(await row.textContent(), /^F fail6455-5\.2-16RFC 6455 section 5\.2MUST Lengths use the shortest/));
  await row.locator("summary").click();
  await row.locator("a", { hasText: "framing/length-2" }).click();
  await eventually(async () => assert.deepEqual(await open(tab), ["framing/length-2"]));
});

await check("filters by verdict, area and text, and keeps the filter in the address", {}, async (tab) => {
  await tab.click(".chip[data-v=F]");
  await eventually(async () => assert.deepEqual(byArea(await shown(tab)), byArea(having((one) => one.verdict === "fail"))));
  await eventually(async () => assert.equal(await text(tab, "#count"), "7 of 30 cases"));
  await tab.click(".chip[data-v=L]");
  await eventually(async () => assert.deepEqual(byArea(await shown(tab)), byArea(having((one) => ["fail", "lenient"].includes(one.verdict)))));
  await tab.selectOption("select[name=a]", "framing");
  await tab.fill("#find", "RSV3-on  reserved");
  await eventually(async () => assert.deepEqual(await shown(tab), ["framing/rsv3-on-text"]));
  await eventually(async () => assert.equal(new URL(tab.url()).hash, "#?v=LF&a=framing&q=RSV3-on%20%20reserved"));
  await tab.reload();
  await eventually(async () => assert.deepEqual(await shown(tab), ["framing/rsv3-on-text"]));
  await tab.fill("#find", "nothing is like this");
  await eventually(async () => assert.deepEqual(await shown(tab), []));
  await eventually(async () => assert.ok(await tab.locator("#none").isVisible()));
  await tab.click("#clear");
  await eventually(async () => assert.equal((await shown(tab)).length, cases.length));
  await eventually(async () => assert.equal(new URL(tab.url()).hash, "#cases"));
  await tab.fill("#find", "no requirement's wire log is searched: 0000  68 65");
  await eventually(async () => assert.deepEqual(await shown(tab), []));
});

await check("a cell of the table shows its cases", {}, async (tab) => {
  await tab.locator(".matrix tr", { hasText: "framing" }).locator("a.vF").click();
  await eventually(async () => assert.deepEqual(byArea(await shown(tab)), byArea(having((one) => one.verdict === "fail" && one.area === "framing"))));
  await tab.goBack();
});

await check("works by keyboard", {}, async (tab) => {
  await tab.keyboard.press("Tab");
  await eventually(async () => assert.equal(await tab.evaluate(() => document.activeElement.className), "skip"));
  await tab.keyboard.press("f");
  await eventually(async () => assert.equal((await shown(tab)).length, having((one) => ["fail", "timeout", "crashed", "not-run", "harness-error"].includes(one.verdict)).length));
  const visible = await shown(tab);
  await tab.keyboard.press("j");
  await tab.keyboard.press("j");
  await tab.keyboard.press("k");
  await tab.keyboard.press("j");
  await tab.keyboard.press("Enter");
  await eventually(async () => assert.deepEqual(await open(tab), [visible[1]]));
  await tab.keyboard.press("/");
  await tab.keyboard.type("terabyte");
  await eventually(async () => assert.deepEqual(await shown(tab), ["limits/claim-terabyte"]));
  await tab.keyboard.press("Enter");
  await tab.keyboard.press("Enter");
  await eventually(async () => assert.ok((await open(tab)).includes("limits/claim-terabyte")));
  await tab.keyboard.press("Escape");
  await eventually(async () => assert.equal((await shown(tab)).length, cases.length));
});

await check("copies the command that runs a case again", { permissions: ["clipboard-read", "clipboard-write"] }, async (tab) => {
  await tab.keyboard.press("j");
  await tab.keyboard.press("c");
  await tab.waitForFunction(() => document.querySelector("details.c[open] .copy").textContent === "Copied");
  await eventually(async () => assert.equal(await tab.evaluate(() => navigator.clipboard.readText()), cases[0].rerun));
});

await check("is complete without script", { javaScriptEnabled: false, at: "#framing/length-2" }, async (tab) => {
  await eventually(async () => assert.equal(await tab.locator("form.tools").isVisible(), false));
  await eventually(async () => assert.equal(await tab.locator("#keys").isVisible(), false));
  const summary = tab.locator("summary", { hasText: "A text message of 2 octets is echoed" });
  const body = tab.locator("[id=\"framing/length-2\"]");
  if (!(await body.isVisible())) await summary.click();
  await eventually(async () => assert.ok(await body.isVisible()));
  await eventually(async () => assert.match(await body.innerText(), /length-not-minimal/));
  await body.locator(".wire summary").nth(3).click();
  await eventually(async () => assert.match(await body.locator(".wire pre").nth(3).innerText(), /7e {2}0\.\.\. \.\.\.\. no MASK .111 1110 length 126: in the next 2 octets\n00 02 {2}length 2/));
  await tab.locator(".rfc > summary").first().click();
  await eventually(async () => assert.ok(await tab.locator(".reqtable").first().isVisible()));
});

await check("a truncated record says so at the top", { of: pages.truncated }, async (tab) => {
  await eventually(async () => assert.match(await text(tab, ".alarm"), /^Truncated record\. The record has no footer: the run was cut short after 7 cases/));
});

await check("a record without cases is a page too", { of: pages.empty }, async (tab) => {
  await eventually(async () => assert.match(await text(tab, "section[aria-labelledby=cases]"), /The record holds no case\.$/));
  await tab.keyboard.press("j");
});

await check("what a peer wrote does nothing", { of: pages.hostile }, async (tab) => {
  await tab.$$eval("details.c", (all) => all.forEach((one) => { one.open = true; }));
  await tab.$$eval("details", (all) => all.forEach((one) => { one.open = true; }));
  await tab.waitForTimeout(300);
  const strange = await tab.evaluate(() => [...document.querySelectorAll("main script, img, iframe, object, embed, form:not(.tools), base, link, meta[http-equiv=refresh], [onerror], [onload], [onclick], [style]")].map((one) => one.outerHTML.slice(0, 100)));
  assert.deepEqual(strange, []);
  await eventually(async () => assert.equal(await tab.evaluate(() => document.querySelectorAll("script").length), 1));
  const addresses = await tab.$$eval("a[href]", (all) => [...new Set(all.map((one) => one.protocol + "//" + one.host))]);
  assert.deepEqual(addresses.filter((one) => one !== "file://").sort(), ["https://www.iana.org", "https://www.rfc-editor.org"]);
  const signs = await tab.evaluate(() => document.body.textContent.match(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g));
  assert.equal(signs, null);
  await tab.fill("#find", "<script>");
  await eventually(async () => assert.ok((await shown(tab)).length > 0));
});

await check("forbids what it does not need", {}, async (tab) => {
  const policy = await tab.$eval("meta[http-equiv=Content-Security-Policy]", (one) => one.content);
  assert.match(policy, /^default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'$/);
});

for (const colorScheme of ["light", "dark"]) {
  await check(`has no fault that axe knows, ${colorScheme}`, { colorScheme, at: "#framing/length-2" }, async (tab) => {
    await tab.$$eval(".rfc, details.c.vF, details.c.vC", (all) => all.forEach((one) => { one.open = true; }));
    await tab.$$eval(".wire details", (all) => all.slice(0, 12).forEach((one) => { one.open = true; }));
    await axe(tab);
  });
}

await check("fits on a telephone", { viewport: { width: 360, height: 740 }, at: "#framing/rsv1-on-text" }, async (tab) => {
  const overflow = await tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(overflow <= 0, `${overflow} px too wide`);
});

await check("explains on paper what failed", {}, async (tab) => {
  await tab.emulateMedia({ media: "print" });
  await tab.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
  await eventually(async () => assert.deepEqual(byArea(await open(tab)), byArea(having((one) => ["fail", "crashed"].includes(one.verdict)))));
  await eventually(async () => assert.equal(await tab.locator(".tools").isVisible(), false));
  await tab.evaluate(() => window.dispatchEvent(new Event("afterprint")));
  await eventually(async () => assert.deepEqual(await open(tab), []));
});

// How long it takes: scripts/bench report.
for (const [title, of, octets] of [
  [`${NUM_CASES} cases are shown and filtered`, pages.many, 12 << 20],
  [`${NUM_CASES} cases by ${NUM_TARGETS} targets are shown and filtered`, pages.crowd, 30 << 20],
]) {
  await check(title, { of }, async (tab) => {
    assert.ok(of.size < octets, `${of.size} octets`);
    const all = await shown(tab);
    assert.equal(all.length, NUM_CASES);
    await tab.fill("#find", "rsv1");
    await eventually(async () => {
      const num = (await shown(tab)).length;
      assert.ok(num > 0 && num < NUM_CASES, `${num} shown`);
    });
    const some = await shown(tab);
    assert.deepEqual(some.filter((id) => id.includes("rsv1")), all.filter((id) => id.includes("rsv1")));
    await tab.fill("#find", "nothing is like this");
    await eventually(async () => assert.deepEqual(await shown(tab), []));
    await tab.fill("#find", "");
    await eventually(async () => assert.deepEqual(await shown(tab), all));
  });
}

await check("several targets: their letters for every case", { of: pages.matrix }, async (tab) => {
  await eventually(async () => assert.deepEqual(byArea(await shown(tab)), byArea(cases.map((one) => one.id))));
  const letter = { pass: "P", lenient: "L", info: "I", fail: "F", unsupported: "U", blocked: "B", "setup-failed": "S",
    timeout: "T", crashed: "C", "not-run": "N", "harness-error": "H" };
  for (const [i, one] of cases.entries()) {
    const given = [0, 3, 11].map((step) => letter[cases[(i + step) % cases.length].verdict]).join("");
    await eventually(async () => assert.equal(await strip(tab, one.id), given));
  }
  await eventually(async () => assert.equal(await tab.title(), "wsconform: 3 targets"));
});

await check("several targets: filters by target, area, verdict and difference", { of: pages.matrix }, async (tab) => {
  const row = tab.locator(".matrix tbody tr", { hasText: "second" });
  const letters = await tab.$$eval("details.c", (all) => all.map((one) => [one.dataset.id, one.dataset.r, one.closest("section").dataset.a]));
  await row.locator("td a").first().click();
  const worst = (await row.locator("td a b").first().textContent());
  await eventually(async () => assert.deepEqual(await shown(tab), letters.filter(([, given]) => given[1] === worst).map(([id]) => id)));
  await eventually(async () => assert.match(new URL(tab.url()).hash, new RegExp(`^#\\?v=${worst}&t=second$`)));
  await tab.reload();
  await eventually(async () => assert.deepEqual(await shown(tab), letters.filter(([, given]) => given[1] === worst).map(([id]) => id)));
  await tab.click("#clear");
  await tab.click(".chip[data-v=D]");
  await eventually(async () => assert.deepEqual(await shown(tab), letters.filter(([, given]) => new Set(given).size > 1).map(([id]) => id)));
  await tab.click(".chip[data-v=F]");
  await tab.selectOption("select[name=a]", "framing");
  await eventually(async () => assert.deepEqual(await shown(tab), letters.filter(([, given, area]) => new Set(given).size > 1 && given.includes("F") && area === "framing").map(([id]) => id)));
  await tab.keyboard.press("Escape");
  await eventually(async () => assert.equal((await shown(tab)).length, cases.length));
});

await check("several targets: a case tells what each did, and leads to its own page", { of: pages.matrix, at: "#framing/rsv1-on-text" }, async (tab) => {
  await eventually(async () => assert.deepEqual(await open(tab), ["framing/rsv1-on-text"]));
  const body = await text(tab, "details.c[open] .body");
  for (const part of ["RSV1, RSV2 and RSV3 are zero", "RFC 6455 section 5.2", "Close 1002", "fail first", "second", "third"]) assert.ok(body.includes(part), part);
  const links = await tab.$$eval("details.c[open] .results a", (all) => all.map((one) => one.getAttribute("href")));
  assert.deepEqual(links, ["sample.html#framing/rsv1-on-text"]);
});

await check("several targets: what a peer wrote does nothing", { of: pages.matrixHostile }, async (tab) => {
  await tab.$$eval("details", (all) => all.forEach((one) => { one.open = true; }));
  await tab.waitForTimeout(300);
  await eventually(async () => assert.equal(await tab.evaluate(() => document.querySelectorAll("script").length), 1));
  const addresses = await tab.$$eval("a[href]", (all) => [...new Set(all.map((one) => one.protocol))]);
  assert.deepEqual(addresses.sort(), ["file:", "https:"]);
  await tab.fill("#find", "<script>");
  await eventually(async () => assert.ok((await shown(tab)).length > 0));
});

for (const colorScheme of ["light", "dark"]) {
  await check(`several targets: no fault that axe knows, ${colorScheme}`, { of: pages.matrix, colorScheme, at: "#framing/rsv1-on-text" }, async (tab) => {
    await tab.$$eval("details.c", (all) => all.slice(0, 12).forEach((one) => { one.open = true; }));
    await axe(tab);
  });
}

await check("several targets: complete without script", { of: pages.matrix, javaScriptEnabled: false }, async (tab) => {
  await tab.locator("summary", { hasText: "framing/rsv1-on-text" }).click();
  await eventually(async () => assert.match(await tab.locator("[id=\"framing/rsv1-on-text\"]").innerText(), /Close 1002/));
});

await check("several targets: fits on a telephone", { of: pages.matrix, viewport: { width: 360, height: 740 } }, async (tab) => {
  const overflow = await tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(overflow <= 0, `${overflow} px too wide`);
});

await browser.close();
remove();
console.log(failures.length ? `${failures.length} failed: ${failures.join("; ")}` : "all passed");
process.exitCode = failures.length ? 1 : 0;
