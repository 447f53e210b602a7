// `<button data-theme-set="auto|light|dark">`, or `<button data-theme-switch>` for one after the
// other. The cookie has the server write the next page in it
// from its first byte on; the storage outlives a cleared or ended cookie.

import { all, enhance } from "./piece";
import { say } from "./say";

const THEMES = ["auto", "light", "dark"];

export function theme(): void {
  const kept = read();
  if (kept && kept !== current()) set(kept);
  enhance(show);
  document.addEventListener("click", (event) => {
    const at = event.target as Element;
    const wanted = at.closest("[data-theme-switch]")
      ? (THEMES[(THEMES.indexOf(current()) + 1) % THEMES.length] ?? "auto")
      : at.closest<HTMLElement>("[data-theme-set]")?.dataset["themeSet"];
    if (!wanted || !THEMES.includes(wanted)) return;
    event.preventDefault();
    set(wanted);
    show(document);
    say(wanted === "auto" ? "Light or dark as the device has it" : `Always ${wanted}`);
  });
}

function current(): string {
  return document.documentElement.dataset["theme"] || "auto";
}

function read(): string | undefined {
  try {
    const kept = localStorage.getItem("theme") ?? undefined;
    return kept && THEMES.includes(kept) ? kept : undefined;
  } catch {
    return undefined;
  }
}

function set(wanted: string): void {
  document.documentElement.dataset["theme"] = wanted;
  document.cookie = `theme=${wanted}; Path=/; Max-Age=31536000; SameSite=Lax`;
  try {
    localStorage.setItem("theme", wanted);
  } catch {
    // Without storage the cookie alone has to do.
  }
  // Charts are drawn in the page's colours.
  document.dispatchEvent(new CustomEvent("theme"));
}

function show(root: ParentNode): void {
  const now = current();
  for (const button of all(root, "[data-theme-switch]")) {
    button.hidden = false;
    button.title = now === "auto" ? "As the device has it" : now === "light" ? "Light" : "Dark";
  }
  for (const button of all(root, "[data-theme-set]")) {
    button.hidden = false;
    button.setAttribute("aria-pressed", String(button.dataset["themeSet"] === now));
  }
}
