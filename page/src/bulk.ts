// `[data-all]` chooses every shown `[data-one]` of its form or `[data-bulk]`, shift extends to a
// range, `[data-chosen]` says how many, `[data-with-chosen]` is there when there are some.

import { all, enhance } from "./piece";
import { say } from "./say";
import { t } from "./text";

export function bulk(): void {
  let last: HTMLInputElement | undefined;
  document.addEventListener("click", (event) => {
    const box = event.target;
    if (!(box instanceof HTMLInputElement) || box.type !== "checkbox") return;
    const among = bounds(box);
    if (!among) return;
    const boxes = shown(among);
    if (box.dataset["all"] !== undefined) {
      for (const one of boxes) one.checked = box.checked;
    } else if (box.dataset["one"] !== undefined) {
      const [from, to] = [last ? boxes.indexOf(last) : -1, boxes.indexOf(box)];
      if (event.shiftKey && from >= 0)
        for (const one of boxes.slice(Math.min(from, to), Math.max(from, to) + 1)) one.checked = box.checked;
      last = box;
    } else return;
    const chosen = count(among);
    say(t("chosen", { n: chosen }));
  });
  enhance((root) => {
    for (const every of all<HTMLInputElement>(root, "[data-all]")) {
      every.hidden = false;
      const among = bounds(every);
      if (among) count(among);
    }
  });
}

function bounds(box: Element): HTMLElement | null {
  return box.closest<HTMLElement>("[data-bulk]") ?? box.closest("form");
}

/** Boxes of rows that no filter hides. */
function shown(among: Element): HTMLInputElement[] {
  return all<HTMLInputElement>(among, "[data-one]").filter((box) => !box.closest("[hidden]"));
}

function count(among: Element): number {
  // Counts what a filter hides as well: it would be sent.
  const chosen = all<HTMLInputElement>(among, "[data-one]").filter((box) => box.checked).length;
  const boxes = shown(among);
  const isEvery = boxes.length > 0 && boxes.every((box) => box.checked);
  for (const place of all(among, "[data-chosen]")) place.textContent = String(chosen);
  for (const place of all(among, "[data-with-chosen]")) place.hidden = chosen === 0;
  for (const every of all<HTMLInputElement>(among, "[data-all]")) {
    every.checked = isEvery;
    every.indeterminate = chosen > 0 && !isEvery;
  }
  return chosen;
}
