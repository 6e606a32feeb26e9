/** `deno task correlate`: everything that can be said about two series. */
import { parseArgs } from "node:util";
import { parseDuration } from "../collector/cli/duration.ts";
import { CliError, runTask } from "../collector/cli/errors.ts";
import {
  align,
  type Aligned,
  type Combine,
  spanOf,
} from "./statistics/align.ts";
import {
  exampleOf,
  parseSource,
  readSeries,
  type Source,
} from "./statistics/read_series.ts";
import { type Report, report } from "./statistics/report.ts";
import { reportText } from "./statistics/report_text.ts";

const HELP =
  `deno task correlate --x FILE:COLUMN --y FILE:COLUMN --time COLUMN --bucket 1h

What two series have to do with each other, and how sure that is: alignment,
stationarity, correlations, lead and lag, Granger both ways, stability, each
without the rhythm that both share and beside placebos, and a verdict in words
(English, Korean).

  --x, --y FILE:COLUMN  CSV or Parquet; the column may hold spaces
  --time COLUMN         time of a row, in both files; UTC where it names no zone
  --zone ZONE           where days begin in files that name dates only, such as
                        UTC or Asia/Seoul; x and y apart: Asia/Seoul,UTC
  --bucket 5m|1h|1d     length of a bucket
  --where CONDITION     only rows of which this SQL is true, such as
                        "market = 'KRW-BTC'", in both files; of one alone:
                        --where-x, --where-y
  --from, --to TIME     only buckets in [from, to), such as 2018-01-01 (UTC)
  --combine HOW         how finer rows make a bucket: sum (default), mean, last;
                        x and y apart: sum,last
  --lags N              lags to each side (default 24)
  --draws N             draws of the bootstrap (default 2000)
  --seed N              seed of the draws and permutations (default 1)
  --json                the report as data
  --help                show this

A bucket without a row or a value is unknown, not zero, and left out of both.
In the lead-lag table a positive lag means that x comes first.`;

/** What `correlate` is asked. */
export interface CorrelateOptions {
  /** FILE:COLUMN. */
  x: string;
  y: string;
  time: string;
  /** Where days of dates without a time begin, such as Asia/Seoul. */
  zoneX?: string;
  zoneY?: string;
  /** SQL that is true of the rows to take, such as `market = 'KRW-BTC'`. */
  whereX?: string;
  whereY?: string;
  /** Milliseconds. */
  bucket: number;
  /** Milliseconds UTC. */
  from?: number;
  to?: number;
  combineX?: Combine;
  combineY?: Combine;
  lags?: number;
  draws?: number;
  seed?: number;
}

/**
 * Reads two series, aligns them and reports.
 * @throws {CliError} when a file or column cannot be used, or the two do not meet in time.
 */
export async function correlate(
  options: CorrelateOptions,
): Promise<{ report: Report; aligned: Aligned }> {
  const x = {
    ...await parseSource(options.x, "--x"),
    where: options.whereX,
  };
  const y = {
    ...await parseSource(options.y, "--y"),
    where: options.whereY,
  };
  const rowsX = await readSeries(x, options.time, options.zoneX);
  const rowsY = await readSeries(y, options.time, options.zoneY);
  const aligned = align(rowsX, rowsY, options.bucket, options);
  for (
    const [source, taken] of [[x, aligned.takenX], [y, aligned.takenY]] as const
  ) {
    if (taken.every !== null && taken.every > options.bucket) {
      throw new CliError(
        `The rows of ${source.file} are ${
          taken.every / 60_000
        } minutes apart and cannot fill buckets of ${
          options.bucket / 60_000
        } minutes. Choose a longer --bucket.`,
      );
    }
    if (taken.contradictory > taken.rows / 4) {
      const example = await exampleOf(source, options.time) ??
        "market = 'KRW-BTC'";
      throw new CliError(
        `${source.file} holds several different values of "${source.column}" at the same times: ` +
          `it seems to hold more than one series. Choose one, such as ${
            source === x ? "--where-x" : "--where-y"
          } "${source.where ? `${source.where} and ` : ""}${example}".`,
      );
    }
  }
  refusePhases(x, y, aligned, options.bucket);
  if (aligned.grid.length === 0) {
    throw new CliError(
      "The two series have no bucket in common within the span asked for.",
    );
  }
  return {
    report: report(aligned.x, aligned.y, aligned.grid, {
      ...options,
      names: x.column === y.column
        ? { x: options.x, y: options.y }
        : { x: x.column, y: y.column },
    }),
    aligned,
  };
}

/**
 * Days that begin at different hours overlap by a part only: what happens in
 * that part looks like a lead of a day.
 */
function refusePhases(
  x: Source,
  y: Source,
  { takenX, takenY }: Aligned,
  bucket: number,
): void {
  const [a, b] = [takenX.phase, takenY.phase];
  if (a === null || b === null || a === b) return;
  const begin = (phase: number) => {
    const at = new Date(phase).toISOString().slice(11, 16);
    return bucket % 86_400_000 === 0 && phase === 15 * 3_600_000
      ? `${at} UTC (midnight in Korea)`
      : `${at} UTC`;
  };
  throw new CliError(
    `The rows of ${x.file} begin at ${begin(a)}, those of ${y.file} at ${
      begin(b)
    }: what both did in the same hour would look like a lead. ` +
      `Give one of them in finer rows, such as hours; they are put into the other's buckets.`,
  );
}

/** The report as plain data: what is not defined is null, times are ISO text in UTC. */
export function reportData(made: Report, aligned: Aligned): unknown {
  const { grid, verdict, rolling, leadLag, ...rest } = made;
  const [from, to] = spanOf(grid);
  const { found, ...decided } = verdict;
  return JSON.parse(JSON.stringify({
    ...rest,
    bucket_seconds: grid.step / 1000,
    from,
    to,
    alignment: {
      buckets: grid.length,
      pairs: aligned.pairs,
      x: aligned.takenX,
      y: aligned.takenY,
    },
    leadLag: leadLag.map((row) => ({
      ...row,
      minutes: row.lag * grid.step / 60_000,
    })),
    rolling: rolling.map(({ path, ...row }) => ({
      ...row,
      path: path.map(([time, r]) => [new Date(time).toISOString(), r]),
    })),
    verdict: {
      ...decided,
      ...made.words,
      found: found && {
        on: found.on,
        finding: found.finding,
        lag: found.peak.lag,
        minutes: found.peak.lag * grid.step / 60_000,
        r: found.peak.r,
        p: found.p,
        orderX: found.table.orderX,
        orderY: found.table.orderY,
        placebo: found.placebo,
        without: found.without,
        gain: found.gain,
        seen: found.seen,
      },
    },
  }));
}

function parseBucket(text: string): number {
  const step = parseDuration(text, "--bucket");
  if (step < 60_000 || step % 60_000 !== 0 || 7 * 86_400_000 % step !== 0) {
    throw new CliError(
      `--bucket wants whole minutes that divide a week, such as 5m, 1h or 1d, not "${text}".`,
    );
  }
  return step;
}

function parseTime(text: string | undefined, option: string) {
  if (text === undefined) return undefined;
  const zoned = /[T ].*(Z|[+-]\d\d:?\d\d)$/.test(text) ||
      /^\d{4}-\d\d-\d\d$/.test(text)
    ? text
    : `${text}Z`;
  const time = Date.parse(zoned.replace(" ", "T"));
  if (Number.isNaN(time)) {
    throw new CliError(
      `${option} wants a time such as 2018-01-31 or 2018-01-31T09:00Z, not "${text}".`,
    );
  }
  return time;
}

function parseWhole(
  text: string | undefined,
  option: string,
  least: number,
  most: number,
) {
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(value >= least && value <= most)) {
    throw new CliError(
      `${option} wants a whole number from ${least} to ${most}, not "${text}".`,
    );
  }
  return value;
}

function parseZone(text: string | undefined): [string?, string?] {
  if (text === undefined) return [];
  const parts = text.split(",");
  for (const zone of parts) {
    try {
      new Intl.DateTimeFormat("en", { timeZone: zone });
    } catch {
      throw new CliError(
        `--zone wants a time zone such as UTC or Asia/Seoul, not "${zone}".`,
      );
    }
  }
  if (parts.length > 2) {
    throw new CliError(
      `--zone wants one time zone or two, such as Asia/Seoul,UTC, not "${text}".`,
    );
  }
  return [parts[0], parts[1] ?? parts[0]];
}

function parseCombine(text: string | undefined): [Combine?, Combine?] {
  if (text === undefined) return [];
  const parts = text.split(",");
  const known = (part: string): part is Combine =>
    ["sum", "mean", "last"].includes(part);
  if (parts.length > 2 || !parts.every(known)) {
    throw new CliError(
      `--combine wants sum, mean or last, or two of them such as sum,last, not "${text}".`,
    );
  }
  return [parts[0], parts[1] ?? parts[0]] as [Combine, Combine];
}

function parse(args: string[]) {
  const string = { type: "string" } as const;
  const boolean = { type: "boolean" } as const;
  try {
    return parseArgs({
      args,
      options: {
        x: string,
        y: string,
        time: string,
        where: string,
        "where-x": string,
        "where-y": string,
        zone: string,
        bucket: string,
        from: string,
        to: string,
        combine: string,
        lags: string,
        draws: string,
        seed: string,
        json: boolean,
        help: boolean,
      },
    }).values;
  } catch (error) {
    throw new CliError(
      `${(error as Error).message}. See \`deno task correlate --help\`.`,
    );
  }
}

async function main(args: string[]): Promise<void> {
  const values = parse(args);
  if (values.help) return console.log(HELP);
  for (const name of ["x", "y", "time", "bucket"] as const) {
    if (values[name]) continue;
    throw new CliError(
      `--${name} is missing. See \`deno task correlate --help\`.`,
    );
  }
  const [combineX, combineY] = parseCombine(values.combine);
  const [zoneX, zoneY] = parseZone(values.zone);
  const from = parseTime(values.from, "--from");
  const to = parseTime(values.to, "--to");
  if (from !== undefined && to !== undefined && from >= to) {
    throw new CliError("--from has to be earlier than --to.");
  }
  const { report: made, aligned } = await correlate({
    x: values.x!,
    y: values.y!,
    time: values.time!,
    zoneX,
    zoneY,
    whereX: values["where-x"] ?? values.where,
    whereY: values["where-y"] ?? values.where,
    bucket: parseBucket(values.bucket!),
    from,
    to,
    combineX,
    combineY,
    lags: parseWhole(values.lags, "--lags", 1, 1000),
    draws: parseWhole(values.draws, "--draws", 0, 100_000),
    seed: parseWhole(values.seed, "--seed", 0, 2 ** 32 - 1),
  });
  console.log(
    values.json
      ? JSON.stringify(reportData(made, aligned))
      : reportText(made, aligned),
  );
}

if (import.meta.main) await runTask(main, { settings: false });
