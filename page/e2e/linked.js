// Every page that links lead to.

/** Of each kind of address a few. */
const OF_A_KIND = 4;

/** Goes to these paths, then to what they link to, up to so many pages; gives each path. */
export async function* linked({ page, base, assert }, first, most) {
  const waiting = [...first];
  const seen = new Set(waiting);
  const kinds = new Map();
  let looked = 0;
  while (waiting.length && looked < most) {
    const path = waiting.shift();
    const answer = await page.goto(path, { waitUntil: "load" });
    if (answer.status() === 404 || !(answer.headers()["content-type"] ?? "").startsWith("text/html")) continue;
    assert.equal(answer.status(), 200, path);
    looked += 1;
    yield path;
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
  }
}
