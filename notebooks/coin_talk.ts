/** What the Talk page shows of a coin's talk beside that coin's own markets, and of communities beside all markets. */
import { digits, marketKey, type Marts } from "./marts.ts";
import type { VerdictCode } from "../analytics/statistics/verdict.ts";

/** What is said of a coin. */
export type CoinTalk =
  | "posts"
  | "posts_deduplicated"
  | "comments"
  | "comments_deduplicated"
  | "tweets"
  | "tone";

/** A row of `marts.coin_verdicts`; each p is adjusted. */
export interface CoinVerdict {
  source: string;
  /** Of all talk and all markets: "*". */
  coin: string;
  talk: CoinTalk;
  /** The market's key; "*-*": all markets. */
  market: string;
  against: "volume" | "volatility" | "return";
  bucket: "5m" | "1h";
  verdict: VerdictCode;
  n: number;
  /** Where it stands out most, in minutes; positive: talk first. */
  minutes: number | null;
  lagR: number | null;
  lagP: number | null;
  /** In the same bucket. */
  r: number | null;
  low: number | null;
  high: number | null;
  p: number | null;
  /** Granger's test: talk's past adds to the market's; the market's to talk's. */
  talkFirst: number | null;
  marketFirst: number | null;
  /** Bursts of talk, and the log (or return) after them beside matched hours. */
  bursts: number;
  after: number | null;
  afterP: number | null;
  /** Share of the rolling windows with the sign of the whole. */
  sameSign: number | null;
}

/** The rows of the markets that are shown and of all together; null where the mart has not been made. */
export async function readCoinVerdicts(
  { queryMart }: Marts,
  shown: ReadonlySet<string>,
): Promise<CoinVerdict[] | null> {
  const rows = await queryMart<Record<string, unknown>>(
    "coin_verdicts",
    `select source, coin, talk, venue, market, against, bucket, verdict, n::double as n, lag_minutes, lag_r, lag_p,
       r, low, high, p_adjusted, granger_talk_p_adjusted, granger_market_p_adjusted, events, event_after,
       event_after_p_adjusted, same_sign
     from marts.coin_verdicts
     order by source, coin, case talk when 'tone' then 1 else 0 end, talk, venue, market,
       case against when 'volume' then 0 when 'volatility' then 1 else 2 end, bucket desc`,
  );
  return rows && rows.flatMap((row) => {
    const market = marketKey(row as { venue: unknown; market: unknown });
    if (row.market !== "*" && !shown.has(market)) return [];
    return [{
      source: String(row.source),
      coin: String(row.coin),
      talk: row.talk as CoinTalk,
      market,
      against: row.against as CoinVerdict["against"],
      bucket: row.bucket as CoinVerdict["bucket"],
      verdict: row.verdict as VerdictCode,
      n: Number(row.n),
      minutes: digits(row.lag_minutes, 6),
      lagR: digits(row.lag_r, 3),
      lagP: digits(row.lag_p, 3),
      r: digits(row.r, 3),
      low: digits(row.low, 3),
      high: digits(row.high, 3),
      p: digits(row.p_adjusted, 3),
      talkFirst: digits(row.granger_talk_p_adjusted, 3),
      marketFirst: digits(row.granger_market_p_adjusted, 3),
      bursts: Number(row.events),
      after: digits(row.event_after, 3),
      afterP: digits(row.event_after_p_adjusted, 3),
      sameSign: digits(row.same_sign, 3),
    }];
  });
}
