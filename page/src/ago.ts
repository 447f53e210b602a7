// `<time datetime="…" data-ago>` keeps saying how long ago that was, by the server's clock.

import { all, enhance } from "./piece";

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

/** As the server says it: "3 minutes ago", "in 2 days", "just now". */
export function since(then: number, now: number): string {
  if (Number.isNaN(then)) return "";
  const past = Math.floor((now - then) / 1000);
  if (past > -20 && past < 60) return "just now";
  return past > 0 ? `${span(past)} ago` : `in ${span(-past)}`;
}

function span(seconds: number): string {
  let [count, unit] = [Math.round(seconds / 86400), "day"];
  if (seconds < 60) [count, unit] = [seconds, "second"];
  else if (seconds < 3600 || (seconds < 7200 && seconds % 3600)) [count, unit] = [Math.round(seconds / 60), "minute"];
  else if (seconds < 172800) [count, unit] = [Math.round(seconds / 3600), "hour"];
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
