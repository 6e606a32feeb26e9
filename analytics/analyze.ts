/** `deno task analyze`: lake → marts, one file of SQL a mart. */
import { attended } from "../collector/cli/attended.ts";
import { dataFolder } from "../collector/cli/data_folder.ts";
import { CliError, readOptions, runTask } from "../collector/cli/errors.ts";
import { correlationLags, correlations } from "./talk/correlation.ts";
import { forecastSkill } from "./forecasts/skill.ts";
import { type Lake, openLake, viewMart } from "./lake/lake.ts";
import { calculate } from "./indicators/calculate.ts";
import { signals } from "./indicators/signals.ts";
import { loadCommunities } from "./communities.ts";
import { loadFees, loadRegions } from "./regions.ts";
import { literal } from "./lake/tables.ts";
import {
  coinNames,
  lexiconWords,
  queryCoins,
  toneSample,
} from "./talk/word_tables.ts";

/** What became of one mart. */
export interface MartReport {
  mart: string;
  rows: number;
  bytes: number;
  seconds: number;
}

export interface AnalyzeOptions {
  /** Folder of the data; default `CROWDTAPE_DATA`, else `data`. */
  data?: string;
  /** Only this mart; the ones it needs are made as well where they have no file yet. */
  only?: string;
  /** Called after each mart. */
  onMart?: (report: MartReport) => void;
}

interface Mart {
  name: string;
  needs: string[];
  /** Statements, or the name of a step that is code. */
  steps: ({ sql: string } | { run: string })[];
}

const MARTS = new URL("./marts/", import.meta.url);

/** What `-- run: <name>` in a mart's SQL may call. */
const runnable: Record<string, (lake: Lake) => Promise<void>> = {
  calculate: (lake) => calculate(lake.connection),
  signals: (lake) => signals(lake.connection),
  forecast_skill: (lake) => forecastSkill(lake.connection),
  coin_names: (lake) => coinNames(lake.connection),
  lexicon_words: (lake) => lexiconWords(lake.connection),
  query_coins: (lake) => queryCoins(lake.connection),
  tone_sample: (lake) => toneSample(lake.connection),
  correlations: (lake) => correlations(lake.connection),
  correlation_lags: (lake) => correlationLags(lake.connection),
  communities: (lake) => loadCommunities(lake.connection),
  regions: (lake) => loadRegions(lake.connection),
  fees: (lake) => loadFees(lake.connection),
};

/**
 * Makes the marts from the lake: `<data>/marts/<name>.parquet`, sorted, zstd.
 * A file is replaced whole or not at all.
 * @throws {CliError} when the lake is empty or there is no such mart.
 */
export async function analyze(
  options: AnalyzeOptions = {},
): Promise<MartReport[]> {
  const data = options.data ?? dataFolder();
  const marts = await readMarts();
  const chosen = await choose(marts, data, options.only);
  const reports: MartReport[] = [];
  const lock = await holdLake(data);
  try {
    await Deno.mkdir(`${data}/marts`, { recursive: true });
    for (const mart of chosen) {
      // Each mart in a session of its own: its tables are gone with it.
      const lake = await openLake({ data });
      try {
        const report = await makeMart(lake, mart, data);
        reports.push(report);
        options.onMart?.(report);
      } finally {
        lake.close();
      }
    }
  } finally {
    lock?.close();
  }
  return reports;
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

async function makeMart(
  lake: Lake,
  mart: Mart,
  data: string,
): Promise<MartReport> {
  const started = performance.now();
  const path = `${data}/marts/${mart.name}.parquet`;
  const unfinished = `${path}.part`;
  const last = mart.steps.at(-1);
  if (!last || !("sql" in last)) {
    throw new Error(`analytics/marts/${mart.name}.sql does not end in a query`);
  }
  for (const step of mart.steps.slice(0, -1)) {
    if ("sql" in step) await lake.connection.run(step.sql);
    else await runnable[step.run]!(lake);
  }
  const reader = await lake.connection.runAndReadAll(
    `copy (${last.sql}) to ${
      literal(unfinished)
    } (format parquet, compression zstd, parquet_version v2)`,
  );
  await Deno.rename(unfinished, path);
  await viewMart(lake, data, mart.name);
  return {
    mart: mart.name,
    rows: Number(reader.getRowsJson()[0]![0]),
    bytes: (await Deno.stat(path)).size,
    seconds: (performance.now() - started) / 1000,
  };
}

/** Reads `marts/*.sql`: in the first line `-- needs: a, b`, then statements that end in `;` at a line's end. */
async function readMarts(): Promise<Map<string, Mart>> {
  const marts = new Map<string, Mart>();
  for await (const entry of Deno.readDir(MARTS)) {
    const name = /^(\w+)\.sql$/.exec(entry.name)?.[1];
    if (!name) continue;
    const text = await Deno.readTextFile(new URL(entry.name, MARTS));
    const needs = /^-- needs:(.*)$/m.exec(text)?.[1];
    if (needs === undefined) {
      throw new Error(`analytics/marts/${entry.name} has no line "-- needs:"`);
    }
    marts.set(name, {
      name,
      needs: needs.split(",").map((need) => need.trim()).filter(Boolean),
      steps: readSteps(text, name),
    });
  }
  return marts;
}

function readSteps(text: string, mart: string): Mart["steps"] {
  return text.split(/;[ \t]*$|^-- run: /m).map((part) => part.trim())
    .flatMap((part): Mart["steps"] => {
      const run = /^(\w+)\n([^]*)$/.exec(part);
      if (run && run[1]! in runnable) {
        return [{ run: run[1]! }, ...readSteps(run[2]!, mart)];
      }
      const sql = part.replace(/^\s*--.*$/gm, "").trim();
      return sql ? [{ sql }] : [];
    });
}

/** The marts to make, each after those it needs. */
async function choose(
  marts: Map<string, Mart>,
  data: string,
  only?: string,
): Promise<Mart[]> {
  if (only !== undefined && !marts.has(only)) {
    throw new CliError(
      `There is no mart "${only}". There are: ${
        [...marts.keys()].sort().join(", ")
      }.`,
    );
  }
  const order: Mart[] = [];
  const add = async (name: string) => {
    const mart = marts.get(name)!;
    if (order.includes(mart)) return;
    for (const need of mart.needs) {
      if (
        only === undefined || !(await isFile(`${data}/marts/${need}.parquet`))
      ) {
        await add(need);
      }
    }
    order.push(mart);
  };
  for (const name of only ? [only] : [...marts.keys()].sort()) await add(name);
  return order;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}

const HELP = `deno task analyze [--json] [--only NAME]

Makes the marts from the lake: data/marts/<name>.parquet, one for each
analytics/marts/<name>.sql. Run \`deno task snapshot\` before.

  --only NAME  make this mart alone (and those it needs that have no file)
  --json       report as JSON
  --help       show this`;

async function main(args: string[]): Promise<void> {
  const values = readOptions("analyze", args, {
    only: { type: "string" },
    json: { type: "boolean" },
    help: { type: "boolean" },
  });
  if (values.help) return console.log(HELP);
  const started = performance.now();
  const marts = await analyze({
    only: values.only,
    onMart: (r) => {
      if (values.json) return;
      console.log(
        `${r.mart.padEnd(12)} ${
          r.rows.toLocaleString("en").padStart(12)
        } rows  ` +
          `${r.bytes.toLocaleString("en").padStart(12)} bytes  ${
            r.seconds.toFixed(1)
          } s`,
      );
    },
  });
  const seconds = (performance.now() - started) / 1000;
  if (values.json) console.log(JSON.stringify({ marts, seconds }));
  else {console.log(
      `${marts.length} marts under ${dataFolder()}/marts in ${
        seconds.toFixed(1)
      } s`,
    );}
}

if (import.meta.main) await runTask(attended(main));
