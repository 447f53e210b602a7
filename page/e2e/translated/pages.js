// The pages in a language whose every letter has a mark: what has none was not said out of the
// catalogue, and could not be translated.

import { linked } from "../linked.js";

export const looks = ["phone-light"];

const MOST = 140;
/** What is no language: names of programs, of kinds, of what this server watches, units. */
const NAMES =
  "nightkeep testhost shop Backup Status local systemd caddy postgresql worker Europe Berlin eth0 wg0 vda srv data var CPU DNS TLS TOML JSON URL UTC CES?T HTTP " +
  "Sigma sudo su fail2ban auditd ssh USER_LOGIN command cron wrap crontab Python Node js PHP PowerShell openapi json status http tls dns tcp udp ping smtp imap postgres mysql redis grpc ntp " +
  "any ipv4 ipv6 AAAA CNAME MX NS TXT SRV CAA SOA PTR POST ignored failure [kKMGTP]i?B ms";
const WORDS = `\\b(${NAMES.split(" ").join("|")})\\b`;
/** Where text of others stands, commands, and examples of what can be typed. */
const OTHERS = "bdi, desc, svg title, noscript, code, pre, kbd, script, style, textarea, input[placeholder], .types b, [name=severity] option, [name=scope] option";

export default async function (test) {
  const { page, assert, fits, look, shot } = test;
  let looked = 0;
  const left = new Map();
  for await (const path of linked(test, ["/", "/server", "/settings/config", "/status", "/account", "/login"], MOST)) {
    looked += 1;
    assert.equal(await page.getAttribute("html", "lang"), "fr", path);
    for (const words of await page.evaluate(unmarked, [OTHERS, WORDS])) if (!left.has(words)) left.set(words, path);
    await fits();
    if (["/", "/settings/peers"].includes(path)) await shot(`translated${path.replace(/\//g, "-")}`);
  }
  assert.equal(left.size, 0, `not out of the catalogue:\n${[...left].map(([words, path]) => `${path}: ${words}`).join("\n")}`);
  assert.ok(looked > 40, `only ${looked} pages were looked at`);
  console.log(`     ${looked} pages in ${look.name}`);
}

function unmarked([others, names]) {
  const found = new Set();
  const look = (text, where) => {
    const words = text.replace(new RegExp(names, "g"), "").trim();
    if (/[A-Za-z]{2,}/.test(words)) found.add(`${where} ${text.trim()}`);
  };
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    if (!node.parentElement.closest(others)) look(node.data, node.parentElement.localName);
  for (const one of document.querySelectorAll("[aria-label], [title], [placeholder], [data-confirm]"))
    if (!one.closest(others)) for (const name of ["aria-label", "title", "placeholder", "data-confirm"]) look(one.getAttribute(name) ?? "", `${one.localName} ${name}`);
  return [...found];
}
