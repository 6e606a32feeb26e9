/**
 * `deno task publish`: the newest of some marts → Postgres, where the API
 * reads them. A task of its own, so that `analyze` goes on needing no network.
 */
import type postgres from "postgres";
import { attended } from "../collector/cli/attended.ts";
import { dataFolder, keepApart } from "../collector/cli/data_folder.ts";
import { type Database, openDatabase } from "../collector/database/client.ts";
import {
  attentionMart,
  correlationMart,
  indicatorsMart,
  premiumMart,
  type PublishedMart,
  type TableColumn,
  tableColumns,
} from "../collector/api/published_marts.ts";
import { CliError, readOptions, runTask } from "../collector/cli/errors.ts";
import { type Lake, openLake } from "./lake/lake.ts";
import { identifier, literal } from "./lake/tables.ts";

/** What became of one table. */
export interface PublishReport {
  mart: string;
  /** Rows that are published now. */
  rows: number;
  /** Of these, new or other than before. */
  changed: number;
  /** Rows of before that are published no longer. */
  removed: number;
  seconds: number;
}

/** How to publish. */
export interface PublishOptions {
  /** Folder of the data; default `CROWDTAPE_DATA`, else `data`. */
  data?: string;
  /** An open database; default the one that `DATABASE_URL` names or the embedded one, opened and closed here. */
  database?: Database;
  /** Newest days of buckets shorter than an hour; see {@link spanDays}. Default 7. */
  days?: number;
  /** Called after each mart. */
  onMart?: (report: PublishReport) => void;
}

interface Publication {
  of: PublishedMart;
  /** Marts that have to be there. */
  needs: string[];
  /** Over the marts, with the columns that are declared. */
  query: string;
}

/**
 * Whole queries and boards (`query`) at 5 minutes and an hour, coins (`coin`)
 * at a day as well, with share and z-score where there is one.
 */
const ATTENTION = `
  select a.source, a.query, null as coin, a.measure, a.bucket, a.ts, a.count_raw, a.count_complete,
    null as count_deduplicated, null as share, null as share_deduplicated,
    z.expected, z.z, z.weeks, z.expected_daily, z.z_daily, z.days
  from marts.attention a
  left join marts.attention_z z on a.bucket = '1h' and z.coin is null and z.source = a.source
    and z.query = a.query and z.measure = a.measure and z.ts = a.ts
  where a.bucket in ('5m', '1h')
  union all
  select m.source, null, m.coin, m.measure, m.bucket, m.ts, m.count_raw, m.count_complete,
    m.count_deduplicated, s.share, s.share_deduplicated,
    z.expected, z.z, z.weeks, z.expected_daily, z.z_daily, z.days
  from marts.mentions m
  left join marts.attention_share s on s.bucket = m.bucket and s.source = m.source
    and s.measure = m.measure and s.coin = m.coin and s.ts = m.ts
  left join marts.attention_z z on m.bucket = '1h' and z.query is null and z.source = m.source
    and z.coin = m.coin and z.measure = m.measure and z.ts = m.ts
  union all
  select source, null, coin, measure, bucket, ts, count_raw, case when complete then count_raw end,
    count_deduplicated, share, share_deduplicated, null, null, null, null, null, null
  from marts.attention_share where bucket = '1d'`;

const PUBLICATIONS: Publication[] = [{
  of: indicatorsMart,
  needs: ["indicators"],
  query: "select * from marts.indicators",
}, {
  of: attentionMart,
  needs: ["attention", "mentions", "attention_share", "attention_z"],
  query: ATTENTION,
}, {
  of: correlationMart,
  needs: ["correlation"],
  query: "select * from marts.correlation",
}, {
  of: premiumMart,
  needs: ["premium"],
  query: "select * from marts.premium",
}];

/**
 * Days that are published of a bucket: `days` of those shorter than an hour,
 * 12 times as many of hours, 52 times of days, so that each scale shows about as much.
 */
export const spanDays = (bucket: string, days: number): number =>
  /d/.test(bucket) ? 52 * days : /h/.test(bucket) ? 12 * days : days;

/** Rows in one statement. */
const BATCH = 4000;

/**
 * Copies the newest of the marts `indicators`, `attention` (with share and
 * z-score), `correlation` and `premium` into `published_<mart>`, each in one
 * transaction: a reader sees the old or the new, never a mixture. Only rows that
 * differ are written; the same marts again change nothing.
 * @throws {CliError} when a mart has not been made or cannot be read or stored.
 */
export async function publish(
  options: PublishOptions = {},
): Promise<PublishReport[]> {
  const data = options.data ?? dataFolder();
  const lake = await openLake({ data, allowEmpty: true });
  let database: Database | null = null;
  try {
    await mustHave(lake, data, PUBLICATIONS.flatMap(({ needs }) => needs));
    database = options.database ?? await openDatabase({ data });
    const reports: PublishReport[] = [];
    for (const publication of PUBLICATIONS) {
      const report = await publishMart(
        lake,
        database.sql,
        publication,
        options.days ?? 7,
      ).catch((error: Error) => {
        throw new CliError(
          `The mart ${publication.of.mart} cannot be published: ${
            error.message.split("\n")[0]
          }. What was published before stays; \`deno task analyze\` makes the marts anew.`,
        );
      });
      reports.push(report);
      options.onMart?.(report);
    }
    return reports;
  } finally {
    lake.close();
    if (!options.database) await database?.close();
  }
}

async function mustHave(
  lake: Lake,
  data: string,
  needs: string[],
): Promise<void> {
  const reader = await lake.connection.runAndReadAll(
    "select view_name from duckdb_views() where schema_name = 'marts'",
  );
  const made = new Set(reader.getRowsJson().map(([name]) => name));
  const missing = needs.filter((name) => !made.has(name));
  if (missing.length === 0) return;
  throw new CliError(
    `${data}/marts lacks ${
      missing.join(", ")
    }. Run \`deno task analyze\` first.`,
  );
}

async function publishMart(
  lake: Lake,
  sql: postgres.Sql,
  { of, query }: Publication,
  days: number,
): Promise<PublishReport> {
  const started = performance.now();
  const { mart, key, timed } = of;
  const table = `published_${mart}`;
  const columns = tableColumns(of);
  const measures = Object.keys(of.measures);
  return await sql.begin(async (tx) => {
    // Two who publish at once do so one after the other.
    await tx`select pg_advisory_xact_lock(hashtext('crowdtape publish'))`;
    await tx`create temp table staged (like ${
      tx(`public.${table}`)
    }) on commit drop`;
    await stage(lake, tx, columns, selectNewest(query, of, days));
    await tx`analyze staged`;
    const { removed, changed } = await merge(tx, table, columns, key);
    const [told] = await tx`
      insert into published_marts (mart, published_at, from_ts, to_ts, row_count, measures)
      select ${mart}, now(), ${timed ? tx`min(ts), max(ts)` : tx`null, null`},
        count(*), ${measures.length > 0 ? measures : null}::text[] from staged
      on conflict (mart) do update set published_at = excluded.published_at, from_ts = excluded.from_ts,
        to_ts = excluded.to_ts, row_count = excluded.row_count, measures = excluded.measures
      returning row_count`;
    return {
      mart,
      rows: told!.row_count as number,
      changed,
      removed,
      seconds: (performance.now() - started) / 1000,
    };
  }) as PublishReport;
}

/** The mart's newest rows, with the columns of the table; what is not a number is unknown. */
function selectNewest(
  query: string,
  { columns, measures, bucket, timed }: PublishedMart,
  days: number,
): string {
  const finite = (name: string) =>
    `case when isfinite(${name}::double) then ${name}::double end`;
  const listed = tableColumns({ columns, measures }).map(({ name, type }) => {
    const column = identifier(name);
    return type === "double precision"
      ? `${finite(column)} as ${column}`
      : type === "double precision[]"
      ? `[${
        Object.keys(measures).map(identifier).map(finite).join(", ")
      }] as ${column}`
      : column;
  });
  const selected = `select ${listed.join(", ")} from (${query})`;
  if (!timed) return selected;
  const span = bucket
    ? `case ${
      ["1d", "1d-kst", "1h", "4h"].map((name) =>
        `when ${identifier(bucket)} = ${literal(name)} then ${
          spanDays(name, days)
        }`
      ).join(" ")
    } else ${days} end`
    : String(days);
  // Counted from the newest row, not from the clock: the same marts give the same rows.
  return `${selected} qualify ts > max(ts) over () - to_days((${span})::integer)`;
}

/** Fills the table `staged` with what DuckDB answers. */
async function stage(
  lake: Lake,
  tx: postgres.TransactionSql,
  columns: TableColumn[],
  query: string,
): Promise<void> {
  const names = columns.map(({ name }) => identifier(name)).join(", ");
  const result = await lake.connection.stream(query);
  let batch: Record<string, unknown>[] = [];
  const flush = async () => {
    if (batch.length === 0) return;
    await tx.unsafe(
      `insert into staged (${names})
       select ${names} from json_populate_recordset(null::staged, $1::text::json)`,
      [JSON.stringify(batch)],
    );
    batch = [];
  };
  for await (const rows of result.yieldRowObjectJson()) {
    batch = batch.concat(rows);
    if (batch.length >= BATCH) await flush();
  }
  await flush();
}

/** Makes the table hold what `staged` holds, writing only what differs. */
async function merge(
  tx: postgres.TransactionSql,
  table: string,
  columns: TableColumn[],
  key: string[],
): Promise<{ removed: number; changed: number }> {
  const nullable = new Set(
    columns.filter((c) => c.nullable).map((c) => c.name),
  );
  // Only plain equality can be hashed; the rest of the key is compared within.
  const same = key.map((name) =>
    `s.${identifier(name)} ${
      nullable.has(name) ? "is not distinct from" : "="
    } t.${identifier(name)}`
  ).join(" and ");
  const values = columns.map(({ name }) => name).filter((name) =>
    !key.includes(name)
  ).map(identifier);
  const removed = await tx.unsafe(
    `delete from ${table} t where not exists (select from staged s where ${same})`,
  );
  const changed = await tx.unsafe(
    `insert into ${table} as t select * from staged
     on conflict (${key.map(identifier).join(", ")}) do update set ${
      values.map((name) => `${name} = excluded.${name}`).join(", ")
    }
     where (${values.map((name) => `t.${name}`).join(", ")})
       is distinct from (${
      values.map((name) => `excluded.${name}`).join(", ")
    })`,
  );
  return { removed: removed.count, changed: changed.count };
}

const HELP = `deno task publish [--days 7] [--json]

Copies the newest of the marts indicators, attention, correlation and premium
into Postgres, where /v1/indicators, /v1/attention, /v1/correlation and
/v1/premium read them. Run \`deno task analyze\` before.

  --days N  newest days of buckets shorter than an hour (1 to 365); of hours 12
            times, of days 52 times as many
  --json    report as JSON
  --help    show this`;

async function main(args: string[]): Promise<void> {
  const values = readOptions("publish", args, {
    days: { type: "string", default: "7" },
    json: { type: "boolean" },
    help: { type: "boolean" },
  });
  if (values.help) return console.log(HELP);
  const days = /^\d+$/.test(values.days) ? Number(values.days) : NaN;
  if (!(days >= 1 && days <= 365)) {
    throw new CliError(
      `--days wants a whole number from 1 to 365, not "${values.days}".`,
    );
  }
  if (Deno.env.get("DATABASE_URL")) await keepApart(false);
  const marts = await publish({
    days,
    onMart: (report) => {
      if (values.json) return;
      const count = (n: number) => n.toLocaleString("en");
      console.log(
        `${report.mart.padEnd(12)} ${count(report.rows).padStart(10)} rows, ${
          count(report.changed)
        } new or changed, ${count(report.removed)} removed, ${
          report.seconds.toFixed(1)
        } s`,
      );
    },
  });
  if (values.json) console.log(JSON.stringify({ marts }));
}

if (import.meta.main) await runTask(attended(main));
