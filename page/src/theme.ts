// `<button data-theme-set="auto|light|dark">`. The cookie has the server write the next page in it
// from its first byte on; the storage outlives a cleared or ended cookie.

import { all, enhance } from "./piece";

const THEMES = ["auto", "light", "dark"];

export function theme(): void {
  const kept = read();
  const written = document.documentElement.dataset["theme"];
  if (kept && kept !== (written ?? "auto")) set(kept);
  enhance(show);
  document.addEventListener("click", (event) => {
    const wanted = (event.target as Element).closest<HTMLElement>("[data-theme-set]")?.dataset["themeSet"];
    if (!wanted || !THEMES.includes(wanted)) return;
    event.preventDefault();
    set(wanted);
    show(document);
  });
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
  const now = document.documentElement.dataset["theme"] || "auto";
  for (const button of all(root, "[data-theme-set]")) {
    button.hidden = false;
    button.setAttribute("aria-pressed", String(button.dataset["themeSet"] === now));
  }
}
