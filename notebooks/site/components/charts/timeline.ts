/// <reference lib="dom" />
/** A stream's time as a row of cells, told apart by pattern as well as by colour. */
import type { Cells } from "../../data/health.json.ts";
import { month } from "../parts/format.js";
import type { Lang } from "../words/i18n.js";
import { timeScale } from "./axes.js";

const SVG = "http://www.w3.org/2000/svg";

/** A state other than observed. */
export type Mark =
  | "repaired"
  | "incomplete"
  | "unknown"
  | "unrecoverable"
  | "open";

/** By the letter of a cell: its state, and what fills it. The worst is drawn last. */
const MARKS: Record<string, [state: Mark, fill: string]> = {
  r: ["repaired", "url(#mark-repaired)"],
  i: ["incomplete", "url(#mark-incomplete)"],
  u: ["unknown", "url(#mark-unknown)"],
  l: ["unrecoverable", "url(#mark-lost)"],
  p: ["open", "url(#mark-open)"],
};

/** A mark is at least so many pixels wide, so that none is too short to be seen. */
const LEAST = 5;

/** Milliseconds above which the day of a time axis needs its year. */
const LONG = 300 * 86_400_000;

/** An SVG element with attributes and children. */
function svg<Tag extends keyof SVGElementTagNameMap>(
  name: Tag,
  attributes: Record<string, string | number>,
  ...children: (Node | string)[]
): SVGElementTagNameMap[Tag] {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    node.setAttribute(key, String(value));
  }
  node.append(...children);
  return node;
}

/** Adds the patterns of the marks; once a page. */
export function timelinePatterns(): void {
  if (document.getElementById("marks")) return;
  const holder = document.createElement("div");
  holder.innerHTML =
    `<svg id="marks" width="0" height="0" aria-hidden="true" style="position:absolute"><defs>
<pattern id="mark-repaired" width="5" height="5" patternUnits="userSpaceOnUse"><rect width="5" height="5" fill="var(--blue)"/><line x1="0" y1="2.5" x2="5" y2="2.5" stroke="var(--card)" stroke-width="1.6"/></pattern>
<pattern id="mark-lost" width="7" height="7" patternUnits="userSpaceOnUse"><rect width="7" height="7" fill="var(--red)"/><path d="M0 0L7 7M7 0L0 7" stroke="var(--card)" stroke-width="1.1"/></pattern>
<pattern id="mark-open" width="5" height="5" patternUnits="userSpaceOnUse"><rect width="5" height="5" fill="var(--card)"/><rect width="3" height="5" fill="var(--part)"/></pattern>
<pattern id="mark-incomplete" width="4" height="4" patternUnits="userSpaceOnUse"><rect width="4" height="4" fill="var(--card)"/><circle cx="2" cy="2" r="1.2" fill="var(--part)"/></pattern>
<pattern id="mark-unknown" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="5" height="5" fill="var(--card)"/><line x1="1" y1="0" x2="1" y2="5" stroke="var(--ink-3)" stroke-width="2"/></pattern>
</defs></svg>`;
  document.body.append(holder.firstChild as Element);
}

/** Runs of cells that `of` gives the same, other than null. */
function runs(
  cells: string[],
  of: (cell: string) => string | null,
): { what: string; from: number; to: number }[] {
  const found = [];
  for (let i = 0; i < cells.length; i++) {
    const what = of(cells[i]!);
    if (what === null) continue;
    const from = i;
    while (i + 1 < cells.length && of(cells[i + 1]!) === what) i++;
    found.push({ what, from, to: i + 1 });
  }
  return found;
}

/** A drawing's width in pixels, its name, and what a mark on it says. */
export interface TimelineOptions {
  width: number;
  name: string;
  /** Of a span in milliseconds UTC. */
  said: (state: Mark, from: number, to: number) => string;
}

/**
 * The drawing of one stream.
 * @param cells one letter a cell, `.` where there is nothing to know
 */
export function timeline(
  axis: Cells,
  cells: string,
  { width, name, said }: TimelineOptions,
): SVGSVGElement {
  const height = 20;
  const scale = width / axis.n;
  const known = cells.split("");
  const rects = runs(
    known,
    (c) => c !== "." && !/[A-Z]/.test(c) || c === "O" ? "o" : null,
  )
    .map(({ from, to }) =>
      svg("rect", {
        class: "mark observed",
        x: from * scale,
        width: (to - from) * scale,
        y: 0,
        height,
        fill: "var(--seen)",
      })
    );
  for (const [letter, [state, fill]] of Object.entries(MARKS)) {
    const mine = runs(known, (c) => c.toLowerCase() === letter ? c : null);
    for (const { what, from, to } of mine) {
      const wide = Math.max(LEAST, (to - from) * scale);
      const tall = what === letter ? height * 0.55 : height;
      rects.push(svg(
        "rect",
        {
          class: `mark ${state}`,
          x: Math.min(from * scale, width - wide),
          width: wide,
          y: height - tall,
          height: tall,
          fill,
        },
        svg(
          "title",
          {},
          said(state, axis.from + from * axis.step, axis.from + to * axis.step),
        ),
      ));
    }
  }
  return svg(
    "svg",
    {
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: "img",
      "aria-label": name,
    },
    ...rects,
  );
}

/** The times below a group of timelines. */
export function timeAxis(
  axis: Cells,
  width: number,
  lang: Lang,
): SVGSVGElement {
  const domain: [number, number] = [
    axis.from,
    axis.from + axis.step * axis.n,
  ];
  const { ticks, tickFormat } = timeScale(domain, width, lang);
  const text = (at: Date) =>
    domain[1] - domain[0] > LONG ? month(at, lang) : tickFormat(at);
  const place = (at: Date) =>
    (at.getTime() - domain[0]) / (domain[1] - domain[0]) * width;
  return svg(
    "svg",
    { width, height: 18, viewBox: `0 0 ${width} 18`, "aria-hidden": "true" },
    ...ticks.flatMap((at) => {
      const x = place(at);
      return [
        svg("line", { x1: x, x2: x, y1: 0, y2: 4, stroke: "var(--line-2)" }),
        svg(
          "text",
          {
            x,
            y: 15,
            fill: "currentColor",
            "text-anchor": x > width - 20 ? "end" : "middle",
          },
          text(at),
        ),
      ];
    }),
  );
}
