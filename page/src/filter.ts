// `<input data-filter="#list">` shows only rows (`[data-text]`) that have all its words,
// `[data-shown="#list"]` says how many there are, `[data-none="#list"]` is there when there are none.

import { all, enhance } from "./piece";
import { t } from "./text";

interface Row {
  element: HTMLElement;
  text: string;
}

interface State {
  words: string[];
  rows?: Row[];
  waits: boolean;
}

const states = new Map<string, State>();

export function filter(): void {
  document.addEventListener("input", (event) => {
    const field = event.target as HTMLInputElement;
    const list = field.dataset["filter"];
    if (list) {
      state(list).words = words(field.value);
      keep(field);
      soon(list);
    }
  });
  enhance((root) => {
    for (const field of all<HTMLInputElement>(root, "[data-filter]")) {
      // Enter would ask the server for what is here already.
      field.form?.addEventListener("submit", (event) => field.form?.method === "get" && event.preventDefault());
      state(field.dataset["filter"] ?? "").words = words(field.value);
    }
    for (const [list, of] of states) {
      delete of.rows;
      apply(list);
    }
  });
}

function state(list: string): State {
  let found = states.get(list);
  if (!found) states.set(list, (found = { words: [], waits: false }));
  return found;
}

function words(text: string): string[] {
  return text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
}

/** The address has what was searched for, so that going back finds it again. */
function keep(field: HTMLInputElement): void {
  if (!field.name) return;
  const here = new URL(location.href);
  if (field.value) here.searchParams.set(field.name, field.value);
  else here.searchParams.delete(field.name);
  history.replaceState(history.state, "", here);
}

/** Once a frame, however fast somebody types. */
function soon(list: string): void {
  const of = state(list);
  if (of.waits) return;
  of.waits = true;
  requestAnimationFrame(() => {
    of.waits = false;
    apply(list);
  });
}

function rows(list: string): Row[] {
  const of = state(list);
  const root = document.querySelector(list);
  of.rows ??= all(root ?? document.createElement("p"), "[data-text]").map((element) => ({
    element,
    text: (element.dataset["text"] ?? "").toLocaleLowerCase(),
  }));
  return of.rows;
}

/** Reads nothing of the layout, and writes only what changes. */
function apply(list: string): void {
  const of = state(list);
  let shown = 0;
  for (const row of rows(list)) {
    const fits = of.words.every((word) => row.text.includes(word));
    if (fits) shown += 1;
    if (row.element.hidden === fits) row.element.hidden = !fits;
  }
  const root = document.querySelector(list);
  for (const group of root?.querySelectorAll<HTMLElement>("[data-group]") ?? [])
    group.hidden = !group.querySelector("[data-text]:not([hidden])");
  const ofThis = (name: string) => all(document, `[${name}="${CSS.escape(list)}"]`);
  const count = rows(list).length;
  for (const place of ofThis("data-shown")) place.textContent = shown === count ? String(count) : t("shown", { shown, all: count });
  for (const place of ofThis("data-none")) place.hidden = shown > 0;
}
