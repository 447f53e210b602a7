// What scripts say: the words of locale/…/script.ftl, which the server puts before the page's script.

/** The message of that name. `values` go where it has them in braces. */
export function t(name: string, values: Record<string, string | number> = {}): string {
  const words = (globalThis as { words?: Record<string, string> }).words ?? {};
  return (words[name] ?? name).replace(/\{(\w+)\}/g, (_, value: string) => String(values[value] ?? ""));
}

/** The language of the page, for dates. */
export function language(): string {
  const said = document.documentElement.lang || "en";
  // The other English has months before days.
  return said === "en" ? "en-GB" : said;
}
