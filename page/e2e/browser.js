// One look at the page: a browser context of its own, and what a spec does with it.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { promisify } from "node:util";

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
const DESKTOP = { viewport: { width: 1280, height: 900 } };
/** Rules of WCAG 2.2 AA. */
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** `phone-dark`, `desktop-light`, `phone-light-noscript`. */
export function look(name) {
  const [size, theme, script] = name.split("-");
  assert.ok(["phone", "desktop"].includes(size) && ["light", "dark"].includes(theme), `no look: ${name}`);
  return { name, isPhone: size === "phone", theme, hasScript: script !== "noscript" };
}

/** Opens a page in a look. */
export async function open(browser, look, given) {
  const context = await browser.newContext({
    ...(look.isPhone ? PHONE : DESKTOP),
    baseURL: given.base,
    colorScheme: look.theme,
    javaScriptEnabled: look.hasScript,
    reducedMotion: "reduce",
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
  });
  context.setDefaultTimeout(10_000);
  const trouble = [];
  const allowed = [];
  watch(context, given.base, (sentence) => {
    if (!allowed.some((pattern) => pattern.test(sentence))) trouble.push(sentence);
  });
  const page = await context.newPage();

  const test = {
    page,
    context,
    look,
    given,
    base: given.base,
    assert,
    /** What would be trouble on the console is wanted here. */
    allow: (pattern) => allowed.push(pattern),
    trouble: () => [...trouble],

    /** Goes to a path and gives the answer. */
    async go(path) {
      const answer = await page.goto(path, { waitUntil: "load" });
      assert.ok(answer, `${path} is not answered`);
      return answer;
    },

    /** Goes to a path, and holds the page against what every page has to be. Most specs begin so. */
    async see(path, name) {
      const answer = await test.go(path);
      assert.equal(answer.status(), 200, path);
      const policy = answer.headers()["content-security-policy"] ?? "";
      assert.ok(policy && !policy.includes("unsafe"), `the policy of ${path}: ${policy}`);
      await test.fine(name);
      return answer;
    },

    /** Fits, is accessible, and is on a picture. */
    async fine(name) {
      await test.fits();
      await test.axe();
      if (name) await test.shot(name);
    },

    /** A picture: NAME-phone-dark.png. */
    async shot(name, options = {}) {
      await mkdir(given.shots, { recursive: true });
      await page.screenshot({ path: `${given.shots}/${name}-${look.name}.png`, fullPage: true, ...options });
    },

    /** Nothing sticks out to the right, on this size and on the smallest phone. */
    async fits() {
      const before = page.viewportSize();
      for (const width of look.isPhone ? [320, 390] : [before.width]) {
        await page.setViewportSize({ width, height: before.height });
        const wide = await page.evaluate(sticksOut);
        assert.deepEqual(wide, [], `at ${width} px these stick out`);
      }
      await page.setViewportSize(before);
    },

    /** No serious or critical finding of axe. */
    async axe(within) {
      // Without script in the page axe cannot run either; the same HTML is looked at with it.
      if (!look.hasScript) return;
      const axe = createRequire(`${given.packages}/`).resolve("axe-core/axe.min.js");
      const has = await page.evaluate(() => "axe" in window);
      if (!has) await page.evaluate(readFileSync(axe, "utf8"));
      const found = await page.evaluate(
        async ([tags, within]) => (await window.axe.run(within ?? document, { runOnly: { type: "tag", values: tags } })).violations,
        [TAGS, within],
      );
      const grave = found.filter((one) => ["serious", "critical"].includes(one.impact));
      const told = grave.map((one) => `${one.id}: ${one.help}\n  ${one.nodes.map((node) => `${node.html}\n    ${node.failureSummary}`).join("\n  ")}`);
      assert.deepEqual(told, [], `axe finds:\n${told.join("\n")}`);
    },

    /** Runs nightkeep on the command line, beside the watch of this test. */
    async nightkeep(...words) {
      const { stdout } = await promisify(execFile)(given.binary, ["--config", given.config, "--socket", given.socket, ...words]);
      return stdout;
    },

    async failed(name) {
      await test.shot(`failed-${name}`).catch(() => {});
    },
    close: () => context.close(),
  };
  return test;
}

/** Whatever must not happen on any page. */
function watch(context, base, say) {
  context.on("page", (page) => {
    page.on("pageerror", (error) => say(`script: ${error.stack ?? error}`));
    page.on("console", (message) => {
      if (message.type() === "error") say(`console: ${message.text()} (${message.location().url})`);
    });
  });
  const origin = new URL(base).origin;
  const named = origin.replace("127.0.0.1", "localhost");
  context.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith(`${named}/`) && !/^(data|blob|about):/.test(url)) say(`asks another origin: ${url}`);
  });
}

/** The elements that make the page wider than the window. */
function sticksOut() {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  // What only readers hear is cut off where it stands.
  const all = [...document.body.querySelectorAll("*")].filter((one) => !one.closest(".unseen"));
  const wide = all.filter((one) => one.getBoundingClientRect().right > room + 0.5);
  const name = (one) => `${one.localName}${one.id && `#${one.id}`}${[...one.classList].map((name) => `.${name}`).join("")}`;
  // What is fixed to the window is as wide as what made it so: it is not the cause.
  const causes = wide.filter((one) => !one.closest(".first") && !wide.some((other) => other !== one && one.contains(other)));
  return (causes.length ? causes : wide).slice(0, 8).map((one) => {
    const chain = [];
    for (let at = one; at && at.localName !== "body"; at = at.parentElement) chain.unshift(name(at));
    return `${chain.join(" > ")} to ${Math.round(one.getBoundingClientRect().right)} px`;
  });
}
