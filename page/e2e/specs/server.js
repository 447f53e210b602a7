// The server's charts: as pictures, and with the script as something to look into.

export const looks = ["phone-dark", "desktop-light", "phone-light-noscript"];

export default async function (test) {
  const { page, look, assert } = test;
  await test.nightkeep("mark", "deploy", "shop v1.2.3 <b>");
  await test.see("/server?range=24h", "server");
  const figure = page.locator("figure.chart").first();
  assert.equal(await figure.locator("h3").innerText(), "CPU");
  assert.match(await page.locator("#marks").innerText(), /Deploy\s+shop v1\.2\.3 <b>/);

  if (!look.hasScript) {
    assert.ok((await page.locator("svg.picture").count()) >= 8);
    await figure.getByText("Numbers").click();
    assert.match(await figure.locator("tbody").innerText(), /programs/);
    await page.getByRole("link", { name: "1y" }).click();
    assert.equal(await page.getByRole("link", { name: "1y" }).getAttribute("aria-current"), "true");
    await test.fine("server-year");
    return;
  }

  const live = figure.locator(".chart-live");
  await live.locator("canvas").waitFor();
  await page.waitForTimeout(500);
  await test.shot("server-charts");

  // What is under the pointer, in words.
  if (!look.isPhone) {
    await live.hover({ position: { x: 250, y: 60 } });
    await live.locator(".chart-tip").waitFor();
    assert.match(await live.locator(".chart-tip").innerText(), /programs \d+ %/);
    await test.shot("server-hover", { fullPage: false });
    const box = await live.boundingBox();
    await page.mouse.move(box.x + 150, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + 220, box.y + 60, { steps: 5 });
    await page.mouse.up();
    await page.waitForURL(/from=\d+&until=\d+/);
    await page.getByRole("button", { name: "Zoom back" }).click();
    await page.waitForURL((url) => !url.search.includes("from="));
  }
  // Two fingers zoom, one drags the time along.
  if (look.isPhone) {
    const device = await test.context.newCDPSession(page);
    const touch = async (type, ...xs) => {
      const { x: left, y: top } = await live.boundingBox();
      const touchPoints = xs.map((x, id) => ({ x: left + x, y: top + 80, id }));
      await device.send("Input.dispatchTouchEvent", { type, touchPoints });
    };
    await touch("touchStart", 150, 200);
    for (let apart = 10; apart <= 60; apart += 10) await touch("touchMove", 150 - apart, 200 + apart);
    const isAnswer = (answer) => /chart=cpu.*from=/.test(answer.url());
    await Promise.all([page.waitForResponse(isAnswer), touch("touchEnd")]);
    await page.waitForURL(/from=\d+&until=\d+/);
    const span = () => ["from", "until"].map((name) => Number(new URL(page.url()).searchParams.get(name)));
    const [from, until] = span();
    // 50 pixels became 170 of 24 hours.
    assert.ok(until - from > 5 * 3600 && until - from < 9 * 3600, `${until - from} s`);
    // What is zoomed to was asked for, and is drawn anew.
    await page.waitForTimeout(300);
    await touch("touchStart", 120);
    for (let x = 130; x <= 220; x += 10) await touch("touchMove", x);
    await touch("touchEnd");
    await page.waitForURL((url) => Number(url.searchParams.get("from")) < from);
    assert.ok(Math.abs(span()[1] - span()[0] - (until - from)) < 60, "as long as before");
    for (let n = 0; n < 2; n += 1) await page.getByRole("button", { name: "Zoom back" }).click();
    await page.waitForURL((url) => !url.search.includes("from="));
  }
  // By keys, and all charts together.
  await live.focus();
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowLeft");
  await live.locator(".chart-tip").waitFor();
  await Promise.all([
    page.waitForRequest((request) => request.url().includes("chart=memory") && request.url().includes("from=")),
    page.keyboard.press("+"),
  ]);
  await page.waitForURL(/from=\d+&until=\d+/);
  await page.keyboard.press("Escape");
  await page.waitForURL((url) => !url.search.includes("from="));
  await test.axe();

  // A zoomed address is a page of its own; so are what is wrong and what runs now.
  const now = Math.floor(Date.now() / 1000);
  await test.see(`/server?from=${now - 7200}&until=${now - 3600}`);
  assert.match(await page.locator("main").innerText(), /From .* to /);
  await test.see("/server?range=2y", "server-two-years");
  const took = await page.evaluate(() => Math.round(performance.getEntriesByType("navigation")[0].responseEnd));
  console.log(`     all charts over two years: ${took} ms`);
  await page.locator("figure.chart canvas").first().waitFor();
  await test.see("/server/now", "server-now");
  test.allow(/400/);
  assert.equal((await test.go("/server?range=3h")).status(), 400);
}
