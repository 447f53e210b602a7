// Heartbeats: made with the next times in sight, called, looked at, paused, deleted.

export const looks = ["phone-dark", "desktop-light", "phone-light-noscript"];

export default async function ({ see, fine, page, context, base, assert, look }) {
  const name = `job ${look.name}`;
  await see("/heartbeats", "heartbeats");
  await page.getByRole("link", { name: "Add a heartbeat" }).click();
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("by cron").check();
  await page.locator('[name="cron"]').fill("61 2 * * *");
  const show = page.getByRole("button", { name: "Show the next times" });
  if (!look.hasScript) await show.click();
  await page.getByText(/61/).first().waitFor();
  await page.locator('[name="cron"]').fill("30 2 * * *");
  if (!look.hasScript) await show.click();
  await page.locator("#preview li").nth(4).waitFor();
  assert.match(await page.locator("#preview").innerText(), /02:30/);
  await fine("heartbeat-new");
  await page.getByRole("button", { name: "Save" }).click();
  await page.waitForURL(/\/heartbeats\/job/);
  const url = (await page.locator("main").innerText()).match(/https?:\/\/\S+\/ping\/\S+/)[0];
  const body = "backed up 4 GiB\n<b>all of it</b>";
  assert.equal((await context.request.post(url, { data: body })).status(), 200);
  await page.reload();
  assert.match(await page.locator("main").innerText(), /POST/);
  await fine("heartbeat");
  await page.goto(`${new URL(page.url()).pathname}/pings/1`);
  assert.match(await page.locator("main").innerText(), /<b>all of it<\/b>/);
  await fine("ping-body");
  await page.goBack();
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("status").waitFor();
  await page.getByRole("link", { name: /Delete/ }).click();
  await page.getByRole("main").getByRole("button", { name: /Delete/ }).click();
  await page.waitForURL(/\/heartbeats$/);
  assert.equal(await page.locator("main li", { hasText: name }).count(), 0);
}
