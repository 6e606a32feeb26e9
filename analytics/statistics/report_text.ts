import type { Aligned, Taken } from "./align.ts";
import { spanOf } from "./align.ts";
import type { Interval } from "./fisher.ts";
import type { Report } from "./report.ts";
import type { Transform } from "./same_bucket.ts";
import { pText, spanText } from "./verdict_sentence.ts";

const number = (value: number | null | undefined, digits = 3): string =>
  value === null || value === undefined || !Number.isFinite(value)
    ? "–"
    : value.toFixed(digits).replace("-", "−");

const signed = (value: number): string =>
  Number.isFinite(value) && value >= 0 ? `+${number(value)}` : number(value);

const count = (value: number): string =>
  Number.isFinite(value) ? Math.round(value).toLocaleString("en") : "–";

const bounds = (interval: Interval | null): string =>
  interval
    ? `${signed(interval.low)} … ${signed(interval.high)}`
    : "no interval";

const small = (p: number): string =>
  Number.isNaN(p) ? "–" : p < 0.001 ? "<0.001" : p.toFixed(3);

/** Columns set below one another: the first to the left, the others to the right. */
function table(rows: string[][]): string[] {
  const widths = rows[0]!.map((_, c) =>
    Math.max(...rows.map((row) => row[c]!.length))
  );
  return rows.map((row) =>
    "  " +
    row.map((cell, c) =>
      c === 0 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!)
    ).join("  ").trimEnd()
  );
}

const FORM: Record<Transform, string> = {
  level: "level",
  log: "log",
  dlog: "Δlog",
};

/** The report as text for a terminal, at most about 100 columns. */
export function reportText(report: Report, aligned: Aligned): string {
  const { grid, names } = report;
  const [from, to] = spanOf(grid);
  const joint = report.without.at.length;
  const minute = (text: string) => text.slice(0, 16).replace("T", " ");
  const lines = [
    `${names.x}  ×  ${names.y}`,
    `${minute(from)} to ${minute(to)} UTC, buckets of ${spanText(grid.step)}`,
    "",
    "VERDICT",
    `  ${report.words.en}`,
    `  ${report.words.ko}`,
    "",
    `DATA: ${count(grid.length)} buckets, ${
      count(aligned.pairs)
    } known on both sides`,
    ...table([
      [
        "",
        "rows",
        "known",
        "absent",
        "no value",
        "part",
        "contradictory",
        "repeated",
        "outside",
        "no time",
      ],
      dropped(`x ${names.x}`, aligned.takenX),
      dropped(`y ${names.y}`, aligned.takenY),
    ]),
    "  Unknown is not zero: a bucket unknown in one series is left out of both.",
    ...(["x", "y"] as const).flatMap((side) => [
      ...(report.scales[side] === "none"
        ? [
          `  ${side} has negative values: no logarithm, "Δlog" is its plain difference.`,
        ]
        : []),
      ...(report.lost[side] > 0
        ? [
          `  ${
            count(report.lost[side])
          } zeros of ${side} have no logarithm and are unknown in log and Δlog.`,
        ]
        : []),
      ...(report.scales[side] === "log1p"
        ? [`  ${side} holds counts: log means ln(1 + v).`]
        : []),
    ]),
    "",
    "STATIONARITY (ADF: a unit root; KPSS: none; Hobijn's lags)",
    ...table([
      ["", "ADF", "p", "lags", "KPSS", "p", "lags", "reading"],
      ...report.stationarity.map((row) => [
        `${row.series} ${row.form.replace("dlog", "Δlog")}`,
        number(row.adf?.statistic),
        small(row.adf?.p ?? NaN),
        `${row.adf?.lags ?? "–"}`,
        number(row.kpss?.statistic),
        row.kpss ? `${row.kpss.bound}${number(row.kpss.p)}` : "–",
        `${row.kpss?.lags ?? "–"}`,
        row.reading,
      ]),
    ]),
    "",
    "AS THEY ARE (including the rhythm and the news that both share; no p belongs to these)",
    ...table([
      ["", "r", "n"],
      ...report.correlations.map((row) => [
        `${FORM[row.transform]} ${row.method}`,
        signed(row.raw),
        count(row.rawN),
      ]),
    ]),
    "",
    ...(joint > 0
      ? [
        `The ${
          joint === 1 ? "largest joint event" : `${joint} largest joint events`
        } and the ${
          spanText(report.without.buckets * report.grid.step)
        } after each are left out of what follows, as they are of the placebos; by chance there would be one or two.`,
        "",
      ]
      : []),
    `CORRELATION (season and a straight line taken out; 95 % intervals; p: share of placebos, ${report.placebos} shifts by ${report.placeboWay}; q: p adjusted over all ${report.tests} valid tests)`,
    ...table([
      [
        "",
        "r",
        "n",
        "n_eff",
        "by placebos",
        "Newey–West",
        "bootstrap",
        "p",
        "q",
      ],
      ...report.correlations.map((row) => [
        `${FORM[row.transform]} ${row.method}${row.valid ? "" : " *"}`,
        signed(row.r),
        count(row.n),
        count(row.nEffective),
        row.valid ? bounds(row.interval) : "–",
        row.valid && row.neweyWest ? bounds(row.neweyWest) : "",
        row.valid ? bounds(row.bootstrap) : "–",
        row.valid ? small(row.p) : "–",
        small(row.pAdjusted),
      ]),
    ]),
    ...(report.correlations.some((row) => !row.valid)
      ? ["  * Under unit roots no interval and no p holds."]
      : []),
    ...(report.correlations.some((row) => row.nEffective < 30)
      ? ["  Fewer than 30 effective pairs: read nothing into those rows."]
      : []),
    "",
    "WITH HOUR AND WEEKDAY HELD FIXED",
    ...table([
      ["", "r", "n", "n_eff", "by placebos", "p", "q"],
      ...report.partial.map((row) => [
        FORM[row.transform],
        signed(row.r),
        count(row.n),
        count(row.nEffective),
        bounds(row.interval),
        small(row.p),
        small(row.pAdjusted),
      ]),
    ]),
    "",
    ...leadLagText(report),
    ...grangerText(report),
    "STABILITY",
    ...report.rolling.map((row) =>
      `  ${FORM[row.transform]}: r over ${spanText(row.window)} between ${
        signed(row.low)
      } and ${signed(row.high)}, median ${signed(row.median)}; ` +
      `the sign of the whole in ${number(100 * row.sameSign, 0)} % of ${
        count(row.windows)
      } windows`
    ),
  ];
  const { events } = report;
  if (events) {
    lines.push(
      "",
      "EVENTS (bursts of x against the same hour of the weeks before; y against matched hours)",
      `  ${events.events.length} events; log y before them ${
        signed(events.before)
      } (${pText(events.pBefore)}), after them ${signed(events.after)} (${
        pText(events.pAfter)
      })`,
    );
  }
  return lines.join("\n");
}

const dropped = (name: string, taken: Taken): string[] => [
  name,
  ...[
    taken.rows,
    taken.known,
    taken.absent,
    taken.missing,
    taken.incomplete,
    taken.contradictory,
    taken.repeated,
    taken.outside,
    taken.timeless,
  ].map(count),
];

function leadLagText(report: Report): string[] {
  const { found } = report.verdict;
  if (!found) return [];
  const { table: tested } = found;
  const season = report.season === "none" ? "" : `, ${report.season} taken out`;
  return [
    `LEAD AND LAG (what is new in ${found.on}${season}; AR(${tested.orderX}) and AR(${tested.orderY}); + : x first)`,
    ...table([
      ["lag", "time", "r", "band", "n", "p", "q", "", "both by x's AR"],
      ...report.leadLag.map((row) => [
        row.lag > 0 ? `+${row.lag}` : `${row.lag}`.replace("-", "−"),
        row.lag === 0
          ? "0"
          : `${row.lag > 0 ? "+" : "−"}${spanText(row.lag * report.grid.step)}`,
        signed(row.r),
        `±${number(row.band)}`,
        count(row.n),
        small(row.p),
        small(row.pAdjusted),
        row.lag === found.peak.lag
          ? "peak"
          : Math.abs(row.r) > row.band
          ? "*"
          : "",
        signed(row.rFilteredByX),
      ]),
    ]),
    `  A peak as high anywhere in the table: ${
      pText(found.p)
    } for independent series.`,
    "",
  ];
}

function grangerText(report: Report): string[] {
  if (report.granger.length === 0) return [];
  const { varOrder } = report;
  return [
    `GRANGER (precedence, not cause${
      varOrder
        ? `; VAR order by AIC ${varOrder.aic}, by BIC ${varOrder.bic}`
        : ""
    })`,
    ...table([
      ["", "lags", "F", "df", "p", "q"],
      ...report.granger.map((row) => [
        `${row.direction} ${
          row.form.replace("toda-yamamoto", "levels, Toda–Yamamoto")
        }`,
        `${row.lags}`,
        number(row.F, 2),
        `${row.df1}, ${row.df2}`,
        small(row.p),
        small(row.pAdjusted),
      ]),
    ]),
    "",
  ];
}
