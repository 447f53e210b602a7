// `<body data-live="/live?page=…">`: what changes on the server is written anew here. An event
// `piece` (`{id, html}`) is one piece, an event `reload` the whole page.

import { isBusy, parse, renew } from "./piece";
import { t } from "./text";

/** A tab that is not looked at for so long is not kept live. */
const HIDDEN = 20_000;
const LONGEST = 60_000;
/** So long without a connection is not worth a word. */
const GRACE = 4000;

/** What waits until nobody is at work in its piece. */
const waiting = new Map<Element, Element>();

export function live(): void {
  const address = document.body.dataset["live"];
  if (!address) return;
  let source: EventSource | undefined;
  let failures = 0;
  let later = 0;
  let hides = 0;
  let dark = 0;
  let wasLost = false;

  const close = () => {
    clearTimeout(later);
    source?.close();
    source = undefined;
  };
  const open = () => {
    close();
    source = new EventSource(address);
    source.onopen = () => {
      clearTimeout(dark);
      dark = 0;
      failures = 0;
      tell("on", t("live"));
      // What was missed meanwhile.
      if (wasLost) void reload();
      wasLost = false;
    };
    source.onmessage = (event: MessageEvent<string>) => take(event.data);
    source.addEventListener("piece", (event) => take(event.data));
    source.addEventListener("reload", () => void reload());
    source.onerror = () => {
      // An end is no failure: the server wants to be asked anew now and then.
      const isRefused = source?.readyState === EventSource.CLOSED;
      close();
      const since = clock();
      dark ||= setTimeout(() => tell("off", t("not-live", { time: since })), GRACE);
      wasLost = true;
      // Perhaps the session is over; and a page that cannot be live is at least not old.
      if (isRefused) void reload();
      const wait = Math.min(LONGEST, 1000 * 2 ** failures) * (0.75 + Math.random() / 2);
      failures += 1;
      later = setTimeout(open, wait);
    };
  };

  document.addEventListener("visibilitychange", () => {
    clearTimeout(hides);
    if (document.hidden) {
      hides = setTimeout(() => {
        close();
        wasLost = true;
      }, HIDDEN);
    } else if (!source) open();
  });
  // Whoever is done with a field or a dialog sees what came meanwhile.
  for (const done of ["focusout", "close", "change", "submit"])
    document.addEventListener(done, () => setTimeout(flush, 0), true);
  // A page that is left keeps no connection, so that it can be gone back to at once.
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    wasLost = true;
    open();
  });
  open();
}

function take(data: string): void {
  let said: unknown;
  try {
    said = JSON.parse(data);
  } catch {
    return;
  }
  if (typeof said !== "object" || said === null || !("id" in said && "html" in said)) return;
  const piece = document.getElementById(String(said.id));
  const fresh = parse(String(said.html));
  if (piece && fresh) place(piece, fresh);
}

function place(piece: Element, fresh: Element): void {
  if (isBusy(piece)) waiting.set(piece, fresh);
  else {
    waiting.delete(piece);
    renew(piece, fresh);
  }
}

function flush(): void {
  for (const [piece, fresh] of [...waiting]) place(piece, fresh);
}

async function reload(): Promise<void> {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    // The session is over, or the page is gone: the whole page says so.
    if (answer.redirected || !answer.ok) return location.reload();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const [main, fresh] = [document.querySelector("main"), page.querySelector("main")];
    if (!main || !fresh) return location.reload();
    document.title = page.title;
    waiting.clear();
    place(main, fresh);
  } catch {
    // The connection went again; the next one asks again.
  }
}

function tell(state: string, sentence: string): void {
  for (const place of document.querySelectorAll<HTMLElement>("[data-live-state]")) {
    place.dataset["liveState"] = state;
    place.textContent = sentence;
  }
}

function clock(): string {
  return new Date().toTimeString().slice(0, 5);
}
