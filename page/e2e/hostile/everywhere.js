// Goes to every page there is a link to, with hostile text in all that others can write: nothing
// runs, nothing becomes markup, nothing sticks out.

import { linked } from "../linked.js";

export const looks = ["phone-light", "desktop-dark"];

/** Pages that are looked at, at most. */
const MOST = 140;

export default async function (test) {
  const { page, context, base, assert, fits, nightkeep, look, shot } = test;
  const agent = { "user-agent": "<script>window.hit=5</script>" };
  for (const n of [0, 1, 5, 9]) {
    const body = "<script>window.hit=6</script>\n<img src=x onerror=window.hit=7>\u202e\u0000\u001b[31m";
    const [, url] = (await nightkeep("heartbeats", "--json")).match(new RegExp(`"url": "([^"]*/h${n})"`)) ?? [];
    if (url) await context.request.post(url.replace(/^https?:\/\/[^/]+/, base), { data: body, headers: agent });
  }
  page.on("dialog", (dialog) => assert.fail(`a dialog opened: ${dialog.message()}`));
  let looked = 0;
  const first = ["/", "/server", "/settings/config", "/alerts/500", "/alerts/505", "/status"];
  for await (const path of linked(test, first, MOST)) {
    looked += 1;
    const found = await page.evaluate(() => ({
      hit: window.hit,
      id: document.getElementById("hit") !== null,
      scripts: [...document.scripts].filter((one) => !one.src.startsWith(location.origin) || one.textContent).length,
      handlers: [...document.querySelectorAll("*")].filter((one) => [...one.attributes].some((at) => at.name.startsWith("on"))).length,
      runs: [...document.querySelectorAll("[href], [src], [action], [formaction]")]
        .flatMap((one) => ["href", "src", "action", "formaction"].map((name) => one.getAttribute(name) ?? ""))
        .filter((url) => /^\s*(javascript|data:text|vbscript)/i.test(url)),
      images: [...document.images].filter((one) => new URL(one.src).pathname.endsWith("/x")).length,
    }));
    const nothing = { id: false, scripts: 0, handlers: 0, runs: [], images: 0 };
    assert.deepEqual(JSON.parse(JSON.stringify(found)), nothing, path);
    await fits().catch((error) => {
      throw new Error(`${path}: ${error.message}`);
    });
    if (["/", "/monitors", "/security", "/alerts/history"].includes(path)) await shot(`hostile${path.replace(/\//g, "-")}`);
  }
  assert.ok(looked > 25, `only ${looked} pages were looked at`);
  console.log(`     ${looked} pages in ${look.name}`);
}
