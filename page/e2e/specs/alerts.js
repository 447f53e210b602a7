// Alerts: what is, what was, what was sent, what holds notices back; acknowledged and silenced.

export const looks = ["phone-light", "desktop-dark", "phone-light-noscript"];

export default async function ({ see, fine, page, assert, look, nightkeep }) {
  for (let tries = 0; tries < 60 && !(await nightkeep("alerts")).includes("shop is down"); tries += 1) await page.waitForTimeout(500);
  await see("/alerts", "alerts");
  const card = page.locator("#burning article", { hasText: "shop" });
  assert.equal(await card.count(), 1);

  // Whoever comes first acknowledges; the others see that it is taken care of.
  const acknowledge = card.getByRole("button", { name: "Acknowledge" });
  if (await acknowledge.count()) {
    await acknowledge.click();
    await page.getByRole("status").getByText(/acknowledged/).waitFor();
  }
  await page.locator("#burning article.cared", { hasText: "takes care of it" }).waitFor();
  await fine("alerts-cared");

  await card.getByRole("link", { name: /^Show/ }).click();
  await page.locator("#story").getByText("firing").first().waitFor();
  assert.match(await page.locator("#told").innerText(), /sink/);
  await fine("alert");

  await see("/alerts/history", "alerts-history");
  assert.ok((await page.locator("main .list > li").count()) > 20);
  await page.getByRole("searchbox").fill("shop");
  await page.getByRole("button", { name: "Search" }).click();
  await page.waitForURL(/q=shop/);
  assert.match(await page.locator("main .list").innerText(), /shop/);
  assert.doesNotMatch(await page.locator("main .list").innerText(), /86 % full/);

  await see("/alerts/deliveries", "deliveries");
  await page.getByRole("button", { name: "Test sink" }).click();
  await page.getByRole("status").getByText("sink took the test message").waitFor();

  await see("/alerts/quiet", "quiet");
  await page.getByText("New silence").click();
  await page.getByLabel("Why").fill(`new disk ${look.name}`);
  await page.getByLabel(/^Of what/).fill("mount:/srv*");
  await fine("quiet-new");
  await page.getByRole("button", { name: "Set silence" }).click();
  const silence = page.locator("#silences > li", { hasText: `new disk ${look.name}` });
  await silence.waitFor();
  await page.locator(".calendar .entry", { hasText: "mount:/srv" }).first().waitFor();
  await fine("quiet-set");
  await silence.getByRole("button", { name: /^End/ }).click();
  await page.getByRole("status").getByText(/ended/).waitFor();
  assert.equal(await silence.count(), 0);
}
