// Each module of the page's script, on a page made for it: the policy is the one of real pages.

import { readFileSync } from "node:fs";

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

export default async function (test) {
  const { page, context, base, given, assert } = test;
  const html = readFileSync(new URL("../fixtures/script.html", import.meta.url), "utf8");
  const rows = Array.from({ length: 2000 }, (_, n) => {
    return `<li data-key="r${n}" data-text="Service ${n}">
      <label><input type="checkbox" name="chosen" value="${n}" data-one> Service ${n}</label></li>`;
  });
  const written = html.replace('<ul id="list">', `<ul id="list">${rows.join("")}`);
  // As the server sends it, with the words it puts before it.
  await test.go("/tonight");
  const script = await page.evaluate(async () => (await fetch(document.querySelector("script[src]").src)).text());
  const asked = [];
  let state = "old";
  let isGone = false;
  await context.route("**/fixture/**", (route) => {
    const request = route.request();
    const path = new URL(request.url()).pathname;
    asked.push(`${request.method()} ${path} ${request.postData() ?? ""}`.trim());
    if (path === "/fixture/page.js") return route.fulfill({ contentType: "text/javascript", body: script });
    if (path === "/fixture/live")
      return isGone ? route.abort() : route.fulfill({ contentType: "text/event-stream", body: events() });
    return route.fulfill({ contentType: "text/html", headers: { "content-security-policy": POLICY }, body: written.replace(">old<", `>${state}<`) });
  });
  const text = (selector) => page.locator(selector).first().innerText();
  // The server's side of `#piece`: what the page says, and what is said live.
  const fresh = () =>
    `<section id="piece"><h2>Piece</h2><p id="said">${state}</p><details id="more"><summary>More</summary><p>More</p></details><button type="button" id="press">Press</button><label>Name <input id="name"></label></section>`;
  const events = () =>
    [{ id: "piece", html: fresh() }, { id: "nothing", html: "<p>x</p>" }].map((event) => `event: piece\ndata: ${JSON.stringify(event)}\n\n`).join("");
  const open = () => test.go("/fixture/page");
  const says = (wanted) => page.waitForFunction((wanted) => document.getElementById("said").textContent === wanted, wanted);

  // Keys.
  await open();
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.name), "q");
  await page.keyboard.type("?g");
  assert.equal(await page.inputValue("[data-search]"), "?g");
  assert.equal(await page.locator("#keys").isVisible(), false);
  await page.fill("[data-search]", "");
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  assert.equal(await page.locator("#keys").isVisible(), true);
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("#keys").isVisible(), false);
  await page.keyboard.press("g");
  await page.keyboard.press("m");
  await page.waitForURL("**/fixture/other");

  // Theme: kept, and told to the server.
  const before = await page.getAttribute("html", "data-theme");
  const presses = { auto: 2, light: 1, dark: 3 }[before];
  for (let press = 0; press < presses; press += 1) await page.getByRole("button", { name: "Theme" }).click();
  assert.equal(await page.getAttribute("html", "data-theme"), "dark");
  assert.equal(await page.getByRole("button", { name: "Theme" }).getAttribute("title"), "Always dark");
  assert.ok((await context.cookies()).some(({ name, value }) => name === "theme" && value === "dark"));
  await open();
  assert.equal(await page.getAttribute("html", "data-theme"), "dark");

  // Filter; all of 2,000 rows within a frame or two.
  assert.equal(await text("[data-shown]"), "2000");
  const took = await page.evaluate(async () => {
    const field = document.querySelector("[data-filter]");
    const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const times = [];
    for (const typed of ["s", "se", "service 15", "service 150", ""]) {
      const began = performance.now();
      field.value = typed;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      await frame();
      times.push(Math.round(performance.now() - began));
    }
    return times;
  });
  console.log(`     five filters of 2,000 rows, ms: ${took.join(" ")}`);
  await page.fill("[data-filter]", "SERVICE 150");
  await page.waitForFunction(() => document.querySelector("[data-shown]").textContent === "12 of 2000");
  assert.ok(page.url().endsWith("?q=SERVICE+150"), page.url());
  await page.fill("[data-filter]", "nothing of that name");
  await page.locator("[data-none]").waitFor();
  await page.fill("[data-filter]", "service 150");
  await page.waitForFunction(() => document.querySelector("[data-shown]").textContent === "12 of 2000");

  // Bulk: a range by shift, all that are shown, and the question before.
  await page.locator("[data-one]:visible").nth(1).check();
  await page.locator("[data-one]:visible").nth(4).dispatchEvent("click", { shiftKey: true });
  assert.equal(await text("[data-chosen]"), "4");
  await page.locator("[data-all]").check();
  assert.equal(await text("[data-chosen]"), "12");
  await page.getByRole("button", { name: "Delete" }).click();
  await page.locator("dialog.confirm").waitFor();
  assert.match(await text("dialog.confirm p"), /Delete what is chosen/);
  await page.keyboard.press("Enter");
  assert.equal(asked.some((one) => one.startsWith("POST /fixture/gone")), false, "Enter alone must not delete");
  await page.getByRole("button", { name: "Delete" }).click();
  await page.locator("dialog.confirm").getByRole("button", { name: "Delete" }).click();
  await page.waitForURL("**/fixture/gone");
  const sent = asked.find((one) => one.startsWith("POST /fixture/gone"));
  assert.match(sent, /do=delete/);
  assert.equal(sent.match(/chosen=/g).length, 12);

  // Live: a piece is written anew, and what is open in it stays open.
  await open();
  await says("old");
  state = "new";
  await says("new");
  await page.locator("summary").click();
  await page.locator("#press").focus();
  state = "newer";
  await says("newer");
  assert.equal(await page.evaluate(() => document.activeElement.id), "press");
  assert.equal(await page.locator("#more").getAttribute("open"), "");
  // Nothing changes under the hands of whoever types, but right afterwards.
  await page.locator("#name").focus();
  state = "newest";
  const asks = asked.length;
  while (asked.length < asks + 3) await page.waitForTimeout(100);
  assert.equal(await text("#said"), "newer");
  await page.locator("#press").focus();
  await says("newest");
  // Gone and back.
  test.allow(/ERR_FAILED|Failed to load resource/);
  isGone = true;
  await page.waitForFunction(() => /^not live since \d\d:\d\d$/.test(document.querySelector("[data-live-state]").textContent));
  isGone = false;

  // Copy.
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: base });
  await page.getByRole("button", { name: "Copy" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), "ping me");
}
