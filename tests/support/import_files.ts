/** Files that tests import, and what should come of them. */
import { DuckDBInstance } from "@duckdb/node-api";
import type postgres from "postgres";
import { openDatabase } from "../../collector/database/client.ts";
import { parseMapping } from "../../collector/imports/columns.ts";
import { importFile } from "../../collector/imports/import_file.ts";
import type {
  ImportOptions,
  ImportReport,
} from "../../collector/imports/import_report.ts";
import { emptyData } from "./empty_database.ts";

/** Where the files are written. */
export const folder = await Deno.makeTempDir();
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

/** What a test asks for beyond the usual. */
export type Asked = Partial<Omit<ImportOptions, "mapping">> & {
  columns?: string;
};

/** Writes a file and imports it; candles of upbit KRW-BTC unless said otherwise. */
export async function take(
  sql: postgres.Sql | null,
  name: string,
  text: string | Uint8Array | null,
  { columns, ...more }: Asked = {},
): Promise<ImportReport> {
  const file = `${folder}/${name}`;
  if (typeof text === "string") await Deno.writeTextFile(file, text);
  else if (text) await Deno.writeFile(file, text);
  const kind = more.kind ?? "candles";
  return await importFile(sql, {
    file,
    venue: "upbit",
    market: "KRW-BTC",
    kind,
    interval: "1m",
    step: 60e6,
    replace: false,
    complete: false,
    mapping: parseMapping(columns, kind),
    ...more,
  });
}

/** Gzipped bytes. */
export async function gzip(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array> {
  const zipped = new Blob([bytes]).stream().pipeThrough(
    new CompressionStream("gzip"),
  );
  return new Uint8Array(await new Response(zipped).arrayBuffer());
}

/** UTF-8. */
export const encode = (text: string) => new TextEncoder().encode(text);

/** A Parquet file made of a query. */
export async function parquet(name: string, query: string): Promise<string> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run(
    `copy (${query}) to '${folder}/${name}' (format parquet)`,
  );
  connection.closeSync();
  instance.closeSync();
  return name;
}

/** An empty embedded database. */
export async function withDatabase(
  run: (sql: postgres.Sql, data: string) => Promise<void>,
): Promise<void> {
  const data = await emptyData();
  const db = await openDatabase({ data });
  try {
    await run(db.sql, data);
  } finally {
    await db.close();
    await Deno.remove(data, { recursive: true });
  }
}

export const T = 1509836520; // 2017-11-04T23:02:00Z
/** Seconds of the n-th minute. */
export const minute = (n: number) => T + 60 * n;
/** Every stored candle. */
export const stored = async (sql: postgres.Sql) =>
  (await sql`
    select extract(epoch from ts)::int as s, open::text as o, high::text as h, low::text as l, close::text as c,
      volume::text as v, quote_volume::text as q, trade_count as n, state, source, revision
    from candles order by venue, market, interval, ts`).map((row) => ({
    ...row,
  }));

/** Two candles and a minute without trades. */
export const BARS = [
  [minute(0), "1.5", "3", "1", "2", "10"],
  [minute(1), "2", "2", "2", "2", "0"],
  [
    minute(2),
    "2",
    "2.000000000000000001",
    "1.25",
    "1.5",
    "0.123456789012345678",
  ],
];
/** The same as they should be stored. */
export const EXPECTED = [
  {
    s: minute(0),
    o: "1.5",
    h: "3",
    l: "1",
    c: "2",
    v: "10",
    q: null,
    n: null,
    state: "closed",
    source: "venue",
    revision: 0,
  },
  {
    s: minute(1),
    o: "2",
    h: "2",
    l: "2",
    c: "2",
    v: "0",
    q: "0",
    n: 0,
    state: "no_trade",
    source: "venue",
    revision: 0,
  },
  {
    s: minute(2),
    o: "2",
    h: "2.000000000000000001",
    l: "1.25",
    c: "1.5",
    v: "0.123456789012345678",
    q: null,
    n: null,
    state: "closed",
    source: "venue",
    revision: 0,
  },
];
export const HEADER = "time,open,high,low,close,volume";
export const iso = (s: number) => new Date(s * 1000).toISOString();
export const ROWS = BARS.map(([ts, ...rest]) => [ts, ...rest].join(",")).join(
  "\n",
);
