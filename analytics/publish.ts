/**
 * `deno task publish`: the newest of some marts → Postgres, where the API
 * reads them. A task of its own, so that `analyze` goes on needing no network.
 */
import { attended } from "../collector/cli/attended.ts";
import { dataFolder, keepApart } from "../collector/cli/data_folder.ts";
import { type Database, openDatabase } from "../collector/database/client.ts";
import {
  attentionMart,
  correlationMart,
  indicatorsMart,
  premiumMart,
} from "../collector/api/published_marts.ts";
import { CliError, readOptions, runTask } from "../collector/cli/errors.ts";
import { type Lake, openLake } from "./lake/lake.ts";
import {
  type Publication,
  publishMart,
  type PublishReport,
} from "./publish_mart.ts";

/** How to publish. */
export interface PublishOptions {
  /** Folder of the data; default `CROWDTAPE_DATA`, else `data`. */
  data?: string;
  /** An open database; default the one that `DATABASE_URL` names or the embedded one, opened and closed here. */
  database?: Database;
  /** Newest days of buckets shorter than an hour; see `spanDays`. Default 7. */
  days?: number;
  /** Compares every row, whatever is known to be published. */
  full?: boolean;
  /** Called after each mart. */
  onMart?: (report: PublishReport) => void;
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
}];

/**
 * Copies the newest of the marts `indicators`, `attention` (with share and
 * z-score), `correlation` and `premium` into `published_<mart>`, each in one
 * transaction: a reader sees the old or the new, never a mixture. Only days whose
 * files have changed are read, and only hours whose rows have changed are compared
 * with the table; the same marts again change nothing.
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
        { data, days: options.days ?? 7, full: options.full ?? false },
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

const HELP = `deno task publish [--days 7] [--full] [--json]

Copies the newest of the marts indicators, attention, correlation and premium
into Postgres, where /v1/indicators, /v1/attention, /v1/correlation and
/v1/premium read them: what has changed since they were published last. Run \`deno task analyze\` before.

  --days N  newest days of buckets shorter than an hour (1 to 365); of hours 12
            times, of days 52 times as many
  --full    compare every row with the database
  --json    report as JSON
  --help    show this`;

async function main(args: string[]): Promise<void> {
  const values = readOptions("publish", args, {
    days: { type: "string", default: "7" },
    full: { type: "boolean" },
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
    full: values.full,
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
