// The start page: is all well, what burns, and what can be done about it from a phone.

export const looks = ["phone-dark", "desktop-light", "phone-light-noscript"];

export default async function ({ see, fine, page, assert, look }) {
  await see("/", "tonight");
  assert.match(await page.locator("#answer h1").innerText(), /trouble/);
  const burning = page.locator("#burning article", { hasText: "shop" });
  assert.equal(await burning.count(), 1);
  assert.match(await page.locator("#vitals").innerText(), /CPU[\s\S]*Memory[\s\S]*Disk/);
  assert.match(await page.locator("#monitors").innerText(), /shop/);
  assert.match(await page.locator("#heartbeats").innerText(), /Backup/);

  // Each of the three next actions is there; silencing opens without a script.
  await burning.getByRole("link", { name: /^Show/ }).waitFor();
  await burning.getByText("Silence for…").click();
  await burning.getByRole("button", { name: "4 hours" }).waitFor();
  await fine("tonight-silence");

  if (look.isPhone) {
    await page.locator(".first summary", { hasText: "More" }).click();
    await page.locator(".first").getByRole("link", { name: "Settings" }).waitFor();
  }
  if (!look.hasScript) return;
  await page.locator("[data-live-state=on]").waitFor();
  await page.goto("/");
  await page.keyboard.press("g");
  await page.keyboard.press("a");
  await page.waitForURL(/\/alerts$/);
  await page.keyboard.press("?");
  await page.locator("dialog#keys[open]").waitFor();
  await fine("keys");
  await page.keyboard.press("Escape");
  await page.locator("dialog#keys[open]").waitFor({ state: "detached" }).catch(() => {});
  assert.equal(await page.locator("dialog#keys[open]").count(), 0);
}
