// From when to when all charts of the page go. Zoomed times are asked for anew, so that there are more
// steps to see; the address of the page follows, and can be given to somebody.

export interface Zoom {
  set(from: number, until: number): void;
  back(): void;
  isZoomed(): boolean;
  address(of: string): string;
  onchange: () => void;
}

/** Seconds. */
const SHORTEST = 120;
const LONGEST = 730 * 86400;
const before: (readonly [number, number] | null)[] = [];
let now: readonly [number, number] | null = null;

const button = document.querySelector<HTMLElement>("[data-zoom-back]");

export const zoom: Zoom = {
  onchange() {},

  set(from, until) {
    const half = Math.min(Math.max(until - from, SHORTEST), LONGEST) / 2;
    const middle = (from + until) / 2;
    // Nothing is measured ahead.
    const end = Math.min(Math.ceil(middle + half), Math.floor(Date.now() / 1000));
    before.push(now);
    now = [Math.min(Math.floor(middle - half), end - SHORTEST), end];
    tell();
  },

  back() {
    const last = before.pop();
    if (last === undefined) return;
    now = last;
    tell();
  },

  isZoomed: () => now !== null,

  address(of) {
    const url = new URL(of, location.href);
    if (now) {
      url.searchParams.delete("range");
      url.searchParams.set("from", String(now[0]));
      url.searchParams.set("until", String(now[1]));
    }
    return url.pathname + url.search;
  },
};

const page = new URL(location.href);

function offer(): void {
  if (button) button.hidden = before.length === 0;
}

function tell(): void {
  offer();
  const to = new URL(page);
  if (now) {
    to.searchParams.delete("range");
    to.searchParams.set("from", String(now[0]));
    to.searchParams.set("until", String(now[1]));
  }
  history.replaceState(history.state, "", to);
  zoom.onchange();
}

button?.addEventListener("click", () => zoom.back());
// The server hides it again whenever it writes the page anew.
document.addEventListener("piece", offer);
