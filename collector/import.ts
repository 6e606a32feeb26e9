/** `deno task import`: history from a file into the database. */
import { parseArgs } from "node:util";
import { keepApart } from "./cli/data_folder.ts";
import { openDatabase } from "./database/client.ts";
import { parseDuration } from "./cli/duration.ts";
import { CliError, runTask } from "./cli/errors.ts";
import { parseMapping } from "./imports/columns.ts";
import { importFile } from "./imports/import_file.ts";
import type { ImportOptions } from "./imports/import_report.ts";
import { importText } from "./imports/import_text.ts";
import { localTime, type TimeUnit, UNITS } from "./imports/times.ts";
import { DAY, MINUTE } from "./model/time.ts";

const HELP =
  `History from CSV, JSON, JSON lines or Parquet (also gzipped) into the database.

  deno task import FILE --venue ID --market CODE --kind candles|trades

  --venue, --market    whose history it is, by the venue's own code
  --kind KIND          candles or trades
  --columns ts=time,…  where a column is not recognised: FIELD=COLUMN, or a number
                       from 1 where rows have no names. Fields of candles: ts,
                       open, high, low, close, volume, quote_volume, trade_count;
                       of trades: ts, id, price, size, side, buyer_maker,
                       seller_maker, first_id, last_id
  --interval 1m        of candles (1m, 5m, 1h, 1d …; default 1m)
  --time-unit UNIT     s, ms, us or ns, where numbers do not tell
  --zone ZONE          of times that name none, such as UTC or Asia/Seoul
  --replace            candles that differ from the stored ones take their place
  --complete           trades: the file holds every one of its span, so that the
                       audit may count the span as observed
  --dry-run            check the file and write nothing
  --json               the report as data
  --help               show this

Imported twice, nothing changes. A row that cannot be taken becomes a row in
\`rejects\`, with its line and the reason. Trades need the venue's own ids: a
trade without one cannot be told from its neighbour.`;

function parse(args: string[]) {
  const string = { type: "string" } as const;
  const boolean = { type: "boolean", default: false } as const;
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        venue: string,
        market: string,
        kind: string,
        columns: string,
        interval: string,
        "time-unit": string,
        zone: string,
        replace: boolean,
        complete: boolean,
        "dry-run": boolean,
        json: boolean,
        help: boolean,
      },
    });
  } catch (error) {
    throw new CliError(
      `${
        (error as Error).message.replace(/\.$/, "")
      }. See \`deno task import --help\`.`,
    );
  }
}

/** What the arguments ask for, checked. */
function readOptions(
  { values, positionals }: ReturnType<typeof parse>,
): ImportOptions {
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) {
    throw new CliError(
      `Name one file${
        more.length > 0 ? `, not ${positionals.length}` : ""
      }. See \`deno task import --help\`.`,
    );
  }
  const { venue, market, kind, interval = "1m", zone } = values;
  if (!venue || !/^[a-z0-9_.-]+$/.test(venue)) {
    throw new CliError("--venue wants a venue's id, such as upbit.");
  }
  if (!market || !/^[\w./:-]+$/.test(market)) {
    throw new CliError("--market wants the venue's code, such as KRW-BTC.");
  }
  if (kind !== "candles" && kind !== "trades") {
    throw new CliError(
      `--kind wants candles or trades${kind ? `, not "${kind}"` : ""}.`,
    );
  }
  const unit = values["time-unit"];
  if (unit !== undefined && !UNITS.includes(unit as TimeUnit)) {
    throw new CliError(`--time-unit wants s, ms, us or ns, not "${unit}".`);
  }
  if (zone !== undefined) localTime(zone);
  const step = parseDuration(interval, "--interval") * 1000;
  if (step < MINUTE || DAY % step !== 0) {
    throw new CliError(
      `--interval wants whole minutes that divide a day, such as 1m, 1h or 1d, not "${interval}".`,
    );
  }
  if (kind === "trades" && (values.replace || values.interval)) {
    throw new CliError(
      `${
        values.replace ? "--replace" : "--interval"
      } is for candles: a trade is what it was.`,
    );
  }
  if (kind === "candles" && values.complete) {
    throw new CliError(
      "--complete is for trades: candles show by themselves what is missing.",
    );
  }
  return {
    file,
    venue,
    market,
    kind,
    interval,
    step,
    mapping: parseMapping(values.columns, kind),
    unit: unit as TimeUnit | undefined,
    zone,
    replace: values.replace,
    complete: values.complete,
  };
}

/** Milliseconds between two lines of progress. */
const EVERY = 3000;

async function main(args: string[]): Promise<void> {
  const parsed = parse(args);
  if (parsed.values.help) return console.log(HELP);
  const options = readOptions(parsed);
  let told = performance.now();
  options.onProgress = ({ rows, added, rejected, part }) => {
    if (performance.now() - told < EVERY) return;
    told = performance.now();
    console.error(
      `${(part * 100).toFixed(0)} % of ${options.file}: ${
        rows.toLocaleString("en-US")
      } rows read, ${added.toLocaleString("en-US")} new, ${
        rejected.toLocaleString("en-US")
      } rejected`,
    );
  };
  if (!parsed.values["dry-run"]) await keepApart(false);
  const database = parsed.values["dry-run"] ? null : await openDatabase();
  try {
    const report = await importFile(database?.sql ?? null, options);
    console.log(
      parsed.values.json ? JSON.stringify(report) : importText(report),
    );
  } finally {
    await database?.close();
  }
}

if (import.meta.main) await runTask(main);
