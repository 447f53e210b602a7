// Runs the specs in one browser. tests/page.rs starts it, with what it needs in PAGE_TEST.

import { readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { look, open } from "./browser.js";

const given = JSON.parse(process.env.PAGE_TEST);
// The packages are in the target directory, the specs are not.
const { chromium } = createRequire(`${given.packages}/`)("playwright-core");
const LOOKS = ["phone-dark", "desktop-light"];

const specs = (await readdir(new URL(given.specs, import.meta.url))).filter((name) => name.endsWith(".js")).sort();
const chosen = specs.filter((name) => given.only === "" || name.startsWith(given.only));
if (chosen.length === 0) fail(`no spec begins with ${given.only}; there are ${specs.join(", ")}`);

const browser = await chromium.launch({
  executablePath: given.chromium,
  args: [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
const failures = [];
// A wait that nobody waits for any more is no reason to end the others.
process.on("unhandledRejection", (error) => console.log(`     left over: ${error.message}`));
let passed = 0;
for (const name of chosen) {
  const spec = await import(new URL(`${given.specs}/${name}`, import.meta.url));
  for (const wanted of spec.looks ?? LOOKS) {
    const title = `${name.replace(/\.js$/, "")} ${wanted}`;
    const began = performance.now();
    const test = await open(browser, look(wanted), given);
    let trouble = [];
    try {
      await spec.default(test);
      trouble = test.trouble();
    } catch (error) {
      trouble = [error.stack ?? String(error), ...test.trouble()];
      await test.failed(name.replace(/\.js$/, ""));
    }
    await test.close();
    const took = `${Math.round(performance.now() - began)} ms`;
    if (trouble.length === 0) {
      passed += 1;
      console.log(`ok   ${title} (${took})`);
    } else {
      failures.push(title);
      console.log(`FAIL ${title} (${took})\n${trouble.join("\n").replace(/^/gm, "     ")}`);
    }
  }
}
await browser.close();
console.log(`${passed} passed, ${failures.length} failed${failures.length ? `: ${failures.join(", ")}` : ""}`);
process.exitCode = failures.length ? 1 : 0;

function fail(sentence) {
  console.error(sentence);
  process.exit(2);
}
