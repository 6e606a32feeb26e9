import { snapshot, type TableReport } from "../../analytics/snapshot.ts";
import {
  type Database,
  openDatabase,
} from "../../collector/database/client.ts";
import { withData } from "../bench/fill_lake.ts";
import { test } from "./requirements.ts";
import { startPostgres } from "./postgres_server.ts";
import { putDatabase } from "./empty_database.ts";

/** The day that is still open in these tests. */
export const TODAY = "2026-11-21";

/** An empty database beside an empty lake. */
export interface Fresh {
  database: Database;
  data: string;
  run(tables?: string[]): Promise<Record<string, TableReport>>;
  trade(
    id: string,
    options?: { ts?: string; price?: string; size?: string; market?: string },
  ): Promise<void>;
}

/** A step on empty tables and an empty lake. */
function stepOn(t: Deno.TestContext, database: Database): Step {
  const { sql } = database;
  return (name, body) =>
    t.step(name, () =>
      withData(async (data) => {
        await sql`truncate trades, tickers, books, candles, posts, comments, counts, rates, gaps, observed, rejects,
          markets, lake_files, lake_past`;
        await body({
          database,
          data,
          run: async (tables) =>
            Object.fromEntries(
              (await snapshot({ data, database, today: TODAY, tables })).map(
                (r) => [r.table, r],
              ),
            ),
          trade: async (id, o = {}) => {
            await sql`insert into trades (venue, market, trade_id, ts, price, size, side, received_at)
              values ('upbit', ${o.market ?? "KRW-BTC"}, ${id}, ${
              o.ts ?? "2026-11-20T10:00:00.123456Z"
            }::text::timestamptz, ${o.price ?? "1"}, ${
              o.size ?? "2.5"
            }, 'buy', now())`;
          },
        });
      }));
}

async function files(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (entry.isDirectory) {
      found.push(
        ...(await files(`${folder}/${entry.name}`)).map((f) =>
          `${entry.name}/${f}`
        ),
      );
    } else found.push(entry.name);
  }
  return found.sort();
}

/** The lake's Parquet files, relative to it; not those that it held before. */
export const parquet = async (data: string) =>
  (await files(`${data}/lake`)).filter((f) =>
    f.endsWith(".parquet") && !f.startsWith(".past/")
  );

/** Runs one step. */
export type Step = (
  name: string,
  body: (fresh: Fresh) => Promise<void>,
) => Promise<unknown>;

async function onTables(
  t: Deno.TestContext,
  database: Database,
  steps: (step: Step, database: Database) => Promise<void>,
): Promise<void> {
  try {
    await database
      .sql`select ensure_day_partitions(p, '2026-11-10', '2026-11-30')
      from unnest(array['trades', 'books']) p`;
    await steps(stepOn(t, database), database);
  } finally {
    await database.close();
  }
}

/** Steps on the embedded database. */
export const onEmbedded = (
  name: string,
  steps: (step: Step, database: Database) => Promise<void>,
): void =>
  Deno.test(`${name}, embedded`, (t) =>
    withData(async (data) =>
      onTables(t, await openDatabase({ data: await putDatabase(data) }), steps)
    ));

/** The same steps on the embedded database and, where there is one, on PostgreSQL. */
export function onBoth(
  name: string,
  steps: (step: Step, database: Database) => Promise<void>,
): void {
  onEmbedded(name, steps);
  test(`${name}, PostgreSQL`, ["postgres"], async (t) => {
    const server = await startPostgres();
    try {
      await onTables(t, await openDatabase({ url: server.url }), steps);
    } finally {
      await server.stop();
    }
  });
}
