// How long a browser takes to show 2,000 monitors: nightkeep's page, and Uptime Kuma's dashboard.
//
//   node bench/page.mjs PACKAGES NIGHTKEEP_URL [KUMA_URL USER PASSWORD] [ROUNDS]
//
// PACKAGES has playwright-core (`cargo test --test page` leaves it in target/page-e2e). Both watch the same 2,000
// monitors already (bench/page.py and bench/monitors.py --kuma make them). Each round is a browser context of its own,
// so nothing is cached; the time is from going there (for Kuma: from sending the login) until each monitor stands in
// the page. Kuma draws what is in sight only once it has all of them, so there the first row counts.

import { createRequire } from "node:module";

const [packages, ours, kuma, user, password] = process.argv.slice(2);
const rounds = Number(process.argv[7] ?? 7);
const { chromium } = createRequire(`${packages}/`)("playwright-core");
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--headless=new", "--no-sandbox", "--disable-gpu"] });

async function measure(name, load) {
  const times = [];
  let bytes = 0;
  let rows = 0;
  for (let round = 0; round < rounds; round += 1) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const page = await context.newPage();
    const network = await context.newCDPSession(page);
    await network.send("Network.enable");
    let received = 0;
    network.on("Network.dataReceived", (event) => (received += event.encodedDataLength));
    network.on("Network.webSocketFrameReceived", (event) => (received += event.response.payloadData.length));
    const [took, count] = await load(page);
    times.push(took);
    bytes = received;
    rows = count;
    await context.close();
  }
  times.sort((a, b) => a - b);
  console.log(`| ${name} | ${Math.round(times[times.length >> 1])} | ${Math.round(times.at(-1))} | ${Math.round(bytes / 1024)} | ${rows} |`);
}

console.log("| page | median ms | slowest ms | KiB received | rows in the page |\n|---|---|---|---|---|");
await measure("nightkeep /monitors", async (page) => {
  const began = performance.now();
  await page.goto(`${ours}/monitors`, { waitUntil: "commit" });
  await page.waitForFunction(() => document.querySelectorAll("#monitor-list li").length >= 2000, null, { polling: 20 });
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
  return [performance.now() - began, await page.locator("#monitor-list li").count()];
});
if (kuma) {
  await measure("Uptime Kuma /dashboard", async (page) => {
    await page.goto(kuma, { waitUntil: "networkidle" });
    await page.locator("input[autocomplete=username]").fill(user);
    await page.locator("input[type=password]").fill(password);
    const began = performance.now();
    await page.locator("button[type=submit]").click();
    await page.locator(".monitor-list .item").first().waitFor({ timeout: 180_000 });
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
    return [performance.now() - began, await page.locator(".monitor-list .item").count()];
  });
}
await browser.close();
