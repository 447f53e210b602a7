// Goes to every page there is a link to, with hostile text in all that others can write: nothing
// runs, nothing becomes markup, nothing sticks out.

export const looks = ["phone-light", "desktop-dark"];

/** Pages that are looked at, at most; of each kind of address a few. */
const MOST = 140;
const OF_A_KIND = 4;

export default async function ({ page, context, base, assert, fits, nightkeep, look, shot }) {
  const agent = { "user-agent": "<script>window.hit=5</script>" };
  for (const n of [0, 1, 5, 9]) {
    const body = "<script>window.hit=6</script>\n<img src=x onerror=window.hit=7>\u202e\u0000\u001b[31m";
    const [, url] = (await nightkeep("heartbeats", "--json")).match(new RegExp(`"url": "([^"]*/h${n})"`)) ?? [];
    if (url) await context.request.post(url.replace(/^https?:\/\/[^/]+/, base), { data: body, headers: agent });
  }
  page.on("dialog", (dialog) => assert.fail(`a dialog opened: ${dialog.message()}`));
  const waiting = ["/", "/server", "/settings/config", "/alerts/500", "/alerts/505", "/status"];
  const seen = new Set(waiting);
  const kinds = new Map();
  let looked = 0;
  while (waiting.length && looked < MOST) {
    const path = waiting.shift();
    const answer = await page.goto(path, { waitUntil: "load" });
    if (answer.status() === 404 || !(answer.headers()["content-type"] ?? "").startsWith("text/html")) continue;
    assert.equal(answer.status(), 200, path);
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
    const links = await page.evaluate(() => [...document.querySelectorAll("a[href]")].map((one) => one.href));
    for (const link of links) {
      const url = new URL(link);
      const next = url.pathname + url.search;
      const kind = url.pathname.replace(/\/[^/]*(%|\d)[^/]*/g, "/*") + [...url.searchParams.keys()].join();
      if (url.origin !== new URL(base).origin || seen.has(next) || (kinds.get(kind) ?? 0) >= OF_A_KIND) continue;
      if (/^\/(api|ping|live|logout)/.test(url.pathname)) continue;
      seen.add(next);
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      waiting.push(next);
    }
    if (["/", "/monitors", "/security", "/alerts/history"].includes(path)) await shot(`hostile${path.replace(/\//g, "-")}`);
  }
  assert.ok(looked > 25, `only ${looked} pages were looked at`);
  console.log(`     ${looked} pages in ${look.name}`);
}
