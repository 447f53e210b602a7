// The public status page.

export const looks = ["phone-dark", "desktop-light", "phone-light-noscript"];

export default async function ({ see, page, assert }) {
  await see("/status", "status");
  assert.ok(await page.locator("h1").isVisible());
}
