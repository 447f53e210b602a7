// Monitors: made, tried, changed, cloned, paused, several at once, deleted; one of a file only looked at.

export const looks = ["phone-light", "desktop-dark", "phone-light-noscript"];

export default async function ({ see, fine, page, base, assert, look }) {
  const name = `page ${look.name}`;
  const address = `/monitors/${encodeURIComponent(name)}`;

  await see("/monitors", "monitors");
  await page.getByRole("link", { name: "Add a monitor" }).click();
  await fine("monitor-types");
  await page.getByRole("link", { name: /^http\b/ }).click();
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Target", { exact: true }).fill(`${base}/status`);
  await page.getByLabel("Interval", { exact: true }).fill("soon");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("It is not saved").waitFor();
  assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), name, "what was typed is kept");
  assert.match(await page.locator("#e-interval").innerText(), /soon/);
  await fine("monitor-wrong");
  await page.getByLabel("Interval", { exact: true }).fill("2s");
  await page.getByRole("button", { name: "Test now" }).click();
  await page.getByText(/HTTP\/1\.1 200/).first().waitFor();
  await fine("monitor-tried");
  await page.getByRole("button", { name: "Save" }).click();
  await page.waitForURL((url) => url.pathname.startsWith("/monitors/page"));

  // Until it was asked.
  for (let tries = 0; tries < 60; tries += 1) {
    await page.goto(address);
    if (await page.locator("#status.up").count()) break;
    await page.waitForTimeout(500);
  }
  await page.locator("#answers rect").first().waitFor({ state: "attached" });
  assert.match(await page.locator("#tests").innerText(), /status < 400/);
  await fine("monitor");

  // Asked at once; looking again does not ask again.
  await page.getByRole("button", { name: "Test now" }).click();
  await page.waitForURL(/tried=/);
  const tried = await page.locator("#asked").innerText();
  assert.match(tried, /HTTP\/1\.1 200/);
  await page.reload();
  assert.equal(await page.locator("#asked").innerText(), tried);
  await page.goto(address);
  assert.equal(await page.locator("#asked").count(), 0);

  await page.getByRole("button", { name: "Pause" }).click();
  await page.locator("#status.paused").waitFor();
  await page.getByRole("button", { name: "Resume" }).click();
  await page.getByRole("link", { name: "Edit" }).click();
  await page.getByLabel("Tags", { exact: true }).fill("shown");
  await page.getByRole("button", { name: "Save" }).click();
  await page.locator("#uptime .chip", { hasText: "shown" }).waitFor();

  await page.getByRole("link", { name: "Clone" }).click();
  await page.getByLabel("Name", { exact: true }).fill(`${name} too`);
  await page.getByRole("button", { name: "Save" }).click();
  await page.waitForURL(/too/);

  await page.goto("/monitors?tag=shown");
  const rows = page.locator("#monitor-list li:visible", { hasText: name });
  assert.equal(await rows.count(), 2);
  await page.goto("/monitors?q=shop");
  assert.equal(await page.locator("#monitor-list li:visible").count(), 1);
  await page.goto("/monitors");
  if (look.hasScript) {
    await page.getByRole("searchbox").fill("too");
    await page.locator("#monitor-list li:visible", { hasText: "shop" }).waitFor({ state: "detached" }).catch(() => {});
    assert.equal(await page.locator("#monitor-list li:visible", { hasText: "shop" }).count(), 0);
    await page.getByRole("searchbox").fill("");
  }
  await page.getByText("Choose several").click();
  await page.getByLabel(`${name} too`, { exact: true }).check();
  await page.getByLabel(name, { exact: true }).check();
  await fine("monitors-chosen");
  await page.getByRole("button", { name: "Delete…" }).click();
  await fine("monitors-delete");
  await page.getByRole("main").getByRole("button", { name: /Delete/ }).click();
  await page.getByRole("status").waitFor();
  assert.equal(await page.locator("#monitor-list li", { hasText: name }).count(), 0);

  await see("/monitors/shop", "monitor-of-file");
  assert.match(await page.locator("main").innerText(), /managed by .*nightkeep\.toml line \d+/);
  assert.equal(await page.getByRole("link", { name: "Edit" }).count(), 0);
}
