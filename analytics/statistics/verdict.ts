import { type Adf, adf } from "./adf.ts";
import { type LeadLag, leadLag, type LeadLagRow } from "./cross_correlation.ts";
import { difference } from "./lags.ts";
import {
  type Grid,
  type Season,
  seasonOf,
  withoutSeason,
} from "./seasonality.ts";

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

/**
 * Who leads?
 *
 * 1. Fewer than 30 pairs, or a series that does not vary: too little data.
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
 * with probability `level`, which `tests/bench_calibration.ts` measures.
 *
 * @param x on the scale to be judged (logs), NaN where unknown, one value a bucket.
 */
export function verdict(
  x: Float64Array,
  y: Float64Array,
  grid: Grid,
  options: VerdictOptions = {},
): Verdict {
  const level = options.level ?? 0.05;
  const season = seasonOf(grid);
  const n = x.reduce(
    (sum, v, t) => v === v && y[t]! === y[t]! ? sum + 1 : sum,
    0,
  );
  const base = { n, season: season.name };
  const tooLittle = { ...base, code: "too_little" as const, found: null };
  if (n < LEAST_PAIRS) return { ...tooLittle, adfX: null, adfY: null };
  const lags = Math.max(1, Math.min(options.lags ?? LAGS, Math.floor(n / 5)));
  const a = withoutSeason(x, grid, season.factors);
  const b = withoutSeason(y, grid, season.factors);
  const adfX = adf(a.residuals), adfY = adf(b.residuals);
  const wanders = !(adfX && adfX.p < level) || !(adfY && adfY.p < level);
  const found = wanders
    ? test(
      withoutSeason(difference(x), grid, season.factors),
      withoutSeason(difference(y), grid, season.factors),
      "differences",
      lags,
      level,
    )
    : test(a, b, "levels", lags, level);
  if (!found) return { ...tooLittle, adfX, adfY };
  return {
    ...base,
    code: wanders ? "unit_roots" : found.finding,
    adfX,
    adfY,
    found,
  };
}

function test(
  x: { residuals: Float64Array; parameters: number },
  y: { residuals: Float64Array; parameters: number },
  on: LeadFinding["on"],
  lags: number,
  level: number,
): LeadFinding | null {
  const spent = Math.max(x.parameters, y.parameters);
  const table = leadLag(x.residuals, y.residuals, lags, spent);
  if (!table) return null;
  const middle = table.rows[lags]!;
  if (middle.n - spent < LEAST_PAIRS) return null;
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
