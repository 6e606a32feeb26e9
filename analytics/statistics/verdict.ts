import { type Adf, adf } from "./adf.ts";
import {
  type LeadLag,
  leadLag,
  type LeadLagRow,
  type White,
  whiten,
} from "./cross_correlation.ts";
import { difference } from "./lags.ts";
import {
  type Adjusted,
  type Grid,
  type Season,
  seasonOf,
  withoutSeason,
} from "./seasonality.ts";
import { MS } from "../../collector/model/time.ts";

/** What a test of lead and lag can say. */
export type Finding = "x_leads" | "y_leads" | "together" | "nothing";

/** What can be said of two series. */
export type VerdictCode = Finding | "unit_roots" | "too_little";

/** What was found on one form of the series. */
export interface LeadFinding {
  on: "levels" | "differences";
  finding: Finding;
  /** The lag that stands out most, whether or not enough. */
  peak: LeadLagRow;
  /** Probability of such a peak anywhere in the table under independence. */
  p: number;
  /** Pairs of series over which `p` was adjusted; none where it was not. */
  pairs?: number;
  table: LeadLag;
}

/** The verdict and what it rests on. */
export interface Verdict {
  code: VerdictCode;
  /** Pairs known on both sides. */
  n: number;
  season: Season["name"];
  /** Unit-root tests of the series without their season; null where they cannot be made. */
  adfX: Adf | null;
  adfY: Adf | null;
  /** The test that was made: on levels, or on differences under unit roots; null with too little data. */
  found: LeadFinding | null;
}

/** How strict to be, and how far to look. */
export interface VerdictOptions {
  /** Lags to each side; default 24, at most a fifth of the pairs. */
  lags?: number;
  /** Probability of calling one of two independent series the leader; default 0.05. */
  level?: number;
}

/** Fewest pairs that a word is said about. */
export const LEAST_PAIRS = 30;

/** Lags to each side where nothing else is asked for. */
export const LAGS = 24;

/** A series made ready for any number of verdicts; each form is made once, when it is first asked for. */
export class Prepared {
  #levels?: { adf: Adf | null; values: Adjusted };
  readonly #white = new Map<LeadFinding["on"], White | null>();
  readonly season: Season;

  /** @param values on the scale to be judged (logs), NaN where unknown, one a bucket. */
  constructor(readonly values: Float64Array, readonly grid: Grid) {
    this.season = seasonOf(grid);
  }

  #withoutSeason(values: Float64Array): Adjusted {
    return withoutSeason(values, this.grid, this.season.factors);
  }

  get #base(): { adf: Adf | null; values: Adjusted } {
    if (!this.#levels) {
      const values = this.#withoutSeason(this.values);
      this.#levels = { adf: adf(values.residuals), values };
    }
    return this.#levels;
  }

  /** Test of a unit root without the season. */
  get adf(): Adf | null {
    return this.#base.adf;
  }

  /** Levels or differences without season and memory. */
  white(on: LeadFinding["on"]): White | null {
    let white = this.#white.get(on);
    if (white === undefined) {
      const { residuals, parameters } = on === "levels"
        ? this.#base.values
        : this.#withoutSeason(difference(this.values));
      white = whiten(residuals, parameters);
      this.#white.set(on, white);
    }
    return white;
  }
}

/**
 * Who leads?
 *
 * 1. Fewer than 30 pairs, less than three days of hours, or a series that does
 *    not vary: too little data.
 * 2. The season is taken out of both (hour, weekday; see {@link seasonOf}).
 * 3. ADF on each at `level`. Where a unit root is not rejected in one of them,
 *    correlations of levels mean nothing, and that is the verdict; what
 *    follows is then told of the differences, apart.
 * 4. Both are whitened by autoregressions of their own and compared at every
 *    lag ({@link leadLag}). The greatest |z| of the whole table has to be one
 *    that independent series reach with probability `level`: else nothing.
 * 5. The side of that lag names the leader, unless a lag at 0 or on the other
 *    side is beyond the same bound and at least half as strong: then neither comes
 *    clearly first, and they move together.
 *
 * So over independent series "x leads" and "y leads" taken together come up
 * with probability `level`, which `tests/bench/calibration.ts` measures.
 *
 * @param x both on the same grid.
 */
export function verdict(
  x: Prepared,
  y: Prepared,
  options: VerdictOptions = {},
): Verdict {
  const level = options.level ?? 0.05;
  let n = 0;
  for (let t = 0; t < x.values.length; t++) {
    if (x.values[t]! === x.values[t]! && y.values[t]! === y.values[t]!) n++;
  }
  const base = { n, season: x.season.name };
  const tooLittle = { ...base, code: "too_little" as const, found: null };
  if (n < LEAST_PAIRS || hidesSeason(x.grid)) {
    return { ...tooLittle, adfX: null, adfY: null };
  }
  const { adf: adfX } = x, { adf: adfY } = y;
  const wanders = !(adfX && adfX.p < level) || !(adfY && adfY.p < level);
  const lags = Math.max(1, Math.min(options.lags ?? LAGS, Math.floor(n / 5)));
  const found = compare(x, y, wanders ? "differences" : "levels", lags, level);
  if (!found) return { ...tooLittle, adfX, adfY };
  return {
    ...base,
    code: wanders ? "unit_roots" : found.finding,
    adfX,
    adfY,
    found,
  };
}

/** Hours of so few days that a daily rhythm in both cannot be told from a link between them. */
const hidesSeason = ({ step, length }: Grid): boolean =>
  step >= MS.hour && step < MS.day && length * step < 3 * MS.day;

function compare(
  x: Prepared,
  y: Prepared,
  on: LeadFinding["on"],
  lags: number,
  level: number,
): LeadFinding | null {
  const a = x.white(on), b = y.white(on);
  const table = a && b && leadLag(a, b, lags);
  if (!table) return null;
  if (table.rows[lags]!.n - Math.max(a.spent, b.spent) < LEAST_PAIRS) {
    return null;
  }
  return {
    on,
    finding: findingOf(table, level),
    peak: table.peak,
    p: table.pPeak,
    table,
  };
}

function findingOf(table: LeadLag, level: number): Finding {
  const { peak, rows } = table;
  if (!(table.pPeak < level)) return "nothing";
  if (peak.lag === 0) return "together";
  const side = Math.sign(peak.lag);
  // With this p at one lag the whole table reaches `level`.
  const single = -Math.expm1(Math.log1p(-level) / rows.length);
  const rival = rows.some((row) =>
    Math.sign(row.lag) !== side && row.p < single &&
    Math.abs(row.r) >= Math.abs(peak.r) / 2
  );
  if (rival) return "together";
  return side > 0 ? "x_leads" : "y_leads";
}
