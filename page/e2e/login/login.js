// Logging in: a one-time link, a password, a passkey, codes, sessions, and what a viewer may.

import { createHmac } from "node:crypto";

export const looks = ["phone-light", "desktop-dark"];

const PASSWORD = "four words at random";

export default async function ({ fine, page, context, base, assert, look, nightkeep, allow }) {
  const name = `ann-${look.name}`;
  // Browsers have passkeys only by a name.
  const here = base.replace("127.0.0.1", "localhost");
  const link = async (...words) => (await nightkeep("account", "link", ...words)).match(/\/link\/\S+/)[0];
  allow(/422/);
  const first = await link();
  await page.goto(`${here}/monitors?q=x`);
  await page.waitForURL(/\/login\?next=/);
  await fine("login-nobody");
  await page.goto(here + first);
  await fine("link");
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Password", { exact: true }).fill("short");
  await page.getByLabel(/once more/).fill("short");
  await page.locator("form").evaluate((form) => (form.noValidate = true));
  await page.getByRole("button").click();
  await page.getByRole("alert").waitFor();
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByLabel(/once more/).fill(PASSWORD);
  await page.getByRole("button").click();
  await page.waitForURL((url) => !url.pathname.startsWith("/link"));
  const cookies = await context.cookies(here);
  const session = cookies.find((cookie) => cookie.name.includes("nightkeep") && !cookie.name.includes("said"));
  assert.ok(session.httpOnly && session.sameSite === "Strict", JSON.stringify(session));

  // Good once.
  allow(/40[0-9]|410|403/);
  await page.goto(here + first);
  assert.match(await page.locator("main").innerText(), /was used/);

  await page.goto(`${here}/account`);
  await fine("account");
  const phone = await context.newCDPSession(page);
  await phone.send("WebAuthn.enable");
  await phone.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true },
  });
  const passkey = page.locator("form[data-passkey=register]");
  await passkey.getByLabel("What you call it").fill("phone");
  await passkey.getByLabel("Your password").fill(PASSWORD);
  await passkey.getByRole("button", { name: "Add a passkey" }).click();
  await page.getByText("phone", { exact: true }).waitFor();

  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await page.goto(`${here}/login`);
  await fine("login");
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/login"));
  await page.goto(`${here}/account`);
  assert.match(await page.locator("main").innerText(), new RegExp(name));

  // Codes, and then a login needs one.
  await page.getByRole("link", { name: "Set up codes" }).click();
  await fine("codes-new");
  const secret = (await page.locator("main").innerText()).match(/[A-Z2-7]{4}[A-Z2-7 ]{12,}/)[0].replace(/ /g, "");
  await page.locator('main input[type="password"]').first().fill(PASSWORD).catch(() => {});
  await page.locator('main input[name="code"]').fill(code(secret, 0));
  await page.getByRole("main").getByRole("button").last().click();
  await page.getByText("Write these down").waitFor();
  await fine("codes-of-paper");
  await page.goto(`${here}/account`);
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await page.goto(`${here}/login`);
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.locator('input[name="code"]').waitFor();
  await fine("login-code");
  await page.locator('input[name="code"]').fill(code(secret, 1));
  await page.getByRole("main").getByRole("button").first().click();
  await page.waitForURL((url) => !url.pathname.startsWith("/login"));

  await page.goto(`${here}/settings/accounts`);
  await fine("accounts");
  await page.goto(`${here}/settings/changes`);
  assert.match(await page.locator("main").innerText(), new RegExp(`${name}[\\s\\S]*logged in`));
  await fine("changes");

  // A viewer looks, and that is all.
  const other = await context.browser().newContext({ baseURL: here });
  const viewer = await other.newPage();
  await viewer.goto(here + (await link("--role", "viewer")));
  await viewer.getByLabel("Name", { exact: true }).fill(`eve-${look.name}`);
  await viewer.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await viewer.getByLabel(/once more/).fill(PASSWORD);
  await viewer.getByRole("button").click();
  await viewer.waitForURL((url) => !url.pathname.startsWith("/link"));
  await viewer.goto(`${here}/`);
  assert.equal(await viewer.getByRole("button", { name: "Acknowledge" }).count(), 0);
  assert.equal((await viewer.goto(`${here}/settings/tokens`)).status(), 403);
  const csrf = await viewer.evaluate(async () => (await (await fetch("/account")).text()).match(/name="csrf" value="([^"]+)"/)[1]);
  const forged = await other.request.post(`${here}/alerts/quiet`, { form: { csrf, for: "1h" }, headers: { origin: here } });
  assert.equal(forged.status(), 403);
  // Nor does another site make an owner's browser do something.
  const foreign = await context.request.post(`${here}/alerts/quiet`, { form: { for: "1h" }, headers: { origin: "https://evil.example" } });
  assert.equal(foreign.status(), 403);
  // Who is let in no more sees no more, on a page that is open as well.
  await viewer.goto(`${here}/`);
  await viewer.locator("[data-live-state=on]").waitFor();
  await nightkeep("account", "remove", `eve-${look.name}`);
  await viewer.waitForURL(/\/login/);
  await viewer.goto(`${here}/account`);
  assert.doesNotMatch(await viewer.locator("main").innerText(), /eve-/);
  await other.close();
}

/** The code of a secret (RFC 6238), so many steps from now. */
function code(secret, ahead) {
  const bits = [...secret].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const mac = createHmac("sha1", key).update(step).digest();
  const at = mac[19] & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}
