// `<button data-copy="#id" hidden>` copies what that element says (or its value), or the text itself.

import { all, enhance } from "./piece";
import { say } from "./say";
import { t } from "./text";

export function copy(): void {
  if (!window.isSecureContext && !document.queryCommandSupported("copy")) return;
  enhance((root) => {
    for (const button of all(root, "[data-copy]")) button.hidden = false;
  });
  document.addEventListener("click", async (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-copy]");
    if (!button) return;
    event.preventDefault();
    const done = await write(text(button.dataset["copy"] ?? ""));
    const sentence = t(done ? "copied" : "not-copied");
    say(sentence);
    const label = button.dataset["label"] ?? button.textContent ?? "";
    button.dataset["label"] = label;
    button.textContent = sentence;
    setTimeout(() => (button.textContent = label), 2000);
  });
}

function text(asked: string): string {
  const place = asked.startsWith("#") && document.getElementById(asked.slice(1));
  if (!place) return asked;
  return place instanceof HTMLInputElement || place instanceof HTMLTextAreaElement ? place.value : (place.textContent ?? "").trim();
}

async function write(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Over plain HTTP from another machine there is no clipboard but this one.
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}
