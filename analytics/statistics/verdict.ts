import { type Adf, adf } from "./adf.ts";
import {
  type LeadLag,
  leadLag,
  type LeadLagRow,
  type White,
} from "./cross_correlation.ts";
import { normalAt } from "./distributions.ts";
import { forecastGain, type Gain } from "./gain.ts";
import { difference } from "./lags.ts";
import {
  jointEvents,
  lagScores,
  type LeftOut,
  mark,
  type Peaks,
  peaksOf,
  seenNineInTen,
  withoutEvents,
} from "./lead.ts";
import { type News, newsOf } from "./news.ts";
import {
  copiesOf,
  type Drawn,
  drawPlacebo,
  type Placebo,
  placeboOf,
} from "./placebo.ts";
import { deseason } from "./rhythm.ts";
import { type Grid, type Season, seasonOf } from "./seasonality.ts";
import { MS } from "../../collector/model/time.ts";

/** What a test of lead and lag can say. */
export type Finding =
  | "x_leads"
  | "y_leads"
  /** Mostly in the same bucket; beyond that, one side says more of the other. */
  | "x_adds"
  | "y_adds"
  | "together"
  /** It is there with the few largest events that hit both, and gone without. */
  | "one_event"
  | "nothing";

/** What can be said of two series. */
export type VerdictCode = Finding | "unit_roots" | "too_little";

/** What was found on one form of the series. */
export interface LeadFinding {
  on: "levels" | "differences";
  finding: Finding;
  /** The lag that the finding is about: the one that stands out most, whether or not enough, but for "adds" the most beyond 0; for "one_event" that of the whole, events and all. */
  peak: LeadLagRow;
  /** Share of placebos, which lack their own joint events, with such a peak anywhere in the table. */
  p: number;
  /** The same with the joint events, of "one_event". */
  withEvents?: number;
  /** Pairs of series over which `p` was adjusted; none where it was not. */
  pairs?: number;
  /** How the placebos were made. */
  placebo: Placebo;
  /** The largest joint events and their echo, in buckets of the series; everything here is without them. */
  without: LeftOut;
  /** How much better the other side is forecast with the leader than without; null where none leads. */
  gain: Gain | null;
  /** |r| of a lead that nine of ten such comparisons would find. */
  seen: number;
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

/** A series on a grid of its own: the buckets that a pair has in common. */
class Part {
  #levels?: { adf: Adf | null; trend: boolean };
  readonly #news = new Map<LeadFinding["on"], News | null>();
  readonly season: Season;

  constructor(readonly values: Float64Array, readonly grid: Grid) {
    this.season = seasonOf(grid);
  }

  /** The same without some events; whether there is a line to be taken out is known from the whole. */
  without(events: LeftOut): Part {
    if (events.at.length === 0) return this;
    const part = new Part(withoutEvents(this.values, events), this.grid);
    part.#levels = this.base;
    return part;
  }

  /** Test of a unit root without the season: around a level, else around a line. */
  get base(): { adf: Adf | null; trend: boolean } {
    if (!this.#levels) {
      const { residuals } = deseason(this.values, this.grid, this.season);
      const level = adf(residuals);
      const line = level && level.p < UNIT_ROOT
        ? null
        : adf(residuals, { trend: "ct" });
      const trend = line !== null && line.p < UNIT_ROOT;
      this.#levels = { adf: trend ? line : level, trend };
    }
    return this.#levels;
  }

  /** What is new in levels or differences. */
  news(on: LeadFinding["on"]): News | null {
    let news = this.#news.get(on);
    if (news === undefined) {
      const levels = on === "levels";
      news = newsOf(
        deseason(
          levels ? this.values : difference(this.values),
          this.grid,
          this.season,
          levels && this.base.trend,
        ),
      );
      this.#news.set(on, news);
    }
    return news;
  }
}

/** A unit root is rejected below this p. */
const UNIT_ROOT = 0.05;

/** A series made ready for any number of verdicts; what a pair needs of it is made once for each span. */
export class Prepared {
  readonly #parts = new Map<string, Part>();

  /** @param values on the scale to be judged (logs), NaN where unknown, one a bucket. */
  constructor(readonly values: Float64Array, readonly grid: Grid) {}

  /** The part of buckets `from` (inclusive) to `to` (exclusive). */
  part(from: number, to: number): Part {
    const key = `${from} ${to}`;
    let part = this.#parts.get(key);
    if (!part) {
      part = new Part(this.values.subarray(from, to), {
        start: this.grid.start + from * this.grid.step,
        step: this.grid.step,
        length: to - from,
      });
      this.#parts.set(key, part);
    }
    return part;
  }
}

/**
 * Who leads?
 *
 * 1. Only the span counts that both know: a market listed two weeks ago is
 *    judged by its two weeks. Fewer than 30 pairs, less than ten days of
 *    hours, or a series that does not vary: too little data.
 * 2. The season is taken out of both (KST weekend and hour; {@link seasonOf}).
 * 3. ADF on each at 5 %, around a level and else around a line. Where a unit
 *    root is not rejected in one of them, correlations of levels mean nothing,
 *    and that is the verdict; what follows is then told of the differences,
 *    apart.
 * 4. The largest joint events and their echo are left out ({@link jointEvents}),
 *    of the copies as well. What is new in each ({@link newsOf}) is compared at
 *    every lag. A peak has to be one that copies which cannot know of each other
 *    reach with probability `level` ({@link copiesOf}), and White's error has to
 *    agree.
 * 5. Lags beyond 0 on one side name the leader. Where both sides have one and
 *    neither is twice as strong, or only the same bucket stands out, they move
 *    together; where the same bucket stands out as well, one side adds to it.
 * 6. Where nothing is found and with the joint events something would have been,
 *    it was events that both followed.
 *
 * So over series that share rhythm and news but do not lead one another "leads"
 * and "adds" taken together come up with about probability `level`, which
 * `tests/bench/calibration.ts` measures.
 *
 * @param x both on the same grid.
 */
export function verdict(
  x: Prepared,
  y: Prepared,
  options: VerdictOptions = {},
): Verdict {
  const level = options.level ?? 0.05;
  let n = 0, first = 0, last = -1;
  for (let t = 0; t < x.values.length; t++) {
    if (x.values[t]! !== x.values[t]! || y.values[t]! !== y.values[t]!) {
      continue;
    }
    if (n++ === 0) first = t;
    last = t;
  }
  const a = x.part(first, last + 1), b = y.part(first, last + 1);
  const base = { n, season: a.season.name };
  const tooLittle = { ...base, code: "too_little" as const, found: null };
  if (n < LEAST_PAIRS || hidesSeason(a.grid)) {
    return { ...tooLittle, adfX: null, adfY: null };
  }
  const { adf: adfX } = a.base, { adf: adfY } = b.base;
  const wanders = !(adfX && adfX.p < UNIT_ROOT) ||
    !(adfY && adfY.p < UNIT_ROOT);
  const lags = Math.max(1, Math.min(options.lags ?? LAGS, Math.floor(n / 5)));
  const found = compare(a, b, wanders ? "differences" : "levels", lags, level);
  if (!found) return { ...tooLittle, adfX, adfY };
  const { at, buckets } = found.without;
  found.without = { at: at.map((t) => t + first), buckets };
  return {
    ...base,
    code: wanders ? "unit_roots" : found.finding,
    adfX,
    adfY,
    found,
  };
}

/** Hours of so few days that a daily rhythm cannot be told from a link, and that there are too few days to shuffle. */
const hidesSeason = ({ step, length }: Grid): boolean =>
  step >= MS.hour && step < MS.day && length * step < 10 * MS.day;

/** What is compared: the news of both, and how far each lag stands out. */
interface Compared {
  a: News;
  b: News;
  /** Share of the pairs that went into parameters. */
  spent: number;
  /** Pairs beyond these. */
  left: number;
  table: LeadLag;
  peaks: Peaks;
}

function compared(
  x: Part,
  y: Part,
  on: LeadFinding["on"],
  lags: number,
): Compared | null {
  const a = x.news(on), b = y.news(on);
  const table = a && b && leadLag(a, b, lags);
  if (!table) return null;
  const { n } = table.rows[lags]!;
  const spent = Math.max(a.spent, b.spent) / n;
  const left = n * (1 - spent);
  if (left < LEAST_PAIRS) return null;
  const z = lagScores(mark(a.white), mark(b.white), lags, spent);
  return { a, b, spent, left, table, peaks: peaksOf(z) };
}

function compare(
  x: Part,
  y: Part,
  on: LeadFinding["on"],
  lags: number,
  level: number,
): LeadFinding | null {
  const whole = compared(x, y, on, lags);
  if (!whole) return null;
  let without = jointEvents(whole.a.extreme, whole.b.extreme);
  let rest = without.at.length > 0
    ? compared(x.without(without), y.without(without), on, lags)
    : whole;
  if (!rest) {
    // Too little is left without them.
    rest = whole;
    without = { at: [], buckets: 0 };
  }
  const { a, b, left, peaks, table } = rest;
  const drawn = draw(rest, x.grid, lags);
  const beyond = peaks.x.z >= peaks.y.z ? peaks.x : peaks.y;
  const ofBeyond = placeboOf(drawn.way, drawn.values, beyond.z);
  const bound = boundOf(table.rows.length, level);
  let finding = drawn.p < level ? findingOf(peaks, bound) : "nothing";
  if (adds(finding) && !(ofBeyond.p < level)) finding = "together";
  const withEvents = finding === "nothing" && rest !== whole &&
      findingOf(whole.peaks, bound) !== "nothing"
    ? draw(whole, x.grid, lags).p
    : NaN;
  if (withEvents < level) finding = "one_event";
  const placebo = adds(finding)
    ? ofBeyond
    : placeboOf(drawn.way, drawn.values, peaks.most);
  return {
    on,
    finding,
    peak: finding === "one_event"
      ? peakOf(whole, lags, false)
      : peakOf(rest, lags, adds(finding)),
    p: placebo.p,
    ...(finding === "one_event" ? { withEvents } : {}),
    placebo,
    without,
    gain: gainOf(leaderOf(finding), a, b, lags),
    seen: seenNineInTen(bound, left),
    table,
  };
}

/** The row that stands out most, of those beyond 0 where only they are asked for. */
function peakOf(
  { table, peaks }: Compared,
  lags: number,
  beyondZero: boolean,
): LeadLagRow {
  const beyond = peaks.x.z >= peaks.y.z ? peaks.x : peaks.y;
  return beyondZero || peaks.same < beyond.z
    ? table.rows[lags + beyond.lag]!
    : table.rows[lags]!;
}

/** How often copies have such a peak; each without its own joint events. */
function draw(
  { a, b, spent, peaks }: Compared,
  grid: Grid,
  lags: number,
): Drawn {
  const copies = copiesOf(grid, lags);
  const markedY = mark(b.white);
  return drawPlacebo(copies, peaks.most, (i) => {
    const events = jointEvents(copies.copy(a.extreme, i), b.extreme);
    const copy = mark(withoutEvents(copies.copy(a.white, i), events));
    return peaksOf(lagScores(copy, markedY, lags, spent)).most;
  });
}

const adds = (finding: Finding): boolean =>
  finding === "x_adds" || finding === "y_adds";

/** The |z| that one of so many lags may reach with probability `level` over all (Šidák). */
const boundOf = (lags: number, level: number): number =>
  -normalAt(-Math.expm1(Math.log1p(-level) / lags) / 2);

function findingOf({ x, y, same }: Peaks, bound: number): Finding {
  const ahead = x.z > bound, back = y.z > bound;
  if (!ahead && !back) return same > bound ? "together" : "nothing";
  if (ahead && back && x.z < 2 * y.z && y.z < 2 * x.z) return "together";
  const adds = same > Math.max(x.z, y.z);
  return x.z > y.z
    ? (adds ? "x_adds" : "x_leads")
    : (adds ? "y_adds" : "y_leads");
}

/** The side that a finding names. */
export const leaderOf = (finding: Finding): "x" | "y" | null =>
  finding === "x_leads" || finding === "x_adds"
    ? "x"
    : finding === "y_leads" || finding === "y_adds"
    ? "y"
    : null;

function gainOf(
  leader: "x" | "y" | null,
  x: White,
  y: White,
  lags: number,
): Gain | null {
  if (leader === null) return null;
  return leader === "x"
    ? forecastGain(x.white, y.white, lags)
    : forecastGain(y.white, x.white, lags);
}
