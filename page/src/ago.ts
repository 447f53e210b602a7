// `<time datetime="…" data-ago>` keeps saying how long ago that was, by the server's clock.

import { all, enhance } from "./piece";

const STEPS: [number, string][] = [
  [86400, "d"],
  [3600, "h"],
  [60, "min"],
];

/** How much the clock here is ahead of the server's, in milliseconds. */
let ahead = 0;

export function ago(): void {
  const now = Date.parse(document.body.dataset["now"] ?? "");
  if (!Number.isNaN(now)) ahead = Date.now() - now;
  enhance(refresh);
  setInterval(() => document.hidden || refresh(document), 15_000);
  document.addEventListener("visibilitychange", () => document.hidden || refresh(document));
}

function refresh(root: ParentNode): void {
  for (const time of all<HTMLTimeElement>(root, "time[data-ago]")) {
    const said = since(Date.parse(time.dateTime), Date.now() - ahead);
    if (said && time.textContent !== said) time.textContent = said;
  }
}

/** "3 min ago", "in 2 h", "now". */
export function since(then: number, now: number): string {
  if (Number.isNaN(then)) return "";
  const seconds = Math.round(Math.abs(now - then) / 1000);
  const step = STEPS.find(([length]) => seconds >= length);
  if (!step) return "now";
  const span = `${Math.floor(seconds / step[0])} ${step[1]}`;
  return then <= now ? `${span} ago` : `in ${span}`;
}
