// Numbers as the server shows them.

export type Unit = "ratio" | "bytes" | "bytes/s" | "celsius" | "seconds" | "number";

const BYTES = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

function bytes(value: number): string {
  let unit = 0;
  let left = Math.max(0, value);
  while (left >= 1000 && unit + 1 < BYTES.length) {
    left /= 1024;
    unit += 1;
  }
  return `${left.toFixed(unit === 0 || left >= 9.95 ? 0 : 1)} ${BYTES[unit]}`;
}

function percent(share: number): string {
  const percent = share * 100;
  if ((percent > 99.5 && percent < 100) || (percent > 0 && percent < 0.95)) return `${Math.min(percent, 99.9).toFixed(1)} %`;
  return `${percent.toFixed(0)} %`;
}

export function show(unit: Unit, value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  switch (unit) {
    case "ratio":
      return percent(value);
    case "bytes":
      return bytes(value);
    case "bytes/s":
      return `${bytes(value)}/s`;
    case "celsius":
      return `${value.toFixed(0)} °C`;
    case "seconds":
      return value < 0.9995 ? `${Math.max(value * 1000, 1).toFixed(0)} ms` : `${value.toFixed(1)} s`;
    case "number":
      return value < 9.95 ? value.toFixed(2) : value.toFixed(0);
  }
}

/** Round steps for an axis of the unit. */
export function increments(unit: Unit): number[] {
  if (unit === "bytes" || unit === "bytes/s") return Array.from({ length: 50 }, (_, n) => 2 ** n);
  const steps: number[] = [];
  for (let power = -6; power < 12; power += 1) for (const n of [1, 2, 5]) steps.push(n * 10 ** power);
  return steps;
}
