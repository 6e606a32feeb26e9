/**
 * How each kind of event becomes rows: one statement a batch, columns as
 * arrays (`unnest`), so that its text never changes and the server plans it
 * once. Each returns how many rows are new or changed. Booleans go as text:
 * the client takes an array that begins with one for a single boolean.
 */
import type postgres from "postgres";
import type {
  Book,
  Candle,
  Comment,
  Count,
  Event,
  Market,
  Micros,
  Post,
  Rate,
  Ticker,
  Trade,
} from "../model/events.ts";
import { DAY } from "../model/time.ts";

/** An event and when it was received. */
export interface Row<E extends Event = Event> {
  event: E;
  receivedAt: Micros;
}

/** The newest event of a stream, and how many there were; the database measures the pauses by its own clock. */
export interface StreamStats {
  source: string;
  stream: string;
  channel: string;
  events: number;
  ts: Micros;
  receivedAt: Micros;
  /** Of trades: the first and the last in the order of arrival. */
  firstId: string | null;
  lastId: string | null;
}

/** A client or a transaction of one. */
// deno-lint-ignore ban-types -- as postgres.js declares it
export type Client = postgres.ISql<{}>;

type Insert<T> = (sql: Client, rows: T[]) => Promise<number>;

/**
 * The last of each key: `on conflict do update` may touch a row only once in a
 * statement.
 */
function lastOf<T>(rows: T[], key: (row: T) => string): T[] {
  const last = new Map<string, T>();
  for (const row of rows) {
    last.delete(key(row));
    last.set(key(row), row);
  }
  return last.size === rows.length ? rows : [...last.values()];
}

/** An array as PostgreSQL reads it; three times as fast as the client's own, for the one table where that counts. */
function arrayOf<T>(rows: T[], value: (row: T) => string | number): string {
  let text = "{";
  for (const row of rows) {
    let item = String(value(row));
    if (item.includes('"') || item.includes("\\")) {
      item = item.replace(/["\\]/g, "\\$&");
    }
    text += text.length > 1 ? `,"${item}"` : `"${item}"`;
  }
  return text + "}";
}

/** A trade so close to midnight may stand in the neighbouring day's partition, under another time. */
const NEAR = 3_600_000_000;

/**
 * An id that is stored already adds nothing, also with another time: within a
 * day by the partition's key, across midnight by a look into the days beside.
 */
const insertTrades = async (
  sql: Client,
  rows: Row<Trade>[],
  /** Whether any time may be another than the one that is stored. */
  anyTime: boolean,
): Promise<number> => {
  const times = rows.map((row) => row.event.ts);
  const from = Math.min(...times), to = Math.max(...times);
  const beside = anyTime ||
    times.some((ts) => ts % DAY < NEAR || ts % DAY >= DAY - NEAR);
  // In the order of their key, so that two collectors never wait for each other crosswise.
  const result = await sql`
    insert into trades (venue, market, trade_id, ts, price, size, side, fills, received_at)
    select venue, market, id, to_timestamp(ts / 1e6), price, size, side, fills, to_timestamp(received_at / 1e6)
    from unnest(
      ${arrayOf(rows, (r) => r.event.venue)}::text::text[],
      ${arrayOf(rows, (r) => r.event.market)}::text::text[],
      ${arrayOf(rows, (r) => r.event.id)}::text::bigint[],
      ${arrayOf(rows, (r) => r.event.ts)}::text::float8[],
      ${arrayOf(rows, (r) => r.event.price)}::text::numeric[],
      ${arrayOf(rows, (r) => r.event.size)}::text::numeric[],
      ${arrayOf(rows, (r) => r.event.side)}::text::text[],
      ${arrayOf(rows, (r) => r.event.fills)}::text::integer[],
      ${arrayOf(rows, (r) => r.receivedAt)}::text::float8[]
    ) as event (venue, market, id, ts, price, size, side, fills, received_at)
    ${
    beside
      ? sql`where not exists (select from trades t
          where t.venue = event.venue and t.market = event.market and t.trade_id = event.id
            and t.ts >= to_timestamp(${from - DAY}::float8 / 1e6)
            and t.ts <= to_timestamp(${to + DAY}::float8 / 1e6))`
      : sql``
  }
    order by venue, market, id
    on conflict do nothing`;
  return result.count;
};

const trades: Insert<Row<Trade>> = (sql, rows) =>
  insertTrades(sql, rows, false);

/** Trades of a page by REST, whose times may differ from the socket's. */
export const insertPagedTrades: Insert<Row<Trade>> = (sql, rows) =>
  insertTrades(sql, rows, true);

const tickers: Insert<Row<Ticker>> = async (sql, rows) => {
  const result = await sql`
    insert into tickers (venue, market, ts, last, volume_24h, value_24h, change_rate, received_at)
    select venue, market, to_timestamp(ts / 1e6), last, volume, value, change_rate,
      to_timestamp(received_at / 1e6)
    from unnest(
      ${rows.map((r) => r.event.venue)}::text[],
      ${rows.map((r) => r.event.market)}::text[],
      ${rows.map((r) => r.event.ts)}::float8[],
      ${rows.map((r) => r.event.last)}::numeric[],
      ${rows.map((r) => r.event.volume24h)}::numeric[],
      ${rows.map((r) => r.event.value24h)}::numeric[],
      ${rows.map((r) => r.event.changeRate)}::numeric[],
      ${rows.map((r) => r.receivedAt)}::float8[]
    ) as event (venue, market, ts, last, volume, value, change_rate, received_at)
    order by venue, market, ts
    on conflict do nothing`;
  return result.count;
};

const books: Insert<Row<Book>> = async (sql, rows) => {
  const result = await sql`
    insert into books (venue, market, ts, bids, asks, received_at)
    select venue, market, to_timestamp(ts / 1e6), bids, asks, to_timestamp(received_at / 1e6)
    from unnest(
      ${rows.map((r) => r.event.venue)}::text[],
      ${rows.map((r) => r.event.market)}::text[],
      ${rows.map((r) => r.event.ts)}::float8[],
      ${rows.map((r) => JSON.stringify(r.event.bids))}::text[]::jsonb[],
      ${rows.map((r) => JSON.stringify(r.event.asks))}::text[]::jsonb[],
      ${rows.map((r) => r.receivedAt)}::float8[]
    ) as event (venue, market, ts, bids, asks, received_at)
    order by venue, market, ts
    on conflict do nothing`;
  return result.count;
};

/**
 * Newer overwrites older and raises the revision; complete overwrites partial;
 * never the reverse: a spool may be written long after another collector's rows.
 * Of two that were made from trades the newer is the one of more trades, which
 * no clock can gainsay.
 */
const candles: Insert<Row<Candle>> = async (sql, batch) => {
  const rows = lastOf(
    batch,
    ({ event: c }) =>
      `${c.venue} ${c.market} ${c.interval} ${c.ts} ${c.source}`,
  );
  const result = await sql`
    insert into candles (venue, market, interval, ts, open, high, low, close, volume, quote_volume,
      trade_count, source, state, received_at)
    select venue, market, interval, to_timestamp(ts / 1e6), open, high, low, close, volume, quote_volume,
      trade_count, source, state, to_timestamp(received_at / 1e6)
    from unnest(
      ${rows.map((r) => r.event.venue)}::text[],
      ${rows.map((r) => r.event.market)}::text[],
      ${rows.map((r) => r.event.interval)}::text[],
      ${rows.map((r) => r.event.ts)}::float8[],
      ${rows.map((r) => r.event.open)}::numeric[],
      ${rows.map((r) => r.event.high)}::numeric[],
      ${rows.map((r) => r.event.low)}::numeric[],
      ${rows.map((r) => r.event.close)}::numeric[],
      ${rows.map((r) => r.event.volume)}::numeric[],
      ${rows.map((r) => r.event.quoteVolume)}::numeric[],
      ${rows.map((r) => r.event.tradeCount)}::integer[],
      ${rows.map((r) => r.event.source)}::text[],
      ${rows.map((r) => r.event.state)}::text[],
      ${rows.map((r) => r.receivedAt)}::float8[]
    ) as event (venue, market, interval, ts, open, high, low, close, volume, quote_volume, trade_count,
      source, state, received_at)
    order by venue, market, interval, ts, source
    on conflict (venue, market, interval, ts, source) do update set
      open = excluded.open, high = excluded.high, low = excluded.low, close = excluded.close,
      volume = excluded.volume, quote_volume = excluded.quote_volume,
      trade_count = excluded.trade_count, state = excluded.state, received_at = excluded.received_at,
      revision = candles.revision + 1, agrees = null, written = current_transaction()
    where (candles.open, candles.high, candles.low, candles.close, candles.volume, candles.quote_volume,
        candles.trade_count, candles.state)
      is distinct from (excluded.open, excluded.high, excluded.low, excluded.close, excluded.volume,
        excluded.quote_volume, excluded.trade_count, excluded.state)
      and case when (excluded.state = 'partial') = (candles.state = 'partial')
        then case excluded.source when 'trades'
            then (excluded.trade_count, excluded.received_at) >= (candles.trade_count, candles.received_at)
          else excluded.received_at >= candles.received_at end
        else candles.state = 'partial' end`;
  return result.count;
};

/** A title that was deleted, by age or by its author, is not restored. */
const posts: Insert<Row<Post>> = async (sql, batch) => {
  const rows = lastOf(
    batch,
    ({ event: p }) => `${p.source} ${p.board} ${p.id}`,
  );
  const result = await sql`
    insert into posts (source, board, post_id, ts, title, author_hash, author_kind, comment_count,
      view_count, like_count, first_seen, observed_at)
    select source, board, id, to_timestamp(ts / 1e6), title, author, author_kind, comments, views, likes,
      to_timestamp(received_at / 1e6), to_timestamp(received_at / 1e6)
    from unnest(
      ${rows.map((r) => r.event.source)}::text[],
      ${rows.map((r) => r.event.board)}::text[],
      ${rows.map((r) => r.event.id)}::bigint[],
      ${rows.map((r) => r.event.ts)}::float8[],
      ${rows.map((r) => r.event.title)}::text[],
      ${rows.map((r) => r.event.author)}::text[],
      ${rows.map((r) => r.event.authorKind)}::text[],
      ${rows.map((r) => r.event.comments)}::integer[],
      ${rows.map((r) => r.event.views)}::integer[],
      ${rows.map((r) => r.event.likes)}::integer[],
      ${rows.map((r) => r.receivedAt)}::float8[]
    ) as event (source, board, id, ts, title, author, author_kind, comments, views, likes, received_at)
    order by source, board, id
    on conflict (source, board, post_id) do update set
      title = case when posts.title is null then null else excluded.title end,
      comment_count = excluded.comment_count, view_count = excluded.view_count,
      like_count = excluded.like_count, observed_at = excluded.observed_at, written = current_transaction()
    where posts.observed_at < excluded.observed_at and (
      (posts.comment_count, posts.view_count, posts.like_count) is distinct from
        (excluded.comment_count, excluded.view_count, excluded.like_count)
        or posts.title <> excluded.title)`;
  return result.count;
};

const comments: Insert<Row<Comment>> = async (sql, batch) => {
  const rows = lastOf(
    batch,
    ({ event: c }) => `${c.source} ${c.board} ${c.id}`,
  );
  const result = await sql`
    insert into comments (source, board, post_id, comment_id, parent_id, ts, text, author_hash, author_kind,
      deleted, first_seen)
    select source, board, post_id, id, parent_id, to_timestamp(ts / 1e6), text, author, author_kind,
      deleted, to_timestamp(received_at / 1e6)
    from unnest(
      ${rows.map((r) => r.event.source)}::text[],
      ${rows.map((r) => r.event.board)}::text[],
      ${rows.map((r) => r.event.postId)}::bigint[],
      ${rows.map((r) => r.event.id)}::bigint[],
      ${rows.map((r) => r.event.parentId)}::bigint[],
      ${rows.map((r) => r.event.ts)}::float8[],
      ${rows.map((r) => r.event.text)}::text[],
      ${rows.map((r) => r.event.author)}::text[],
      ${rows.map((r) => r.event.authorKind)}::text[],
      ${rows.map((r) => String(r.event.deleted))}::text[]::boolean[],
      ${rows.map((r) => r.receivedAt)}::float8[]
    ) as event (source, board, post_id, id, parent_id, ts, text, author, author_kind, deleted, received_at)
    order by source, board, id
    on conflict (source, board, comment_id) do update set
      deleted = excluded.deleted,
      text = case when excluded.deleted then null else comments.text end,
      written = current_transaction()
    where comments.deleted is distinct from excluded.deleted`;
  return result.count;
};

/** `first_count` is the value of the first complete sight; a complete bucket never becomes incomplete again. */
const counts: Insert<Row<Count>> = async (sql, batch) => {
  const rows = lastOf(
    batch,
    ({ event: c }) => `${c.source} ${c.query} ${c.bucket} ${c.ts}`,
  );
  const result = await sql`
    insert into counts (source, query, ts, bucket, count, complete, first_count, observed_at)
    select source, query, to_timestamp(ts / 1e6), bucket, count, complete, count, to_timestamp(received_at / 1e6)
    from unnest(
      ${rows.map((r) => r.event.source)}::text[],
      ${rows.map((r) => r.event.query)}::text[],
      ${rows.map((r) => r.event.ts)}::float8[],
      ${rows.map((r) => r.event.bucket)}::text[],
      ${rows.map((r) => r.event.count)}::integer[],
      ${rows.map((r) => String(r.event.complete))}::text[]::boolean[],
      ${rows.map((r) => r.receivedAt)}::float8[]
    ) as event (source, query, ts, bucket, count, complete, received_at)
    order by source, query, bucket, ts
    on conflict (source, query, bucket, ts) do update set
      count = excluded.count, complete = excluded.complete,
      first_count = case when counts.complete then counts.first_count else excluded.count end,
      observed_at = excluded.observed_at, written = current_transaction()
    where (counts.count, counts.complete) is distinct from (excluded.count, excluded.complete)
      and case when excluded.complete = counts.complete
        then excluded.observed_at >= counts.observed_at else excluded.complete end`;
  return result.count;
};

const rates: Insert<Row<Rate>> = async (sql, rows) => {
  // A source that corrects a rate keeps the first: the lake holds no versions of rates.
  const result = await sql`
    insert into rates (source, base, quote, ts, rate, received_at)
    select source, base, quote, to_timestamp(ts / 1e6), rate, to_timestamp(received_at / 1e6)
    from unnest(
      ${rows.map((r) => r.event.source)}::text[],
      ${rows.map((r) => r.event.base)}::text[],
      ${rows.map((r) => r.event.quote)}::text[],
      ${rows.map((r) => r.event.ts)}::float8[],
      ${rows.map((r) => r.event.rate)}::numeric[],
      ${rows.map((r) => r.receivedAt)}::float8[]
    ) as event (source, base, quote, ts, rate, received_at)
    on conflict do nothing`;
  return result.count;
};

const markets: Insert<Market> = async (sql, rows) => {
  const result = await sql`
    insert into markets (venue, market, base, quote, korean_name, english_name, active, warning)
    select * from unnest(
      ${rows.map((m) => m.venue)}::text[],
      ${rows.map((m) => m.market)}::text[],
      ${rows.map((m) => m.base)}::text[],
      ${rows.map((m) => m.quote)}::text[],
      ${rows.map((m) => m.koreanName)}::text[],
      ${rows.map((m) => m.englishName)}::text[],
      ${rows.map((m) => String(m.active))}::text[]::boolean[],
      ${rows.map((m) => m.warning)}::text[]
    ) as listed (venue, market, base, quote, korean_name, english_name, active, warning)
    order by venue, market
    on conflict (venue, market) do update set
      base = excluded.base, quote = excluded.quote, korean_name = excluded.korean_name,
      english_name = excluded.english_name, active = excluded.active, warning = excluded.warning,
      last_seen = now()`;
  return result.count;
};

const streamStats: Insert<StreamStats> = async (sql, rows) => {
  const result = await sql`
    insert into stream_stats (source, stream, channel, events, last_ts, last_received_at, first_id, last_id,
      news_at, paused_from)
    select source, stream, channel, events, to_timestamp(ts / 1e6), to_timestamp(received_at / 1e6),
      first_id, last_id, clock_timestamp(), clock_timestamp()
    from unnest(
      ${rows.map((f) => f.source)}::text[],
      ${rows.map((f) => f.stream)}::text[],
      ${rows.map((f) => f.channel)}::text[],
      ${rows.map((f) => f.events)}::bigint[],
      ${rows.map((f) => f.ts)}::float8[],
      ${rows.map((f) => f.receivedAt)}::float8[],
      ${rows.map((f) => f.firstId)}::bigint[],
      ${rows.map((f) => f.lastId)}::bigint[]
    ) as event (source, stream, channel, events, ts, received_at, first_id, last_id)
    on conflict (source, stream, channel) do update set
      first_id = coalesce(stream_stats.first_id, excluded.first_id),
      last_id = coalesce(excluded.last_id, stream_stats.last_id),
      events = stream_stats.events + excluded.events,
      last_ts = greatest(stream_stats.last_ts, excluded.last_ts),
      last_received_at = greatest(stream_stats.last_received_at, excluded.last_received_at),
      news_at = excluded.news_at, paused_from = excluded.paused_from,
      pauses = stream_stats.pauses + (stream_stats.paused_from is not null)::integer,
      longest_pause = coalesce(next_longest_pause(stream_stats.pauses, stream_stats.longest_pause,
        extract(epoch from excluded.paused_from - stream_stats.paused_from)::float8), stream_stats.longest_pause)`;
  return result.count;
};

/** The statement of each kind. */
export const tables = {
  trade: { insert: trades as Insert<Row> },
  ticker: { insert: tickers as Insert<Row> },
  book: { insert: books as Insert<Row> },
  candle: { insert: candles as Insert<Row> },
  post: { insert: posts as Insert<Row> },
  comment: { insert: comments as Insert<Row> },
  count: { insert: counts as Insert<Row> },
  rate: { insert: rates as Insert<Row> },
  market: { insert: markets },
  streamStats: { insert: streamStats },
};
