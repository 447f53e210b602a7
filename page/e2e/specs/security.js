export const looks = ["phone-dark", "desktop-light", "phone-light-noscript"];

export default async function ({ see, fine, page, assert }) {
  await see("/security", "security");
  for (const [path, shot] of [
    ["/security/known", "security-trusted"],
    ["/security/failed?by=network", "security-failed"],
    ["/security/bans", "security-bans"],
    ["/security/sudo", "security-sudo"],
    ["/security/hits", "security-hits"],
    ["/security/rules", "security-rules"],
    ["/security/logins", "security-logins"],
  ]) {
    await see(path, shot);
  }
  await see("/security/audit?key=identity&since=yesterday", "security-audit");
  assert.equal(await page.getByLabel("Key", { exact: true }).inputValue(), "identity");
  // What cannot be read as a time is said, not a page that is broken.
  await see("/security/audit?since=never", "security-audit-wrong");
  await page.getByRole("alert").waitFor();
  await fine("security-audit-wrong");
}
