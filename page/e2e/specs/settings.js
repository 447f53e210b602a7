// Settings: tokens shown once, the config with its origins, the status page; and the doctor.

export const looks = ["phone-dark", "desktop-light", "phone-light-noscript"];

export default async function ({ see, go, fine, page, context, base, assert, look }) {
  await see("/settings", "settings");
  await see("/settings/config", "config");
  await page.locator("main").getByText("[store]").waitFor();
  await page.getByRole("searchbox").fill("keep-full");
  await page.getByRole("button", { name: "Search" }).click();
  await page.waitForURL(/q=keep-full/);
  assert.match(await page.locator("table").innerText(), /keep-full/);

  await see("/settings/tokens", "tokens");
  const name = `prometheus ${look.name}`;
  await page.getByLabel("Name").fill(name);
  await page.getByLabel(/^It may/).selectOption("read");
  await page.getByRole("button", { name: "Make token" }).click();
  const token = await page.locator("#token").innerText();
  await fine();
  const bearer = { headers: { authorization: `Bearer ${token}` } };
  const plain = await context.browser().newContext();
  assert.equal((await plain.request.get(`${base}/api/nightkeep/v1/status`, bearer)).status(), 200);
  await go("/settings/tokens");
  assert.equal(await page.locator("#token").count(), 0, "it is shown only once");
  await page.getByRole("button", { name: `Take back ${name}` }).click();
  if (look.hasScript) {
    await page.locator("dialog[open]").waitFor();
    await fine("confirm");
    await page.locator("dialog[open] button").filter({ hasNotText: /cancel|no/i }).first().click();
  }
  await page.getByRole("status").getByText(/no more/).waitFor();
  assert.equal((await plain.request.get(`${base}/api/nightkeep/v1/status`, bearer)).status(), 401);
  await plain.close();

  // A peer: it is asked from here, and calls here.
  await go("/settings/peers");
  await page.getByLabel("Name").fill(`web2 ${look.name}`);
  await page.getByLabel("Its page").fill("watch.example.org");
  await page.getByRole("button", { name: "Add peer" }).click();
  assert.match(await page.getByRole("alert").innerText(), /https:\/\//, "what is wrong is said, and what to write");
  // One half that cannot be made leaves the other unmade.
  for (const [taken, half] of [["Backup", "monitors"], ["shop", "heartbeats"]]) {
    await page.getByLabel("Name").fill(taken);
    await page.getByLabel("Its page").fill(base);
    await page.getByRole("button", { name: "Add peer" }).click();
    await page.getByRole("alert").waitFor();
    assert.doesNotMatch(await (await context.request.get(`${base}/${half}`)).text(), new RegExp(`href="[^"]*/${half}/${taken}"`, "i"));
  }
  await page.getByLabel("Name").fill(`web2 ${look.name}`);
  await page.getByLabel("Its page").fill(base);
  await page.getByRole("button", { name: "Add peer" }).click();
  await page.getByRole("status").getByText("is asked from now on").waitFor();
  await fine("peers");
  const peer = page.locator("#peers li").filter({ hasText: look.name });
  assert.match(await peer.innerText(), /calls here: new/);
  const [call] = (await peer.locator("pre").innerText()).match(/https?:\S+$/m);
  assert.equal((await context.request.get(call)).status(), 200);
  for (let n = 0; n < 50 && !/answers: up[^]*calls here: up/.test(await peer.innerText()); n += 1) {
    await page.waitForTimeout(200);
    await go("/settings/peers");
  }
  assert.match(await peer.innerText(), /answers: up[^]*calls here: up/);
  for (const half of ["answers", "calls here"]) {
    await go("/settings/peers");
    await peer.getByRole("link", { name: half }).click();
    await page.getByRole("link", { name: "Delete…" }).click();
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("status").waitFor();
  }

  await see("/settings/status-page", "status-page-settings");
  assert.match(await page.locator("main").innerText(), /shop/);
  await see("/doctor", "doctor");
  assert.match(await page.locator("main").innerText(), /What is well/);
}
