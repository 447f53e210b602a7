// Makes the pictures of charts interactive: hover, zoom, all of a page together. Without this script
// they stay pictures.

import { plot, type Drawn, type Mark } from "./plot";
import { zoom } from "./zoom";

/** A chart of the recent past is asked for again so often at most. */
const OFTEN = 15_000;

const drawn = new Map<HTMLElement, Drawn>();

async function draw(figure: HTMLElement): Promise<void> {
  const address = zoom.address(figure.dataset["chart"] ?? "");
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  // The session is over, or the server is: the picture stays.
  if (!answer.ok || answer.redirected) return;
  const numbers = await answer.json();
  const before = drawn.get(figure);
  const pointer = before?.pointer() ?? -1;
  before?.destroy();
  const now = plot(figure, numbers, marks(), zoom);
  drawn.set(figure, now);
  // Whoever looks at a moment goes on looking at it.
  if (pointer >= 0) now.point(pointer);
}

/** What happened meanwhile is in a list for readers. */
function marks(): Mark[] {
  return [...document.querySelectorAll<HTMLElement>("[data-mark]")].map((line) => ({
    at: Number(line.dataset["mark"]),
    kind: line.dataset["kind"] ?? "note",
    text: `${line.querySelector("b")?.textContent ?? ""}: ${line.querySelector("bdi")?.textContent ?? ""}`,
  }));
}

function all(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("figure[data-chart]")];
}

/** Only what is looked at is drawn, and what is drawn is what is looked at. */
const seen = new Set<HTMLElement>();
const observer = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      const figure = target as HTMLElement;
      if (!isIntersecting) seen.delete(figure);
      else {
        seen.add(figure);
        if (figure.dataset["stale"] !== "no") void refresh(figure);
      }
    }
  },
  { rootMargin: "200px" },
);

async function refresh(figure: HTMLElement): Promise<void> {
  figure.dataset["stale"] = "no";
  await draw(figure).catch(() => (figure.dataset["stale"] = "yes"));
}

function refreshAll(): void {
  for (const figure of all()) {
    if (seen.has(figure)) void refresh(figure);
    else figure.dataset["stale"] = "yes";
  }
}

zoom.onchange = refreshAll;
document.addEventListener("theme", () => {
  for (const [figure, one] of drawn) {
    one.destroy();
    drawn.delete(figure);
  }
  refreshAll();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", refreshAll);
setInterval(() => {
  const step = Math.min(...[...drawn.values()].map((one) => one.step));
  if (document.hidden || zoom.isZoomed() || step * 1000 > OFTEN * 4) return;
  // Not under somebody's finger.
  if (!document.querySelector(".chart-tip:not([hidden])")) refreshAll();
}, OFTEN);
addEventListener("resize", () => {
  for (const one of drawn.values()) one.resize();
});
for (const figure of all()) observer.observe(figure);
