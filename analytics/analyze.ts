/** `deno task analyze`: lake → marts, what is new of them, one file of SQL a mart. */
import { attended } from "../collector/cli/attended.ts";
import { dataFolder } from "../collector/cli/data_folder.ts";
import { CliError, readOptions, runTask } from "../collector/cli/errors.ts";
import { type KeepDays, loadConfig } from "../collector/config.ts";
import { asOfFolder, lakeAsOf, readMoment } from "./lake/as_of.ts";
import { correlations } from "./talk/correlation.ts";
import { coinVerdicts } from "./talk/coin_verdicts.ts";
import { verdicts } from "./talk/verdicts.ts";
import { forecastSkill } from "./forecasts/skill.ts";
import { filledTables, openDuckdb, refuseEmpty } from "./lake/lake.ts";
import { calculate } from "./indicators/calculate.ts";
import { signals } from "./indicators/signals.ts";
import { loadCommunities } from "./communities.ts";
import { loadFees, loadRegions } from "./regions.ts";
import {
  declare,
  fingerprint,
  inOrder,
  type Mart,
} from "./units/declaration.ts";
import {
  type Asked,
  keptOf,
  readAsked,
  readSpan,
  writeAsked,
} from "./units/kept.ts";
import { makeNew, type Run, type Workshop } from "./units/make.ts";
import { LakePrints } from "./units/prints.ts";
import { forgetUnits, NO_DAY, readUnits, type Units } from "./units/records.ts";
import { forgetSettled } from "./units/settled.ts";
import { dayFile, daysWithRows, martFile } from "./units/session.ts";
import {
  coinNames,
  lexiconWords,
  queryCoins,
  shareIntervals,
  toneMeasured,
} from "./talk/word_tables.ts";

/** What became of one mart. */
export interface MartReport {
  mart: string;
  /** Units that were made; 0 where nothing that it reads has changed. */
  units: number;
  rows: number;
  bytes: number;
  seconds: number;
}

export interface AnalyzeOptions {
  /** Folder of the data; default `CROWDTAPE_DATA`, else `data`. */
  data?: string;
  /**
   * Milliseconds since 1970: the marts of what was known then, in a data folder
   * of its own, see {@link lakeAsOf}.
   */
  asOf?: number;
  /** Only this mart; the ones it needs are made as well where they have never been. */
  only?: string;
  /** For how many days marts are kept; default what the configuration says. */
  keepDays?: KeepDays;
  /** Days that are made and kept although they are older. */
  span?: Asked;
  /** Drops what was asked for so. */
  forget?: boolean;
  /** Makes every unit, whether or not anything has changed. */
  full?: boolean;
  /** Called after each mart. */
  onMart?: (report: MartReport) => void;
}

const MARTS = new URL("./marts/", import.meta.url);

/** What `-- run: <name>` in a mart's SQL may call. */
const steps: Record<string, Run> = {
  calculate,
  signals: (lake) => signals(lake.connection),
  forecast_skill: (lake) => forecastSkill(lake.connection),
  coin_names: (lake) => coinNames(lake.connection),
  lexicon_words: (lake) => lexiconWords(lake.connection),
  query_coins: (lake) => queryCoins(lake.connection),
  tone_measured: (lake) => toneMeasured(lake.connection),
  share_intervals: (lake) => shareIntervals(lake.connection),
  correlations: (lake) => correlations(lake.connection),
  verdicts: (lake) => verdicts(lake.connection),
  coin_verdicts: (lake) => coinVerdicts(lake.connection),
  communities: (lake) => loadCommunities(lake.connection),
  regions: (lake) => loadRegions(lake.connection),
  fees: (lake) => loadFees(lake.connection),
};

/**
 * Makes of the marts what is new: `<data>/marts/<name>.parquet`, or
 * `<data>/marts/<name>/date=<yyyy-mm-dd>/` where a mart is made by the day.
 * A file is replaced whole or not at all; killed at any moment, the next run
 * makes the rest.
 * @throws {CliError} when the lake is empty, there is no such mart, or a mart's
 * file says something that is not known.
 */
export async function analyze(
  options: AnalyzeOptions = {},
): Promise<MartReport[]> {
  const own = options.data ?? dataFolder();
  const data = options.asOf === undefined ? own : await asOf(own, options.asOf);
  const order = inOrder(await readMarts());
  const marts = new Map(order.map((mart) => [mart.name, mart]));
  const keepDays = options.keepDays ?? (await loadConfig()).keepDays;
  if (options.only !== undefined && !marts.has(options.only)) {
    throw new CliError(
      `There is no mart "${options.only}". There are: ${
        [...marts.keys()].sort().join(", ")
      }.`,
    );
  }
  refuseEmpty(data, await filledTables(data));
  const reports: MartReport[] = [];
  const lock = await holdLake(data);
  const turn = await takeTurn(data);
  try {
    const asked = options.forget ? [] : await readAsked(data);
    if (options.span) asked.push(options.span);
    if (options.span || options.forget) await writeAsked(data, asked);
    const made = new Map<string, Units>();
    for (const mart of order) made.set(mart.name, await unitsThere(data, mart));
    const chosen = order.filter((mart) =>
      options.only === undefined ||
      needed(marts, marts.get(options.only)!, made).has(mart.name)
    );
    const shop: Workshop = {
      data,
      marts,
      kept: keptOf(order, keepDays, asked),
      made,
      steps,
      lake: await LakePrints.read(
        data,
        new Set(
          chosen.flatMap(({ needs }) =>
            needs.filter((need) => need.lake).map((need) => need.name)
          ),
        ),
        () => openDuckdb(data),
      ),
    };
    for (const mart of chosen) {
      const started = performance.now();
      if (options.full) {
        await forgetSettled(data, mart.name);
        await forgetUnits(data, mart.name);
        made.set(mart.name, new Map());
      }
      const report = {
        mart: mart.name,
        units: await makeNew(shop, mart),
        rows: rowsOf(made.get(mart.name)!),
        bytes: await bytesOf(data, mart, made.get(mart.name)!),
        seconds: (performance.now() - started) / 1000,
      };
      reports.push(report);
      options.onMart?.(report);
    }
  } finally {
    turn.close();
    lock?.close();
  }
  return reports;
}

/** The data folder of a past moment; while it is made, no snapshot changes the lake. */
async function asOf(data: string, moment: number): Promise<string> {
  const lock = await holdLake(data);
  try {
    return await lakeAsOf(data, moment);
  } finally {
    lock?.close();
  }
}

/** Waits until nobody else makes marts of this folder. */
async function takeTurn(data: string): Promise<Deno.FsFile> {
  await Deno.mkdir(`${data}/marts/.units`, { recursive: true });
  const file = await Deno.open(`${data}/marts/.units/lock`, {
    create: true,
    write: true,
  });
  await file.lock(true);
  return file;
}

/** The units of a mart whose files are there. */
async function unitsThere(data: string, mart: Mart): Promise<Units> {
  const units = await readUnits(data, mart.name) ?? new Map();
  if (mart.period === "all") {
    return await exists(martFile(data, mart.name)) ? units : new Map();
  }
  // Its columns are known from a file without rows; with that gone, so is all else.
  if (!await exists(dayFile(data, mart.name, NO_DAY))) return new Map();
  for (const day of daysWithRows(units)) {
    if (!await exists(dayFile(data, mart.name, day))) units.delete(day);
  }
  return units;
}

/** A mart and, of those that it needs, the ones that have never been made. */
function needed(
  marts: ReadonlyMap<string, Mart>,
  mart: Mart,
  made: ReadonlyMap<string, Units>,
): Set<string> {
  const names = new Set([mart.name]);
  for (const need of mart.needs) {
    if (need.lake || made.get(need.name)!.size > 0) continue;
    for (const name of needed(marts, marts.get(need.name)!, made)) {
      names.add(name);
    }
  }
  return names;
}

const rowsOf = (units: Units): number =>
  [...units.values()].flatMap((shards) => [...shards.values()])
    .reduce((sum, unit) => sum + unit.rows, 0);

async function bytesOf(
  data: string,
  mart: Mart,
  units: Units,
): Promise<number> {
  const files = mart.period === "all"
    ? [martFile(data, mart.name)]
    : daysWithRows(units).map((day) => dayFile(data, mart.name, day));
  let bytes = 0;
  for (const file of files) bytes += (await Deno.stat(file)).size;
  return bytes;
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Waits for a running snapshot and keeps the next one waiting; null while there is no lake. */
async function holdLake(data: string): Promise<Deno.FsFile | null> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(`${data}/lake.lock`, { read: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  await file.lock(false);
  return file;
}

/** Reads `marts/*.sql`. */
async function readMarts(): Promise<Map<string, Mart>> {
  const marts = new Map<string, Mart>();
  const names = new Set(Object.keys(steps));
  const code = await codeVersion();
  for await (const entry of Deno.readDir(MARTS)) {
    const name = /^(\w+)\.sql$/.exec(entry.name)?.[1];
    if (!name) continue;
    const text = await Deno.readTextFile(new URL(entry.name, MARTS));
    marts.set(name, declare(name, text, names, code));
  }
  return marts;
}

/** Folders whose code steps are made of. */
const CODE = [
  "./",
  "../collector/indicators/",
  "../collector/venues/",
  "../collector/communities/",
];

/** Changes with the code of the steps and the words that they know. */
async function codeVersion(): Promise<string> {
  const texts: string[] = [];
  const read = async (folder: URL) => {
    const entries = await Array.fromAsync(Deno.readDir(folder));
    for (
      const { name, isDirectory } of entries.sort((a, b) =>
        a.name < b.name ? -1 : 1
      )
    ) {
      if (isDirectory) await read(new URL(`${name}/`, folder));
      else if (/\.(ts|json)$/.test(name)) {
        texts.push(name, await Deno.readTextFile(new URL(name, folder)));
      }
    }
  };
  for (const folder of CODE) await read(new URL(folder, import.meta.url));
  return fingerprint(...texts);
}

const HELP = `deno task analyze [--json] [--only NAME] [--full] [--as-of MOMENT]
                  [--from DAY --until DAY [--interval NAME]] [--forget]

Makes of the marts what is new since the last time, from the lake:
data/marts/<name>.parquet or data/marts/<name>/date=<yyyy-mm-dd>/, one mart for
each analytics/marts/<name>.sql. Run \`deno task snapshot\` before.

  --only NAME  make this mart alone (and those it needs that were never made)
  --full       make everything anew
  --as-of MOMENT
               the marts of what was known then (2026-11-20T09:00Z, or with
               another zone; the last 30 days): data/as-of/<moment>/, a data
               folder of its own that CROWDTAPE_DATA can name
  --from DAY --until DAY
               also makes these days (UTC, both ends among them) where they are
               older than what is kept (\`keepDays\` in the configuration), and
               keeps them; --interval 1m of these bars alone
  --forget     drops what was asked for so
  --json       report as JSON
  --help       show this`;

async function main(args: string[]): Promise<void> {
  const values = readOptions("analyze", args, {
    only: { type: "string" },
    full: { type: "boolean" },
    "as-of": { type: "string" },
    from: { type: "string" },
    until: { type: "string" },
    interval: { type: "string" },
    forget: { type: "boolean" },
    json: { type: "boolean" },
    help: { type: "boolean" },
  });
  if (values.help) return console.log(HELP);
  const started = performance.now();
  const moment = values["as-of"];
  const asOf = moment === undefined ? undefined : readMoment(moment);
  const marts = await analyze({
    asOf,
    only: values.only,
    full: values.full,
    span: readSpan(values.from, values.until, values.interval),
    forget: values.forget,
    onMart: (r) => {
      if (values.json || r.units === 0) return;
      console.log(
        `${r.mart.padEnd(16)} ${
          r.rows.toLocaleString("en").padStart(12)
        } rows  ` +
          `${r.bytes.toLocaleString("en").padStart(12)} bytes  ${
            r.units.toLocaleString("en").padStart(6)
          } made  ${r.seconds.toFixed(1)} s`,
      );
    },
  });
  const seconds = (performance.now() - started) / 1000;
  if (values.json) return console.log(JSON.stringify({ marts, seconds }));
  const same = marts.filter((mart) => mart.units === 0).length;
  console.log(
    `${marts.length} marts under ${
      asOf === undefined ? dataFolder() : asOfFolder(dataFolder(), asOf)
    }/marts in ${seconds.toFixed(1)} s${
      same > 0 ? `, ${same} of them as they were` : ""
    }`,
  );
}

if (import.meta.main) await runTask(attended(main));
