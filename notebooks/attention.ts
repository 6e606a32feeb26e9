/** What the Talk page shows of each coin (mentions, share, z-score, lexicon score) and of repeated texts. */
import type { attentionMart, RowOf } from "../collector/api/published_marts.ts";
import { digits, type Marts } from "./marts.ts";

type AttentionRow = RowOf<typeof attentionMart>;

/** What is counted of talk. */
export type Measure = AttentionRow["measure"];

/** A text that was repeated, known by what it holds; times are milliseconds UTC. */
export interface Repeated {
  source: string;
  span: "1d" | "7d";
  fingerprint: string;
  count: number;
  boards: number;
  first: number;
  last: number;
  /** Coins and listed words in it, with commas between. */
  coins: string;
  words: string;
  tone: number;
  language: string;
  length: number;
}

/** A share and its 95 % interval. */
export type ShareBetween = [share: number, low: number, high: number];

/** How well the lexicon score does in a language, on texts of others. */
export interface ToneError {
  texts: number;
  /** Of all texts, those with a score. */
  coverage: ShareBetween;
  /** Of those scored, the right ones: either way, positive, negative. */
  precision: Record<"all" | "positive" | "negative", ShareBetween>;
}

/** The most named coins by source and measure, and the lexicon's error by language; without it where it was not measured. */
export interface Attention {
  groups: AttentionGroup[];
  error: Partial<Record<string, ToneError>>;
}

/** One source and measure; `day` and `complete` are null where no day was shared out. */
export interface AttentionGroup {
  source: string;
  measure: Measure;
  day: string | null;
  complete: boolean | null;
  coins: CoinAttention[];
}

/** What was said of a coin: its day where that has a share, its newest whole hour, its lexicon score. */
export interface CoinAttention {
  coin: string;
  raw?: number;
  deduplicated?: number;
  share?: number | null;
  scored?: number | null;
  score?: number | null;
  low?: number | null;
  high?: number | null;
  at?: number;
  count?: number;
  z?: number | null;
  weeks?: number | null;
  days?: number | null;
}

/** Coins shown a source and measure. */
const COINS = 12;

/** Repeated texts shown a source and span. */
const REPEATS = 8;

/** The texts said most often in a source's last day and last seven days; null where the mart has not been made. */
export async function readRepeats(
  { queryMart }: Marts,
): Promise<Repeated[] | null> {
  return await queryMart<Repeated>(
    "repeated_texts",
    `select source, span, fingerprint, count::double as count, boards::double as boards,
       epoch_ms(first_ts)::double as first, epoch_ms(last_ts)::double as last,
       coins, words, tone, language, length::double as length
     from marts.repeated_texts
     qualify row_number() over (partition by source, span
       order by repeated_texts.count desc, first_ts, fingerprint) <= ${REPEATS}
     order by source, span, repeated_texts.count desc, first_ts, fingerprint`,
  );
}

/** A coin's rows name it so. */
interface CoinRow {
  source: string;
  measure: Measure;
  coin: string;
  day?: string | null;
  complete?: boolean | null;
}

interface ShareRow extends CoinRow, Pick<AttentionRow, "share"> {
  raw: number;
  deduplicated: number;
}

interface ScoreRow
  extends CoinRow, Pick<AttentionRow, "z" | "weeks" | "z_daily" | "days"> {
  at: number;
  count: number;
}

interface ToneRow {
  source: string;
  coin: string;
  day: string;
  scored: number;
  score: number | null;
  score_low: number | null;
  score_high: number | null;
}

/** One source and measure with its most named coins; null where the marts have not been made. */
export async function readAttention(
  { queryMart }: Marts,
): Promise<Attention | null> {
  const shares = await queryMart<ShareRow>(
    "attention_share",
    // The newest whole day; where there is none yet, the newest.
    `with days as (
       select source, measure, coalesce(max(ts) filter (complete), max(ts)) as ts
       from marts.attention_share where bucket = '1d' group by all
     )
     select source, measure, coin, strftime(ts, '%Y-%m-%d') as day, complete,
       count_raw::double as raw, count_deduplicated::double as deduplicated, share,
       share_deduplicated
     from marts.attention_share semi join days using (source, measure, ts)
     where bucket = '1d' order by source, measure desc, count_raw desc, coin`,
  );
  const scores = await queryMart<ScoreRow>(
    "attention_z",
    `select source, measure, coin, epoch_ms(ts)::double as at, count::double as count,
       z, weeks::integer as weeks, z_daily, days::integer as days
     from marts.attention_z where coin is not null
     qualify row_number() over (partition by source, measure, coin order by ts desc) = 1
     order by source, measure desc, count desc, coin`,
  );
  if (!shares || !scores) return null;
  const tones = await queryMart<ToneRow>(
    "tone",
    `select source, coin, strftime(ts, '%Y-%m-%d') as day, scored::double as scored, score,
       score_low, score_high
     from marts.tone where bucket = '1d' and coin is not null order by ts`,
  ) ?? [];
  const errors = await queryMart<{
    language: string;
    label: keyof ToneError["precision"];
    texts: number;
    coverage: number;
    coverage_low: number;
    coverage_high: number;
    precision: number;
    precision_low: number;
    precision_high: number;
  }>(
    "tone_error",
    `select language, label, texts::double as texts, coverage, coverage_low, coverage_high,
       precision, precision_low, precision_high
     from marts.tone_error where coverage is not null and precision is not null order by label`,
  ) ?? [];
  const error: Attention["error"] = {};
  for (const row of errors) {
    if (row.label === "all") {
      error[row.language] = {
        texts: row.texts,
        coverage: [row.coverage, row.coverage_low, row.coverage_high],
        precision: {} as ToneError["precision"],
      };
    }
    error[row.language]!.precision[row.label] = [
      row.precision,
      row.precision_low,
      row.precision_high,
    ];
  }
  const groups = new Map<string, {
    about: Omit<AttentionGroup, "coins">;
    coins: Map<string, CoinAttention>;
  }>();
  const coinOf = (row: CoinRow): CoinAttention => {
    const key = `${row.source}|${row.measure}`;
    let group = groups.get(key);
    if (!group) {
      const { source, measure, day = null, complete = null } = row;
      group = {
        about: { source, measure, day, complete },
        coins: new Map(),
      };
      groups.set(key, group);
    }
    let coin = group.coins.get(row.coin);
    if (!coin) group.coins.set(row.coin, coin = { coin: row.coin });
    return coin;
  };
  /** The lexicon score of a day; without one, of the newest. */
  const toneOf = (row: CoinRow) => {
    const tone = tones.findLast((other) =>
      other.source === row.source && other.coin === row.coin &&
      (!row.day || other.day === row.day)
    );
    return {
      scored: tone?.scored ?? null,
      score: digits(tone?.score, 3),
      low: digits(tone?.score_low, 3),
      high: digits(tone?.score_high, 3),
    };
  };
  for (const row of shares) {
    Object.assign(coinOf(row), {
      raw: row.raw,
      deduplicated: row.deduplicated,
      share: digits(row.share, 4),
      ...toneOf(row),
    });
  }
  for (const row of scores) {
    // Weeks where there are enough of them, else days.
    const weekly = row.z !== null;
    const coin = coinOf(row);
    // What was searched for has no share, but where its texts are read, a score.
    if (coin.score === undefined) Object.assign(coin, toneOf(row));
    Object.assign(coin, {
      at: row.at,
      count: row.count,
      z: digits(weekly ? row.z : row.z_daily, 3),
      weeks: weekly ? row.weeks : null,
      days: weekly ? null : row.days,
    });
  }
  return {
    groups: [...groups.values()].map(({ about, coins }) => ({
      ...about,
      coins: [...coins.values()].slice(0, COINS),
    })),
    error,
  };
}
