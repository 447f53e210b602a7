export const looks = ["phone-dark"];

export default async function ({ see, fine, page, assert }) {
  await see("/incidents", "incidents");
  await page.getByText("Open an incident by hand").click();
  await page.getByLabel("What you saw").fill("<b>a shell</b> nobody knows");
  await page.getByRole("button", { name: "Open it" }).click();
  assert.equal(await page.locator("h1").innerText(), "<b>a shell</b> nobody knows");
  await page.getByLabel("What you did or saw").fill("took it off <i>the network</i>");
  await page.getByRole("button", { name: "Note it" }).click();
  await page.locator("#log").getByText("took it off <i>the network</i>").waitFor();
  await fine("incident");
  await page.getByRole("link", { name: "Read and write it" }).click();
  await page.locator("textarea").fill("# What happened\n\n**Nothing** <script>much</script>");
  await page.getByRole("button", { name: "Preview" }).click();
  await page.locator(".prose strong").getByText("Nothing").waitFor();
  assert.equal(await page.locator(".prose script").count(), 0);
  await fine("incident-preview");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("is saved.").waitFor();
  await page.getByRole("link", { name: /^Incident / }).click();
  await page.getByText("Close the incident").click();
  await page.getByLabel("Why it is over").fill("it was a test");
  await page.getByRole("button", { name: "Close it" }).click();
  await page.locator("#log").getByText("Closed: it was a test").waitFor();
  await fine("incident-closed");
}
