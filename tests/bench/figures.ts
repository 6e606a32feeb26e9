/** One measured figure and what to hold it against. */
export interface Figure {
  work: string;
  value: number;
  unit: string;
  /** What the design asks for; a rate at least, a time, size or memory at most. */
  aim?: number;
  /** Measured in the same run: the same done plainly, or the bound that the machine sets. */
  baseline?: { name: string; value: number };
  note?: string;
  /** Only in JSON. */
  details?: unknown;
}

/** Whether a figure reaches its aim; null where there is none. */
export function reached({ value, unit, aim }: Figure): boolean | null {
  if (aim === undefined) return null;
  return unit.endsWith("/s") ? value >= aim : value <= aim;
}

/** Figures as a Markdown table. */
export function table(figures: Figure[]): string {
  const amount = (value: number) =>
    value.toLocaleString("en-US", {
      maximumFractionDigits: value < 100 ? 2 : 0,
    });
  const head = [
    "work",
    "measured",
    "aim",
    "baseline in the same run",
    "ratio",
    "note",
  ];
  const rows = figures.map((figure) => {
    const { work, value, unit, aim, baseline, note } = figure;
    const met = reached(figure);
    return [
      work,
      `${amount(value)} ${unit}`,
      aim === undefined
        ? ""
        : `${unit.endsWith("/s") ? "≥" : "≤"} ${amount(aim)}${
          met ? "" : " (missed)"
        }`,
      baseline ? `${amount(baseline.value)} ${unit}: ${baseline.name}` : "",
      baseline ? (value / baseline.value).toFixed(2) : "",
      note ?? "",
    ];
  });
  return [head, head.map(() => "---"), ...rows].map((row) =>
    `| ${row.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`
  ).join("\n");
}
