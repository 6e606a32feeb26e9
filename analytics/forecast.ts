/** `deno task forecast`: forecasts of the next hour, stored as they are issued. */
import type postgres from "postgres";
import { attended } from "../collector/cli/attended.ts";
import { dataFolder, keepApart } from "../collector/cli/data_folder.ts";
import { openDatabase } from "../collector/database/client.ts";
import { CliError, readOptions, runTask } from "../collector/cli/errors.ts";
import { analyze } from "./analyze.ts";
import { openLake } from "./lake/lake.ts";
import { snapshot } from "./snapshot.ts";
import { type Hours, readHours } from "./forecasts/hours.ts";
import {
  type Forecast,
  forecastHour,
  VERSIONS,
  walkForward,
} from "./forecasts/walk_forward.ts";
import { MS } from "../collector/model/time.ts";

/** Hours of history that the models may see. */
const HISTORY = 28 * 24;

/** Oldest data from which a forecast is issued. */
const STALE = MS.hour;

/** What a run did. */
export interface ForecastReport {
  /** New forecasts of the coming hour. */
  issued: number;
  /** New forecasts of hours past, each from what was known before it. */
  backtest: number;
  /** Why none was issued, or null. */
  refused: string | null;
  seconds: number;
}

/**
 * Issues forecasts of the next hour and fills in the walk-forward forecasts of
 * the past that are missing, into Postgres and the lake. A forecast that is
 * stored is never changed.
 * @param options.now milliseconds UTC.
 * @throws {CliError} when the lake holds no candles.
 */
export async function forecast(
  options: { data?: string; days?: number; now?: number } = {},
): Promise<ForecastReport> {
  const started = performance.now();
  const data = options.data ?? dataFolder();
  const now = options.now ?? Date.now();
  await analyze({ data, only: "candles" });
  const lake = await openLake({ data });
  let live: Hours[], past: Hours[], newest: number;
  try {
    const reader = await lake.connection.runAndReadAll(
      // By the venues' clocks, which may be ahead of ours: what ends after now is not known now.
      `select epoch_ms(max(ts)) from marts.candles
       where interval = '1m' and state <> 'partial'
         and ts + interval 1 minute <= make_timestamp(${now} * 1000)`,
    );
    const last = reader.getRows()[0]?.[0];
    if (last === null || last === undefined) {
      throw new CliError(
        "There are no candles to forecast from. Run `deno task collect` and `deno task snapshot` first.",
      );
    }
    newest = Number(last) + MS.minute;
    live = await readHours(lake.connection, newest, HISTORY);
    past = await readHours(
      lake.connection,
      Math.floor(newest / MS.hour) * MS.hour,
      HISTORY,
    );
  } finally {
    lake.close();
  }
  const database = await openDatabase({ data });
  try {
    const { sql } = database;
    const report: ForecastReport = {
      issued: 0,
      backtest: 0,
      refused: null,
      seconds: 0,
    };
    report.backtest = await store(
      sql,
      await backtest(sql, past, newest, options.days ?? 7),
    );
    // Issued now: the fits above took their time.
    const issuedAt = options.now ?? Date.now();
    if (issuedAt - newest > STALE) {
      report.refused = `The newest candle is of ${
        new Date(newest).toISOString()
      }, more than an hour ago: collect and snapshot first.`;
    } else {
      // The next whole minute that has not begun when the rows are written.
      const targetFrom = Math.ceil(issuedAt / MS.minute + 1) * MS.minute;
      report.issued = await store(
        sql,
        forecastHour(live, "issued", issuedAt, targetFrom, newest),
      );
    }
    await snapshot({ data, database, tables: ["forecasts"] });
    report.seconds = (performance.now() - started) / 1000;
    return report;
  } finally {
    await database.close();
  }
}

/** Forecasts of the past hours that are not stored yet. */
async function backtest(
  sql: postgres.Sql,
  past: Hours[],
  newest: number,
  days: number,
): Promise<Forecast[]> {
  const end = Math.floor(newest / MS.hour) * MS.hour;
  const stored = await sql`
    select extract(epoch from max(target_to))::float8 * 1000 as done from forecasts
    where origin = 'backtest' and model || ' ' || model_version = any(${
    Object.entries(VERSIONS).map((names) => names.join(" "))
  })
    group by model`;
  const done = stored.length < Object.keys(VERSIONS).length
    ? 0
    : Math.min(...stored.map((row) => row.done));
  const from = Math.max(end - days * 24 * MS.hour, done);
  return from < end ? walkForward(past, from) : [];
}

/** Stores forecasts; those that are there already stay as they are. */
export async function store(
  sql: postgres.Sql,
  rows: Forecast[],
): Promise<number> {
  let stored = 0;
  for (let i = 0; i < rows.length; i += 5000) {
    const batch = rows.slice(i, i + 5000);
    const result = await sql`
      insert into forecasts (origin, venue, market, quantity, model, model_version, issued_at, target_from, target_to,
        data_to, trained_to, value)
      select origin, venue, market, quantity, model, model_version, to_timestamp(issued_at / 1e3),
        to_timestamp(target_from / 1e3), to_timestamp(target_to / 1e3), to_timestamp(data_to / 1e3),
        to_timestamp(trained_to / 1e3), value
      from unnest(
        ${batch.map((f) => f.origin)}::text[],
        ${batch.map((f) => f.venue)}::text[],
        ${batch.map((f) => f.market)}::text[],
        ${batch.map((f) => f.quantity)}::text[],
        ${batch.map((f) => f.model)}::text[],
        ${batch.map((f) => f.modelVersion)}::text[],
        ${batch.map((f) => f.issuedAt)}::float8[],
        ${batch.map((f) => f.targetFrom)}::float8[],
        ${batch.map((f) => f.targetTo)}::float8[],
        ${batch.map((f) => f.dataTo)}::float8[],
        ${batch.map((f) => f.trainedTo)}::float8[],
        ${batch.map((f) => f.value.toFixed(12))}::numeric[]
      ) as made (origin, venue, market, quantity, model, model_version, issued_at, target_from, target_to,
        data_to, trained_to, value)
      on conflict do nothing`;
    stored += result.count;
  }
  return stored;
}

const HELP = `deno task forecast [--days 7] [--json]

Forecasts each market's next hour (realised volatility, volume, direction) by
persistence and HAR, stores the forecasts as issued, and fills
in those that would have been issued in the days before. \`deno task analyze\`
scores them. Run \`deno task snapshot\` before.

  --days N  how far back to fill in (1 to 28)
  --json    report as JSON
  --help    show this`;

async function main(args: string[]): Promise<void> {
  const values = readOptions("forecast", args, {
    days: { type: "string", default: "7" },
    json: { type: "boolean" },
    help: { type: "boolean" },
  });
  if (values.help) return console.log(HELP);
  const days = Number(values.days);
  if (!Number.isInteger(days) || days < 1 || days > 28) {
    throw new CliError(
      `--days wants a whole number from 1 to 28, not "${values.days}".`,
    );
  }
  if (Deno.env.get("DATABASE_URL")) await keepApart(false);
  const report = await forecast({ days });
  if (values.json) return console.log(JSON.stringify(report));
  const { issued, backtest, refused, seconds } = report;
  if (refused) console.log(`No forecast issued. ${refused}`);
  console.log(
    `${issued} forecasts issued, ${backtest} of past hours filled in, in ${
      seconds.toFixed(1)
    } s. \`deno task analyze\` scores them.`,
  );
}

if (import.meta.main) await runTask(attended(main));
