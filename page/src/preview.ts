// `<fieldset data-preview="ADDRESS" data-shows="#ID">`: while somebody writes into it, that element
// is laid over with what ADDRESS answers to its fields. Its button, for those without a script, goes.

import { all, enhance, parse, renew } from "./piece";

/** So long nobody has to have typed. */
const WAIT = 300;

export function preview(): void {
  const waiting = new WeakMap<Element, number>();
  document.addEventListener("input", (event) => {
    const fields = (event.target as Element).closest<HTMLFieldSetElement>("[data-preview]");
    if (!fields) return;
    clearTimeout(waiting.get(fields));
    waiting.set(
      fields,
      setTimeout(() => void show(fields), WAIT),
    );
  });
  enhance((root) => {
    for (const button of all(root, "[data-live-preview]")) button.hidden = true;
  });
}

async function show(fields: HTMLFieldSetElement): Promise<void> {
  const asked = new URLSearchParams();
  for (const field of fields.elements) {
    const { name, value, type, checked } = field as HTMLInputElement;
    if (name && (type !== "radio" || checked)) asked.append(name, value);
  }
  try {
    const answer = await fetch(`${fields.dataset["preview"]}?${asked}`, { headers: { accept: "text/html" } });
    const place = document.querySelector(fields.dataset["shows"] ?? "");
    if (!answer.ok || answer.redirected || !place) return;
    const made = parse(await answer.text());
    if (made) renew(place, made);
  } catch {
    // What is shown is older than what is typed; the server says the rest when it is saved.
  }
}
