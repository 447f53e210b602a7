// `<button data-theme-switch>`: as the device has it, light, dark, one after the other. The cookie has
// the server write the next page in it from its first byte on; the storage outlives a cleared or ended
// cookie.

import { all, enhance } from "./piece";
import { say } from "./say";
import { t } from "./text";

const THEMES = ["auto", "light", "dark"];

export function theme(): void {
  const kept = read();
  if (kept && kept !== current()) set(kept);
  enhance(show);
  document.addEventListener("click", (event) => {
    if (!(event.target as Element).closest("[data-theme-switch]")) return;
    const wanted = THEMES[(THEMES.indexOf(current()) + 1) % THEMES.length] ?? "auto";
    event.preventDefault();
    set(wanted);
    show(document);
    say(words(wanted));
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
  for (const button of all(root, "[data-theme-switch]")) {
    button.hidden = false;
    button.title = words(current());
  }
}

function words(theme: string): string {
  return t(theme === "light" ? "theme-light" : theme === "dark" ? "theme-dark" : "theme-auto");
}
