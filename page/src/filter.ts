// `<input data-filter="#list">` shows only rows (`[data-text]`) that have all its words,
// `<button data-tag="prod" data-of="#list">` only rows with that tag in `data-tags="prod,web"`,
// `<button data-sort="trouble" data-of="#list">` orders them by their `data-sort-trouble`.
// `[data-shown="#list"]` says how many there are, `[data-none="#list"]` is there when there are none.

import { all, enhance } from "./piece";

interface Row {
  element: HTMLElement;
  text: string;
  tags: string[];
}

interface State {
  words: string[];
  tags: Set<string>;
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
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-tag][data-of], [data-sort][data-of]");
    const list = button?.dataset["of"];
    if (!button || !list) return;
    event.preventDefault();
    if (button.dataset["sort"]) sort(list, button);
    else toggle(list, button);
  });
  enhance((root) => {
    for (const field of all<HTMLInputElement>(root, "[data-filter]")) {
      // Enter would ask the server for what is here already.
      field.form?.addEventListener("submit", (event) => field.form?.method === "get" && event.preventDefault());
      state(field.dataset["filter"] ?? "").words = words(field.value);
    }
    for (const button of all(root, '[data-tag][data-of][aria-pressed="true"]'))
      state(button.dataset["of"] ?? "").tags.add(button.dataset["tag"] ?? "");
    for (const [list, of] of states) {
      delete of.rows;
      apply(list);
    }
  });
}

function state(list: string): State {
  let found = states.get(list);
  if (!found) states.set(list, (found = { words: [], tags: new Set(), waits: false }));
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

function toggle(list: string, button: HTMLElement): void {
  const { tags } = state(list);
  const tag = button.dataset["tag"] ?? "";
  const isOn = !tags.delete(tag);
  if (isOn) tags.add(tag);
  button.setAttribute("aria-pressed", String(isOn));
  soon(list);
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
    tags: (element.dataset["tags"] ?? "").split(","),
  }));
  return of.rows;
}

/** Reads nothing of the layout, and writes only what changes. */
function apply(list: string): void {
  const of = state(list);
  const tags = [...of.tags];
  let shown = 0;
  for (const row of rows(list)) {
    const fits = of.words.every((word) => row.text.includes(word)) && tags.every((tag) => row.tags.includes(tag));
    if (fits) shown += 1;
    if (row.element.hidden === fits) row.element.hidden = !fits;
  }
  const root = document.querySelector(list);
  for (const group of root?.querySelectorAll<HTMLElement>("[data-group]") ?? [])
    group.hidden = !group.querySelector("[data-text]:not([hidden])");
  const ofThis = (name: string) => all(document, `[${name}="${CSS.escape(list)}"]`);
  const count = rows(list).length;
  for (const place of ofThis("data-shown")) place.textContent = shown === count ? String(count) : `${shown} of ${count}`;
  for (const place of ofThis("data-none")) place.hidden = shown > 0;
}

function sort(list: string, button: HTMLElement): void {
  const by = `data-sort-${button.dataset["sort"]}`;
  const isAgain = button.getAttribute("aria-pressed") === "true";
  const isDown = isAgain ? button.dataset["down"] === undefined : false;
  for (const other of all(document, `[data-sort][data-of="${CSS.escape(list)}"]`)) {
    other.setAttribute("aria-pressed", String(other === button));
    delete other.dataset["down"];
  }
  if (isDown) button.dataset["down"] = "";
  const sign = isDown ? -1 : 1;
  const byParent = new Map<Element, HTMLElement[]>();
  for (const { element } of rows(list)) {
    const parent = element.parentElement;
    if (!parent) continue;
    const beside = byParent.get(parent);
    if (beside) beside.push(element);
    else byParent.set(parent, [element]);
  }
  for (const [parent, elements] of byParent) {
    const keyed = elements.map((element) => [element.getAttribute(by) ?? "", element] as const);
    keyed.sort(([one], [other]) => sign * compare(one, other));
    parent.append(...keyed.map(([, element]) => element));
  }
  delete state(list).rows;
}

const collator = new Intl.Collator(undefined, { numeric: true });

function compare(one: string, other: string): number {
  const difference = Number(one) - Number(other);
  return one === "" || other === "" || Number.isNaN(difference) ? collator.compare(one, other) : difference;
}
