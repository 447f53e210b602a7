// One chart, drawn by uPlot out of the server's numbers.

import uPlot from "uplot";
import { language, t } from "./text";
import { increments, show, type Unit } from "./units";
import type { Zoom } from "./zoom";

export interface Mark {
  at: number;
  kind: string;
  text: string;
}

interface Numbers {
  unit: Unit;
  zone: string;
  stacked: boolean;
  top: number | null;
  from: number;
  step: number;
  count: number;
  until: number;
  lines: { name: string; mean: Column; min?: Column; max?: Column }[];
  forecast: { from: [number, number]; end: [number, number]; full: number } | null;
}

type Column = (number | null)[];

export interface Drawn {
  step: number;
  /** Where the pointer is, in pixels; negative if it is elsewhere. */
  pointer(): number;
  point(left: number): void;
  resize(): void;
  destroy(): void;
}

const HEIGHT = 196;
/** Marks nearer than this, in pixels, are told at once. */
const NEAR = 12;

/** Draws it in place of the picture. */
export function plot(figure: HTMLElement, numbers: Numbers, marks: Mark[], zoom: Zoom): Drawn {
  const picture = figure.querySelector<HTMLElement>(".chart-live") ?? place(figure);
  const width = () => Math.max(picture.clientWidth, 200);
  const style = getComputedStyle(figure);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const tip = new Tip(picture, numbers, marks);
  const { data, series, bands } = columns(numbers, colour);
  const date = (seconds: number) => uPlot.tzDate(new Date(seconds * 1000), numbers.zone);
  const axis = { stroke: colour("soft"), grid: { stroke: colour("line"), width: 1 }, ticks: { show: false }, font: `11px ${style.fontFamily}` };
  const options: uPlot.Options = {
    width: width(),
    height: HEIGHT,
    tzDate: date,
    fmtDate: (form) => uPlot.fmtDate(form, names()),
    padding: [12, 4, 0, 0],
    legend: { show: false },
    cursor: {
      // The others follow the pointer; a zoom reaches them through the page.
      sync: { key: "page", setSeries: false, filters: { pub: isMove, sub: isMove } },
      drag: { x: true, y: false, setScale: false },
      points: { size: 6 },
      y: false,
    },
    scales: {
      x: { time: true, min: numbers.from, max: numbers.until },
      y: { range: (_, __, max) => [0, numbers.top ?? Math.max(max * 1.05, least(numbers.unit))] },
    },
    series: [{}, ...series],
    bands,
    axes: [
      { ...axis, size: 38, space: 56, values: times() },
      { ...axis, size: 62, space: 36, gap: 4, incrs: increments(numbers.unit), values: (_, ticks) => ticks.map((value) => (value === 0 ? "0" : numbers.unit === "number" ? String(Number(value.toFixed(3))) : show(numbers.unit, value))) },
    ],
    hooks: {
      draw: [(chart) => flags(chart, marks, colour)],
      setCursor: [(chart) => tip.show(chart)],
      setSelect: [
        (chart) => {
          const { left, width } = chart.select;
          if (width < 4) return;
          const [from, until] = [chart.posToVal(left, "x"), chart.posToVal(left + width, "x")];
          chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          zoom.set(from, until);
        },
      ],
    },
  };
  const chart = new uPlot(options, data, picture);
  const stop = new AbortController();
  keys(chart, picture, zoom, stop.signal);
  touch(chart, picture, zoom, stop.signal);
  chart.over.addEventListener("dblclick", () => zoom.back(), { signal: stop.signal });
  return {
    step: numbers.step,
    pointer: () => chart.cursor.left ?? -1,
    point: (left) => chart.setCursor({ left, top: 10 }),
    resize: () => chart.setSize({ width: width(), height: HEIGHT }),
    destroy() {
      stop.abort();
      tip.remove();
      chart.destroy();
    },
  };
}

/** The picture goes, what is read aloud stays: its title and what it says. */
function place(figure: HTMLElement): HTMLElement {
  const made = document.createElement("div");
  made.className = "chart-live";
  made.setAttribute("data-own", "");
  made.tabIndex = 0;
  made.setAttribute("role", "application");
  const picture = figure.querySelector("svg.picture");
  const title = figure.querySelector("h3")?.textContent ?? "";
  made.setAttribute("aria-label", t("chart-keys", { title }));
  if (picture) picture.replaceWith(made);
  else figure.querySelector("figcaption")?.after(made);
  return made;
}

function columns(numbers: Numbers, colour: (name: string) => string) {
  const at = Array.from({ length: numbers.count }, (_, n) => numbers.from + n * numbers.step);
  const data: (number | null | undefined)[][] = [at];
  const series: uPlot.Series[] = [];
  const bands: uPlot.Band[] = [];
  const below: number[] = new Array(numbers.count).fill(0);
  numbers.lines.forEach((line, n) => {
    const stroke = colour(`s${n}`);
    const points = { show: false };
    if (numbers.stacked) {
      data.push(line.mean.map((value, k) => (value === null ? null : (below[k] = (below[k] ?? 0) + value))));
      series.push({ label: line.name, stroke, fill: `${stroke}bb`, width: 1, points });
      // Each layer reaches down to the one below, not to the floor.
      if (n > 0) bands.push({ series: [n + 1, n], fill: `${stroke}bb` });
      return;
    }
    data.push(line.mean);
    const alone = numbers.lines.length === 1 && !line.min;
    series.push({ label: line.name, stroke, width: 1.5, points, ...(alone ? { fill: `${stroke}2e` } : {}) });
    if (line.min && line.max) {
      data.push(line.max, line.min);
      const edge = { show: true, stroke: "transparent", width: 0, points };
      series.push({ ...edge, label: "most" }, { ...edge, label: "least" });
      bands.push({ series: [2, 3], fill: `${stroke}2e` });
    }
  });
  if (numbers.forecast) ahead(numbers, data, series, colour("s0"));
  return { data: data as unknown as uPlot.AlignedData, series, bands };
}

/** A line of its own goes on to where it ends, dashed. */
function ahead(numbers: Numbers, data: (number | null | undefined)[][], series: uPlot.Series[], stroke: string): void {
  const { from, end } = numbers.forecast!;
  const at = data[0] as number[];
  for (let next = (at.at(-1) ?? from[0]) + numbers.step; next < end[0]; next += numbers.step) at.push(next);
  if ((at.at(-1) ?? 0) < end[0]) at.push(end[0]);
  for (const column of data.slice(1)) while (column.length < at.length) column.push(null);
  const rise = (end[1] - from[1]) / Math.max(end[0] - from[0], 1);
  data.push(at.map((second) => (second < from[0] || second > end[0] ? null : from[1] + (second - from[0]) * rise)));
  series.push({ label: t("ahead"), stroke, width: 1.5, dash: [5, 4], points: { show: false } });
}

function least(unit: Unit): number {
  return unit === "ratio" ? 0.01 : unit === "celsius" ? 40 : unit === "number" ? 1 : unit === "seconds" ? 0.01 : 1024;
}

function isMove(type: string): boolean {
  return type === "mousemove" || type === "mouseleave";
}

/** Days and months as the page's language calls them. */
function names(): uPlot.DateNames {
  const language = document.documentElement.lang || "en";
  const all = (count: number, form: Intl.DateTimeFormatOptions, at: (n: number) => number) => {
    const { format } = new Intl.DateTimeFormat(language, { ...form, timeZone: "UTC" });
    return Array.from({ length: count }, (_, n) => format(at(n)));
  };
  // 2023 began on a Sunday.
  const month = (n: number) => Date.UTC(2023, n, 1);
  const day = (n: number) => Date.UTC(2023, 0, 1 + n);
  return {
    MMMM: all(12, { month: "long" }, month),
    MMM: all(12, { month: "short" }, month),
    WWWW: all(7, { weekday: "long" }, day),
    WWW: all(7, { weekday: "short" }, day),
  };
}

/** Times in the server's zone, 24 hours a day. */
function times(): (string | number | null)[][] {
  const day = "\n{D} {MMM}";
  return [
    [86400 * 28, "{MMM}", "\n{YYYY}", null, null, null, null, null, 1],
    [86400, "{D} {MMM}", "\n{YYYY}", null, null, null, null, null, 1],
    [60, "{HH}:{mm}", day, null, day, null, null, null, 1],
    [1, "{HH}:{mm}:{ss}", day, null, day, null, null, null, 1],
  ];
}

/** What happened, as flags. */
function flags(chart: uPlot, marks: Mark[], colour: (name: string) => string): void {
  const { ctx, bbox } = chart;
  const size = devicePixelRatio;
  ctx.save();
  for (const mark of marks) {
    const x = chart.valToPos(mark.at, "x", true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.fillStyle = ctx.strokeStyle = colour(`m-${mark.kind}`) || colour("m-note");
    ctx.lineWidth = size;
    const top = bbox.top - 10 * size;
    ctx.beginPath();
    ctx.moveTo(x, top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.globalAlpha = 0.45;
    ctx.stroke();
    ctx.globalAlpha = 1;
    ctx.beginPath();
    ctx.moveTo(x, top);
    ctx.lineTo(x + 8 * size, top);
    ctx.lineTo(x + 6 * size, top + 3 * size);
    ctx.lineTo(x + 8 * size, top + 6 * size);
    ctx.lineTo(x, top + 6 * size);
    ctx.fill();
  }
  ctx.restore();
}

/** What is under the pointer, in words. */
class Tip {
  readonly #box = document.createElement("div");

  constructor(
    readonly picture: HTMLElement,
    readonly numbers: Numbers,
    readonly marks: Mark[],
  ) {
    this.#box.className = "chart-tip";
    this.#box.hidden = true;
    this.#box.setAttribute("role", "status");
    picture.append(this.#box);
  }

  remove(): void {
    this.#box.remove();
  }

  show(chart: uPlot): void {
    const { left = -1, idx } = chart.cursor;
    // Others follow with their line alone: one tip is enough.
    const isHere = this.picture.matches(":hover, :focus, :focus-within");
    this.#box.hidden = left < 0 || idx === null || idx === undefined || !isHere;
    if (this.#box.hidden || idx === null || idx === undefined) return;
    const at = chart.data[0][idx] ?? 0;
    const when = new Intl.DateTimeFormat(language(), {
      timeZone: this.numbers.zone,
      weekday: "short",
      day: "numeric",
      month: "short",
      hour: "2-digit",
      minute: "2-digit",
      ...(this.numbers.step < 60 ? { second: "2-digit" as const } : {}),
    }).format(at * 1000);
    const rows = [line(when)];
    this.numbers.lines.forEach(({ name, mean, min, max }, n) => {
      const value = show(this.numbers.unit, mean[idx]);
      if (idx >= mean.length) return;
      const [least, most] = [show(this.numbers.unit, min?.[idx]), show(this.numbers.unit, max?.[idx])];
      const isBetween = min && max && mean[idx] !== null;
      rows.push(line(isBetween ? t("value-between", { name, value, least, most }) : `${name} ${value}`, `s${n}`));
    });
    const { forecast } = this.numbers;
    if (forecast && at > forecast.from[0]) rows.push(line(t("ahead"), "s0"));
    const near = this.marks.filter((mark) => Math.abs(chart.valToPos(mark.at, "x") - left) < NEAR).slice(0, 6);
    for (const mark of near) rows.push(line(mark.text, `m-${mark.kind}`));
    this.#box.replaceChildren(...rows);
    const room = this.picture.clientWidth;
    const x = left + chart.over.offsetLeft;
    const beside = x > room / 2 ? x - this.#box.offsetWidth - 12 : x + 12;
    this.#box.style.transform = `translate(${Math.max(0, Math.min(beside, room - this.#box.offsetWidth))}px, 8px)`;
  }
}

/** Words of others are text, never HTML. */
function line(words: string, key?: string): HTMLElement {
  const made = document.createElement("div");
  if (key) {
    const sign = document.createElement("i");
    sign.className = key;
    made.append(sign);
  }
  made.append(words);
  return made;
}

function keys(chart: uPlot, picture: HTMLElement, zoom: Zoom, signal: AbortSignal): void {
  picture.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const [from, until] = [chart.scales["x"]?.min ?? 0, chart.scales["x"]?.max ?? 0];
      const length = until - from;
      const last = chart.data[0].length - 1;
      const at = chart.cursor.idx ?? last;
      const move = (to: number) => {
        const place = Math.max(0, Math.min(last, to));
        chart.setCursor({ left: chart.valToPos(chart.data[0][place] ?? from, "x"), top: 10 });
      };
      const middle = chart.data[0][at] ?? from + length / 2;
      const page = Math.max(1, Math.round(last / 20));
      const done = {
        ArrowLeft: () => move(at - (event.shiftKey ? page : 1)),
        ArrowRight: () => move(at + (event.shiftKey ? page : 1)),
        Home: () => move(0),
        End: () => move(last),
        "+": () => zoom.set(middle - length / 4, middle + length / 4),
        "=": () => zoom.set(middle - length / 4, middle + length / 4),
        "-": () => zoom.set(middle - length, middle + length),
        Escape: () => zoom.back(),
      }[event.key];
      if (!done) return;
      event.preventDefault();
      done();
    },
    { signal },
  );
  picture.addEventListener("blur", () => chart.setCursor({ left: -10, top: -10 }), { signal });
}

/** A finger moves the line, or drags the time along once it is zoomed; two fingers zoom. */
function touch(chart: uPlot, picture: HTMLElement, zoom: Zoom, signal: AbortSignal): void {
  let began: { x: number; gap: number; from: number; until: number } | undefined;
  let wanted: readonly [number, number] | undefined;
  const place = (event: TouchEvent) => {
    const xs = [...event.touches].map((touch) => touch.clientX - chart.over.getBoundingClientRect().left);
    const [one = 0, other = one] = xs;
    return { x: (one + other) / 2, gap: Math.abs(one - other) };
  };
  picture.addEventListener(
    "touchstart",
    (event) => {
      const { min = 0, max = 0 } = chart.scales["x"] ?? {};
      began = { ...place(event), from: min, until: max };
      wanted = undefined;
    },
    { passive: true, signal },
  );
  picture.addEventListener(
    "touchmove",
    (event) => {
      if (!began) return;
      const { x, gap } = place(event);
      const length = began.until - began.from;
      const width = chart.over.clientWidth;
      if (event.touches.length === 2 && began.gap > 10) {
        const longer = length * Math.min(8, Math.max(0.05, began.gap / Math.max(gap, 1)));
        const middle = began.from + (length * began.x) / width;
        const from = middle - longer * (x / width);
        wanted = [from, from + longer];
      } else if (zoom.isZoomed() && event.touches.length === 1) {
        const by = ((began.x - x) / width) * length;
        wanted = Math.abs(x - began.x) > 8 ? [began.from + by, began.until + by] : undefined;
      } else {
        chart.setCursor({ left: x, top: 10 });
      }
      if (wanted) {
        event.preventDefault();
        chart.setScale("x", { min: wanted[0], max: wanted[1] });
      }
    },
    { passive: false, signal },
  );
  picture.addEventListener(
    "touchend",
    (event) => {
      if (event.touches.length > 0) return;
      if (wanted) zoom.set(wanted[0], wanted[1]);
      began = wanted = undefined;
    },
    { signal },
  );
}
