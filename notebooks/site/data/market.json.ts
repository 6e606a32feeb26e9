/** The Market page's data: overview, a day of closes a minute, the latest trades. */
import { compareIds } from "../../../collector/model/decimal.ts";
import { amongMarkets, drawn, readColumns } from "../../columns.ts";
import {
  type Axis,
  axisOf,
  type Column,
  digits,
  type Market,
  marketKey,
  type Marts,
  print,
  RANGES,
} from "../../marts.ts";

const TRADES_PER_MARKET = 40;

/** What the Market page reads. */
export interface MarketData {
  /** Of the last day, a bar a minute. */
  axis: Axis;
  markets: MarketFigures[];
  /** Closes by market. */
  lines: Record<string, Column>;
  trades: Trade[];
}

/** A market's newest price, its changes as fractions and its last 24 hours. */
export interface MarketFigures extends Market {
  last: number | null;
  /** Milliseconds UTC of the newest price. */
  lastMs: number | null;
  m1: number | null;
  h1: number | null;
  h24: number | null;
  volume: number | null;
  value: number | null;
  /** The known part of the day; below 1 the volumes are of that part alone. */
  known: number;
  share: number | null;
  trades: number | null;
}

/** A trade, every digit as collected. */
export interface Trade {
  /** The key of its market. */
  key: string;
  id: string;
  /** ISO 8601, UTC. */
  ts: string;
  price: string;
  size: string;
  side: "buy" | "sell";
}

/** A row of `marts.overview`; the counts are 64-bit, as text. */
interface Overview extends Omit<Market, "key" | "base" | "quote"> {
  base: string | null;
  quote: string | null;
  korean_name: string | null;
  english_name: string | null;
  last: number | null;
  last_ms: number | null;
  change_1m: number | null;
  change_1h: number | null;
  change_24h: number | null;
  volume_24h: number | null;
  quote_volume_24h: number | null;
  minutes_24h: string | null;
  volume_share: number | null;
  trades_24h: string | null;
}

/** Reads it. */
export async function read(marts: Marts): Promise<MarketData> {
  const { query } = marts;
  const overview = await query<Overview>(
    `select *, epoch_ms(last_ts)::double as last_ms from marts.overview
   order by venue desc, quote_volume_24h desc nulls last, market`,
  );
  const last = await axisOf(marts, RANGES[0]);
  const n = 1440;
  const axis: Axis = { start: last.start + last.n - n, step: 1, n };
  const lines: MarketData["lines"] = {};
  const closes = await readColumns(marts, {
    mart: "candles",
    where: "interval = '1m'",
    axis,
    numbers: { close: 9 },
  });
  for (const [key, { numbers }] of closes) {
    lines[key] = drawn(numbers.close!, 9);
  }

  return {
    axis,
    markets: overview.map((row) => ({
      key: marketKey({ venue: row.venue, market: row.market }),
      venue: row.venue,
      market: row.market,
      base: row.base ?? row.market,
      quote: row.quote ?? "",
      ko: row.korean_name,
      en: row.english_name,
      last: row.last,
      lastMs: row.last_ms,
      m1: digits(row.change_1m, 4),
      h1: digits(row.change_1h, 4),
      h24: digits(row.change_24h, 4),
      volume: digits(row.volume_24h, 6),
      value: digits(row.quote_volume_24h, 6),
      known: Number(row.minutes_24h ?? 0) / 1440,
      share: digits(row.volume_share, 5),
      trades: row.trades_24h === null ? null : Number(row.trades_24h),
    })),
    lines,
    trades: await latestTrades(marts),
  };
}

/** Newest first; id, price and size as the exact text of the lake. */
async function latestTrades({ query }: Marts): Promise<Trade[]> {
  // Most markets have enough in the newest hour; of the others a day is read.
  const day = "date >= (select max(date) - 1 from lake.trades)";
  const read = (where: string) =>
    query<Omit<Trade, "key"> & Pick<Market, "venue" | "market">>(
      `select venue, market, t.trade_id::varchar as id,
         strftime(t.ts at time zone 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ') as ts,
         t.price::varchar as price, t.size::varchar as size, t.side as side
       from (
         select venue, market, unnest(max({ts: ts, trade_id: trade_id, price: price, size: size, side: side},
           ${TRADES_PER_MARKET})) as t
         from lake.trades where ${day} and ${where} group by venue, market)
       order by t.ts desc, t.trade_id desc`,
    );
  const [end] = await query(
    `select epoch_us(max(ts))::varchar as us from lake.trades where ${day}`,
  );
  if (!end?.us) return [];
  const hour = BigInt(end.us as string) - 3_600_000_000n;
  const newest = Map.groupBy(
    await read(`ts >= make_timestamptz(${hour}::bigint)`),
    marketKey,
  );
  const enough = [...newest.values()]
    .filter((trades) => trades.length === TRADES_PER_MARKET);
  const rows = [
    ...enough.flat(),
    ...await read(
      enough.length > 0
        ? `not ${amongMarkets(enough.map(([trade]) => trade!))}`
        : "true",
    ),
  ];
  return rows.map((row) => ({
    key: marketKey({ venue: row.venue, market: row.market }),
    id: row.id,
    ts: row.ts,
    price: plain(row.price),
    size: plain(row.size),
    side: row.side,
  })).sort((a, b) =>
    a.ts < b.ts ? 1 : a.ts > b.ts ? -1 : compareIds(b.id, a.id)
  );
}

/** Without the trailing zeros that a fixed decimal column adds. */
function plain(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

if (import.meta.main) await print(read);
