/**
 * The lake's tables: what of each Postgres table is copied, typed exactly.
 *
 * Text of posts and comments and hashes of authors are kept for a limited time
 * in Postgres alone, so they are not among the columns.
 */

/** A column of a table, by DuckDB's types. */
export interface Column {
  name: string;
  type:
    | "VARCHAR"
    /** A `text[]` of Postgres. */
    | "VARCHAR[]"
    | "BIGINT"
    | "INTEGER"
    | "BOOLEAN"
    | "TIMESTAMPTZ"
    | "DECIMAL(38,18)";
}

/** One table of the lake, `data/lake/<name>/venue=<v>/date=<yyyy-mm-dd>/*.parquet`. */
export interface LakeTable {
  name: string;
  /** The Postgres column whose value is the partition `venue`: a community for posts, comments and counts. */
  venue: "venue" | "source";
  /** The Postgres column whose UTC day is the partition `date`. */
  day: string;
  columns: Column[];
  /** Order of the rows in a file. */
  sort: string[];
  /**
   * Where rows change: their key; a change is a further row, and the one with
   * the highest `written` counts. Null where rows never change.
   */
  key: string[] | null;
  /** True for small tables that are copied whole, a partition anew when it changes. */
  whole: boolean;
}

type Spec = Record<string, Column["type"]>;

const EXACT = "DECIMAL(38,18)";

const table = (
  name: string,
  spec: Spec,
  options:
    & { sort: string[] }
    & Partial<Pick<LakeTable, "venue" | "day" | "key" | "whole">>,
): LakeTable => ({
  name,
  venue: "venue",
  day: "ts",
  key: null,
  whole: false,
  columns: Object.entries(spec).map(([name, type]) => ({ name, type })),
  ...options,
});

/** Every table of the lake. */
export const lakeTables: LakeTable[] = [
  table("markets", {
    venue: "VARCHAR",
    market: "VARCHAR",
    base: "VARCHAR",
    quote: "VARCHAR",
    korean_name: "VARCHAR",
    english_name: "VARCHAR",
    active: "BOOLEAN",
    warning: "VARCHAR",
    first_seen: "TIMESTAMPTZ",
    last_seen: "TIMESTAMPTZ",
  }, { sort: ["market"], day: "first_seen", whole: true }),
  table("trades", {
    venue: "VARCHAR",
    market: "VARCHAR",
    trade_id: "BIGINT",
    ts: "TIMESTAMPTZ",
    price: EXACT,
    size: EXACT,
    side: "VARCHAR",
    fills: "INTEGER",
    received_at: "TIMESTAMPTZ",
    written: "BIGINT",
  }, { sort: ["market", "ts", "trade_id"] }),
  table("tickers", {
    venue: "VARCHAR",
    market: "VARCHAR",
    ts: "TIMESTAMPTZ",
    last: EXACT,
    volume_24h: EXACT,
    value_24h: EXACT,
    change_rate: EXACT,
    received_at: "TIMESTAMPTZ",
    written: "BIGINT",
  }, { sort: ["market", "ts"] }),
  table("books", {
    venue: "VARCHAR",
    market: "VARCHAR",
    ts: "TIMESTAMPTZ",
    bids: "VARCHAR",
    asks: "VARCHAR",
    received_at: "TIMESTAMPTZ",
    written: "BIGINT",
  }, { sort: ["market", "ts"] }),
  table("candles", {
    venue: "VARCHAR",
    market: "VARCHAR",
    interval: "VARCHAR",
    ts: "TIMESTAMPTZ",
    open: EXACT,
    high: EXACT,
    low: EXACT,
    close: EXACT,
    volume: EXACT,
    quote_volume: EXACT,
    trade_count: "INTEGER",
    source: "VARCHAR",
    state: "VARCHAR",
    revision: "INTEGER",
    agrees: "BOOLEAN",
    received_at: "TIMESTAMPTZ",
    written: "BIGINT",
  }, {
    sort: ["market", "interval", "ts", "source", "written"],
    key: ["venue", "market", "interval", "ts", "source"],
  }),
  table("posts", {
    source: "VARCHAR",
    board: "VARCHAR",
    post_id: "BIGINT",
    ts: "TIMESTAMPTZ",
    author_kind: "VARCHAR",
    comment_count: "INTEGER",
    comments_read: "INTEGER",
    view_count: "INTEGER",
    like_count: "INTEGER",
    deleted: "BOOLEAN",
    first_seen: "TIMESTAMPTZ",
    observed_at: "TIMESTAMPTZ",
    written: "BIGINT",
  }, {
    venue: "source",
    sort: ["board", "ts", "post_id", "written"],
    key: ["source", "board", "post_id"],
  }),
  table("comments", {
    source: "VARCHAR",
    board: "VARCHAR",
    post_id: "BIGINT",
    comment_id: "BIGINT",
    parent_id: "BIGINT",
    ts: "TIMESTAMPTZ",
    author_kind: "VARCHAR",
    deleted: "BOOLEAN",
    first_seen: "TIMESTAMPTZ",
    written: "BIGINT",
  }, {
    venue: "source",
    sort: ["board", "ts", "comment_id", "written"],
    key: ["source", "board", "comment_id"],
  }),
  table("counts", {
    source: "VARCHAR",
    query: "VARCHAR",
    ts: "TIMESTAMPTZ",
    bucket: "VARCHAR",
    count: "INTEGER",
    complete: "BOOLEAN",
    first_count: "INTEGER",
    observed_at: "TIMESTAMPTZ",
    written: "BIGINT",
  }, {
    venue: "source",
    sort: ["query", "bucket", "ts", "written"],
    key: ["source", "query", "bucket", "ts"],
  }),
  table("talk", {
    source: "VARCHAR",
    board: "VARCHAR",
    kind: "VARCHAR",
    text_id: "BIGINT",
    ts: "TIMESTAMPTZ",
    coins: "VARCHAR",
    positive: "INTEGER",
    negative: "INTEGER",
    language: "VARCHAR",
    words: "VARCHAR",
    length: "INTEGER",
    text_hash: "VARCHAR",
    written: "BIGINT",
  }, {
    venue: "source",
    sort: ["board", "kind", "ts", "text_id", "written"],
    key: ["source", "board", "kind", "text_id"],
  }),
  table("forecasts", {
    origin: "VARCHAR",
    venue: "VARCHAR",
    market: "VARCHAR",
    quantity: "VARCHAR",
    model: "VARCHAR",
    model_version: "VARCHAR",
    issued_at: "TIMESTAMPTZ",
    target_from: "TIMESTAMPTZ",
    target_to: "TIMESTAMPTZ",
    data_to: "TIMESTAMPTZ",
    trained_to: "TIMESTAMPTZ",
    value: EXACT,
    written: "BIGINT",
  }, {
    sort: ["market", "target_from", "quantity", "model", "origin"],
    day: "target_from",
  }),
  table("rates", {
    source: "VARCHAR",
    base: "VARCHAR",
    quote: "VARCHAR",
    ts: "TIMESTAMPTZ",
    rate: EXACT,
    received_at: "TIMESTAMPTZ",
    written: "BIGINT",
  }, { venue: "source", sort: ["base", "quote", "ts"] }),
  table("observed", {
    span_id: "VARCHAR",
    venue: "VARCHAR",
    markets: "VARCHAR[]",
    channels: "VARCHAR[]",
    from_ts: "TIMESTAMPTZ",
    to_ts: "TIMESTAMPTZ",
    ended: "BOOLEAN",
  }, { sort: ["from_ts", "span_id"], day: "from_ts", whole: true }),
  table("gaps", {
    gap_id: "BIGINT",
    venue: "VARCHAR",
    market: "VARCHAR",
    channel: "VARCHAR",
    from_ts: "TIMESTAMPTZ",
    to_ts: "TIMESTAMPTZ",
    from_id: "BIGINT",
    to_id: "BIGINT",
    reason: "VARCHAR",
    detail: "VARCHAR",
    state: "VARCHAR",
    recovered: "INTEGER",
    opened_at: "TIMESTAMPTZ",
    closed_at: "TIMESTAMPTZ",
    note: "VARCHAR",
    note_detail: "VARCHAR",
    clock_offset_ms: "INTEGER",
  }, {
    sort: ["market", "channel", "from_ts", "gap_id"],
    day: "from_ts",
    whole: true,
  }),
  table("id_checks", {
    venue: "VARCHAR",
    market: "VARCHAR",
    first_id: "BIGINT",
    last_id: "BIGINT",
    missing: "BIGINT",
    checked_at: "TIMESTAMPTZ",
    since: "TIMESTAMPTZ",
  }, { sort: ["market"], day: "since", whole: true }),
  // Without the error: it may name folders and hosts.
  table("runs", {
    run_id: "BIGINT",
    source: "VARCHAR",
    round: "TIMESTAMPTZ",
    step: "VARCHAR",
    attempt: "INTEGER",
    state: "VARCHAR",
    started_at: "TIMESTAMPTZ",
    ended_at: "TIMESTAMPTZ",
    units: "BIGINT",
    rows: "BIGINT",
  }, {
    venue: "source",
    sort: ["run_id"],
    day: "started_at",
    whole: true,
  }),
  // Without payload and reason: either may quote a text that Postgres drops after its days.
  table("rejects", {
    reject_id: "BIGINT",
    source: "VARCHAR",
    received_at: "TIMESTAMPTZ",
  }, {
    venue: "source",
    sort: ["received_at", "reject_id"],
    day: "received_at",
    whole: true,
  }),
];

/** A name as an SQL identifier. */
export const identifier = (name: string): string =>
  `"${name.replaceAll('"', '""')}"`;

/** A text as an SQL literal. */
export const literal = (text: string): string =>
  `'${text.replaceAll("'", "''")}'`;

/** What a file of the table holds, in its order; the partition `venue` stands in the path alone. */
export function partitionQuery(table: LakeTable, from: string): string {
  const columns = table.columns.map((c) => c.name)
    .filter((name) => name !== "venue").map(identifier);
  return `select ${columns.join(", ")} ${from} order by ${
    table.sort.map(identifier).join(", ")
  }`;
}
