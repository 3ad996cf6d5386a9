// SPDX-License-Identifier: MIT
// How long the HTML report takes in Chromium: node report.bench.mjs RENDER REPORTS (see pages.mjs).
// Prints the size of each page, the time until it has loaded, and the longest that a filter takes until the page is
// drawn again: the median and the range of some runs. Exit code 0, whatever the figures are.
import { chromium } from "playwright-core";
import { NUM_CASES, NUM_TARGETS, browserPath, pageMaker } from "./pages.mjs";

const RUNS = 9;
const [render, reports] = process.argv.slice(2);
const { page, matrixPage, manifold, crowd, lines, remove } = pageMaker(render, reports);
const pages = {
  [`${NUM_CASES} cases`]: page("many", manifold(lines, NUM_CASES)),
  [`${NUM_CASES} cases by ${NUM_TARGETS} targets`]: matrixPage("crowd", crowd(NUM_CASES, NUM_TARGETS)),
};
const browser = await chromium.launch({ executablePath: browserPath(), args: ["--no-sandbox", "--disable-dev-shm-usage"] });

// Every filter once, on the page that is open: the longest time in milliseconds.
function longestFilter() {
  const find = document.querySelector("#find");
  const words = (text) => () => {
    find.value = text;
    find.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const steps = ["r", "rsv1", "close 1002", "nothing is like this", ""].map(words);
  for (const chip of document.querySelectorAll(".chip[data-v]")) steps.push(() => chip.click(), () => chip.click());
  return steps.reduce(async (before, step) => {
    const longest = await before, began = performance.now();
    step();
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    return Math.max(longest, performance.now() - began);
  }, Promise.resolve(0));
}

const summary = (times) => {
  const sorted = times.map(Math.round).sort((a, b) => a - b);
  return `${sorted[RUNS >> 1]} ms (${sorted[0]} to ${sorted[RUNS - 1]})`;
};

for (const [title, { url, size }] of Object.entries(pages)) {
  const loads = [], filters = [];
  for (let i = 0; i < RUNS; i++) {
    const tab = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await tab.goto(url);
    loads.push(await tab.evaluate(() => performance.getEntriesByType("navigation")[0].loadEventEnd));
    filters.push(await tab.evaluate(longestFilter));
    await tab.close();
  }
  console.log(`${title}: ${(size / (1 << 20)).toFixed(1)} MiB, opens in ${summary(loads)}, filters in at most ${summary(filters)}`);
}
await browser.close();
remove();
