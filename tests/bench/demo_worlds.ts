/**
 * What the verdicts say of the simulator's world, without three minutes of
 * demo for each: its minutes and posts go from {@link World} into a lake, as
 * venue candles, counts and what is read of texts, and from there on it is
 * the demo's own path, `analyze`.
 */
import { analyze } from "../../analytics/analyze.ts";
import { fingerprinter } from "../../analytics/talk/fingerprint.ts";
import { makeDictionary } from "../../analytics/talk/dictionary.ts";
import { readText } from "../../analytics/talk/read_talk.ts";
import type { Planted } from "../../collector/sandbox/climate.ts";
import {
  plain,
  priceText,
  sizeText,
  valueText,
} from "../../collector/sandbox/markets.ts";
import {
  defaultVenues,
  worldMarkets,
} from "../../collector/sandbox/simulators.ts";
import { Board, Tweets } from "../../collector/sandbox/talk.ts";
import { MINUTE, World } from "../../collector/sandbox/world.ts";
import type { Figure } from "./figures.ts";
import { ask, fillLake, withData } from "./fill_lake.ts";

/** The board and the query of a first run. */
const BOARD = "bitcoins_new1", QUERY = "#bitcoin -is:retweet";

/** How a world is asked for. */
export interface WorldOptions {
  seed: number;
  planted: Planted | null;
  /** Days of past; default 7, as the demo has. */
  days?: number;
  /** Codes of the markets that are collected; default those of the demo. */
  only?: string[];
}

const NOW = Date.UTC(2026, 10, 18, 12);

/** Fills a lake with the past of a world. */
export async function fillWorld(
  data: string,
  { seed, planted, days = 7, only }: WorldOptions,
): Promise<void> {
  const markets = worldMarkets.filter(({ venue, market }) =>
    only
      ? only.includes(market)
      : defaultVenues.includes(venue as typeof defaultVenues[number])
  );
  const world = new World(markets, seed, planted, NOW, days, 1);
  const at = (minute: number) => new Date(minute * MINUTE).toISOString();
  const minutes = Array.from(
    { length: days * 1440 },
    (_, i) => world.start + i,
  );
  const fill = async (table: string, rows: object[]) => {
    const file = `${data}/${table}.json`;
    await Deno.writeTextFile(
      file,
      rows.map((row) => JSON.stringify(row)).join("\n"),
    );
    await fillLake(
      data,
      table,
      `select *, 1 as written from read_json('${file}', format = 'newline_delimited')`,
    );
    await Deno.remove(file);
  };
  await fill(
    "markets",
    markets.map((m) => ({
      venue: m.venue,
      market: m.market,
      base: m.base,
      quote: m.quote,
      korean_name: m.koreanName,
      english_name: m.englishName,
      active: true,
      first_seen: at(world.start),
    })),
  );
  await fill(
    "candles",
    markets.flatMap((market) =>
      minutes.flatMap((minute) => {
        const candle = world.candle(market, minute);
        if (!candle) return [];
        const price = (ticks: number) => plain(priceText(market, ticks));
        return [{
          venue: market.venue,
          market: market.market,
          interval: "1m",
          ts: at(minute),
          open: price(candle.open),
          high: price(candle.high),
          low: price(candle.low),
          close: price(candle.close),
          volume: plain(sizeText(market, candle.volume)),
          quote_volume: plain(valueText(market, candle.value)),
          trade_count: candle.count,
          source: "venue",
          state: "closed",
          revision: 0,
        }];
      })
    ),
  );
  const board = new Board(world, BOARD, 1), tweets = new Tweets(world);
  const counts = (
    source: string,
    query: string,
    count: (minute: number) => number,
  ) =>
    minutes.map((minute) => ({
      source,
      query,
      ts: at(minute),
      bucket: "1m",
      count: count(minute),
      first_count: count(minute),
      complete: true,
      observed_at: at(minute + 1),
    }));
  await fill("counts", [
    ...counts(
      "dcinside",
      `posts:${BOARD}`,
      (minute) => board.posts.count(minute),
    ),
    ...counts(
      "dcinside",
      `comments:${BOARD}`,
      (minute) => board.commentCount(minute),
    ),
    ...counts("x", QUERY, (minute) => tweets.minute(QUERY, minute)),
  ]);
  const dictionary = makeDictionary(
    markets.map((m) => ({
      base: m.base,
      korean_name: m.koreanName,
      english_name: m.englishName,
    })),
  );
  const fingerprint = fingerprinter("of the bench");
  const first = board.posts.before(world.start);
  const posts = Array.from(
    { length: board.posts.before(world.start + minutes.length) - first },
    (_, i) => board.post(first + i),
  );
  await fill(
    "talk",
    posts.map((post) => {
      const { coins, words, hash, ...read } = readText(
        post.title,
        dictionary,
        fingerprint,
      );
      return {
        source: "dcinside",
        board: BOARD,
        kind: "post",
        text_id: post.no,
        ts: new Date(post.ms).toISOString(),
        coins: coins.join(","),
        words: words.join(","),
        text_hash: hash,
        ...read,
      };
    }),
  );
}

/** What the marts say of a world. */
export interface Said {
  /** Adjusted p below .05, of all rows that hold. */
  significant: { mart: string; what: string; p: number }[];
  /** Pairs of which one side is said to lead or to add: the talk, the market, against what. */
  leads: { talk: string; market: string; against: string; lag: number }[];
  pairs: number;
  /** Valid rows with a p. */
  rows: number;
}

/** Rows with a p, and verdicts, of both marts. */
const ROWS = `
  select 'correlation' as mart, source || ' ' || measure as talk, market, against, bucket,
    transform || ' ' || method as what, case when valid then p_adjusted end as p,
    case when transform not like 'd%' and method = 'pearson' then verdict end as verdict, lag
  from marts.correlation
  union all
  select 'coin_verdicts', source || ' ' || coin || ' ' || talk, market, against, bucket, what, q,
    case when what = 'same bucket' then verdict end, lag
  from (select * from marts.coin_verdicts cross join lateral (values ('same bucket', p_adjusted),
    ('talk first', granger_talk_p_adjusted), ('market first', granger_market_p_adjusted),
    ('before bursts', event_before_p_adjusted), ('after bursts', event_after_p_adjusted)) t(what, q))
  union all
  select 'lead and lag', source || ' ' || measure, market, against, bucket, 'peak', finding_p, null, lag from marts.verdicts
  union all
  select 'lead and lag of coins', source || ' ' || coin || ' ' || talk, market, against, bucket, 'peak', lag_p, null, lag
  from marts.coin_verdicts`;

/** Makes the marts of a world and reads what they say. */
export async function saidOf(
  options: WorldOptions,
  marts = ["correlation", "coin_verdicts"],
): Promise<Said> {
  let said: Said = { significant: [], leads: [], pairs: 0, rows: 0 };
  await withData(async (data) => {
    await fillWorld(data, options);
    for (const only of marts) await analyze({ data, only });
    const rows = await ask(data, ROWS) as unknown as Row[];
    const pairs = rows.filter(({ verdict }) => verdict !== null);
    said = {
      significant: rows.filter(({ p }) => p !== null && p < 0.05).map((
        { mart, p, ...row },
      ) => ({
        mart,
        what:
          `${row.talk} ${row.market} ${row.against} ${row.bucket} ${row.what}`,
        p: p!,
      })),
      leads: pairs.filter(({ verdict }) => /_(leads|adds)$/.test(verdict!)).map(
        (row) => ({
          talk: row.talk,
          market: row.market,
          against: `${row.against} ${row.bucket} ${row.verdict}`,
          lag: row.lag!,
        }),
      ),
      pairs: pairs.length,
      rows: rows.filter(({ p }) => p !== null).length,
    };
  });
  return said;
}

interface Row {
  mart: string;
  talk: string;
  market: string;
  against: string;
  bucket: string;
  what: string;
  p: number | null;
  verdict: string | null;
  lag: number | null;
}

/** The worlds of the bench: what is planted, and what may be said then. */
const LAG = 3, STRENGTH = 0.6;

/** Ten worlds without a lead, one in which all talk leads, one in which only a coin is talked up. */
export async function benchWorlds(worlds = 10): Promise<Figure[]> {
  const figures: Figure[] = [];
  const unplanted: Said[] = [];
  for (let seed = 1; seed <= worlds; seed++) {
    unplanted.push(await saidOf({ seed, planted: null }));
  }
  const rows = unplanted.reduce((sum, said) => sum + said.rows, 0);
  const pairs = unplanted.reduce((sum, said) => sum + said.pairs, 0);
  figures.push({
    work: `unplanted demo worlds with an adjusted p below .05, of ${worlds}`,
    value: unplanted.filter((said) => said.significant.length > 0).length,
    unit: "worlds",
    aim: Math.ceil(worlds / 10),
    note: `${rows} rows with a p of ${pairs} pairs; ${
      unplanted.reduce((sum, said) => sum + said.leads.length, 0)
    } pairs said to lead`,
    details: unplanted,
  });
  const planted = { lagBuckets: LAG, strength: STRENGTH };
  const all = await saidOf({ seed: 1, planted });
  figures.push({
    work: "planted demo world: verdicts that lead by another lag",
    value: all.leads.filter(({ lag }) => lag !== LAG).length,
    unit: "pairs",
    // Of what is found one in twenty may be false: that is what is adjusted for.
    aim: Math.ceil(all.leads.length / 20),
    note: `${all.leads.length} of ${all.pairs} pairs lead`,
    details: all,
  });
  const one = await saidOf({ seed: 1, planted: { ...planted, coin: "XRP" } });
  figures.push({
    work: "demo world in which only XRP is talked up: others that lead",
    value: one.leads.filter(({ market }) =>
      market !== "*" && !market.includes("XRP")
    ).length,
    unit: "pairs",
    aim: 0,
    note: `${one.leads.length} pairs of XRP lead`,
    details: one,
  });
  return figures;
}
