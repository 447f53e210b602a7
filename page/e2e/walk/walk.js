// A person's walk over the page of a real server. lab/walk.py starts it, with what it needs in PAGE_TEST.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { look, open } from "../browser.js";

const given = JSON.parse(process.env.PAGE_TEST);
const { chromium } = createRequire(`${given.packages}/`)("playwright-core");
const PASSWORD = "a walk in the night";
/** A server under software emulation is slow. */
const PATIENCE = 600_000;

const browser = await chromium.launch({
  executablePath: given.chromium,
  args: ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"],
});
const test = await open(browser, look("phone-light"), given);
const { page, fine } = test;
page.context().setDefaultTimeout(60_000);
let count = 0;

/** A step, with its picture. */
async function step(name, does) {
  const began = performance.now();
  await does();
  count += 1;
  await fine(`${String(count).padStart(2, "0")}-${name}`);
  console.log(`ok   ${name} (${Math.round((performance.now() - began) / 1000)} s)`);
}

async function server(command) {
  return (await promisify(execFile)(given.lab, ["ssh", given.server, command])).stdout;
}

/** Loads the page anew until it has that. */
async function until(path, locator, patience = PATIENCE) {
  const end = performance.now() + patience;
  for (;;) {
    await page.goto(path);
    if (await locator().count()) return;
    assert.ok(performance.now() < end, `${path} never had it`);
    await page.waitForTimeout(3000);
  }
}

try {
  await step("first-visit", async () => {
    await page.goto("/");
    await page.waitForURL(/\/login/);
  });
  await step("one-time-link", async () => {
    await page.goto(given.link);
    await page.getByLabel("Name", { exact: true }).fill("ann");
  });
  await step("tonight", async () => {
    await page.getByLabel(/password/i).first().fill(PASSWORD);
    const again = page.getByLabel(/once more|again/i);
    if (await again.count()) await again.fill(PASSWORD);
    await page.getByRole("main").getByRole("button").first().click();
    await page.waitForURL((url) => !url.pathname.startsWith("/link"));
    await page.goto("/");
    await page.locator("#answer h1").waitFor();
  });
  await step("new-monitor", async () => {
    await page.goto("/monitors/new");
    await page.getByRole("link", { name: /^http/ }).first().click();
    await page.getByLabel("Name").fill("shop");
    await page.getByLabel("Target").fill("http://127.0.0.1/");
    await page.getByLabel("Interval", { exact: true }).fill("5s");
  });
  await step("monitor-tested", async () => {
    await page.getByRole("button", { name: "Test now" }).click();
    await page.getByText(/200/).first().waitFor();
  });
  await step("monitor", async () => {
    await page.getByRole("button", { name: "Save" }).click();
    await page.waitForURL(/\/monitors\/shop/);
    await until("/monitors/shop", () => page.locator(".banner.up"));
  });
  await step("new-heartbeat", async () => {
    await page.goto("/heartbeats/new");
    await page.getByLabel("Name").fill("nightly backup");
    await page.getByLabel("by cron").check();
    await page.locator('[name="cron"]').fill("30 2 * * *");
    await page.locator("#preview li").first().waitFor();
  });
  await step("heartbeat", async () => {
    await page.getByRole("button", { name: "Save" }).click();
    await page.waitForURL(/\/heartbeats\/nightly/);
    const url = (await page.locator("main").innerText()).match(/http\S*\/ping\/\S+/)[0];
    await server(`curl -fsS --data-raw 'backed up 4 GiB' '${url.replace(given.base, "http://127.0.0.1:8466")}'`);
    await until(page.url(), () => page.getByText(/just now|seconds? ago|minutes? ago/));
  });

  await server("systemctl stop caddy");
  await step("burns", async () => {
    await page.goto("/");
    await page.locator("#burning article", { hasText: "shop" }).waitFor({ timeout: PATIENCE });
    // The head and the foot of the page say it as well, without being loaded again.
    await page.locator("#dot.down").waitFor();
    await page.locator("#firing-first .count").waitFor();
  });
  const card = () => page.locator("#burning article", { hasText: "shop" }).first();
  await step("acknowledged", async () => {
    assert.equal(page.viewportSize().width, 390);
    await card().getByRole("button", { name: "Acknowledge" }).tap();
    await page.getByRole("status").getByText(/acknowledged/).waitFor();
    await page.locator("#burning article.cared", { hasText: "ann takes care of it" }).first().waitFor();
  });
  await step("silencing", async () => {
    await card().getByText("Silence for…").tap();
    await card().getByLabel(/^Why/).fill("caddy is being mended");
  });
  await step("silenced", async () => {
    await card().getByRole("button", { name: "1 hour" }).tap();
    await page.getByRole("status").getByText(/Silence set/).waitFor();
    await page.goto("/alerts/quiet");
    await page.locator("#silences", { hasText: "caddy is being mended" }).waitFor();
  });
  await step("alert-story", async () => {
    await page.goto("/");
    await card().getByRole("link", { name: /^Show/ }).tap();
    await page.locator("#story").waitFor();
  });
  await server("systemctl start caddy");
  await step("recovered", async () => {
    await page.goto("/");
    await page.locator("#burning article", { hasText: "shop" }).first().waitFor({ state: "detached", timeout: PATIENCE });
  });

  await step("triage-asked", async () => {
    await page.goto("/incidents");
    await page.getByLabel("What it is called").fill("The shop was away");
    await page.getByLabel("Look back").selectOption("24h");
    await page.getByRole("button", { name: "Run triage" }).tap();
    await page.locator("#triage .steps li").first().waitFor({ timeout: PATIENCE });
  });
  await step("triage-done", async () => {
    await page.locator("#triage a", { hasText: "Read why" }).waitFor({ timeout: PATIENCE });
  });
  await step("verdict", async () => {
    await page.locator("#triage a", { hasText: "Read why" }).tap();
    await page.waitForURL(/\/incidents\/\d/);
    assert.match(await page.locator("main").innerText(), /patch in place|rebuild|nothing|cannot tell/i);
  });
  const incident = new URL(page.url()).pathname;
  await step("timeline", async () => {
    await page.getByRole("link", { name: /timeline/i }).first().tap();
    await page.locator("main").getByText(/caddy/).first().waitFor();
  });
  await step("record", async () => {
    await page.goto(incident);
    await page.getByRole("link", { name: "Read and write it" }).tap();
    await page.locator("textarea").first().waitFor();
    const text = await page.locator("textarea").first().inputValue();
    await page.locator("textarea").first().fill(`${text}\n\nCaddy was stopped by hand and started again.\n`);
    await page.getByRole("button", { name: "Preview" }).tap();
    await page.getByText("Caddy was stopped by hand").first().waitFor();
  });
  await step("record-saved", async () => {
    await page.getByRole("button", { name: "Save" }).tap();
    await page.getByRole("status").waitFor();
  });
  await step("closed", async () => {
    await page.goto(incident);
    const close = page.getByRole("button", { name: /close/i });
    if (!(await close.first().isVisible())) await page.getByText(/close/i).first().tap();
    await close.first().tap();
    await page.getByRole("status").waitFor();
  });
  await step("all-incidents", async () => {
    await page.goto("/incidents");
    await page.locator("#incidents", { hasText: "closed" }).waitFor();
  });
  await step("changes", async () => {
    await page.goto("/settings/changes");
    assert.match(await page.locator("main").innerText(), /ann/);
  });
  assert.deepEqual(test.trouble(), []);
  console.log(`${count} steps, pictures in ${given.shots}`);
} catch (error) {
  await test.shot("failed").catch(() => {});
  console.log(`FAIL after ${count} steps at ${page.url()}\n${error.stack}\n${test.trouble().join("\n")}`);
  process.exitCode = 1;
}
await browser.close();
