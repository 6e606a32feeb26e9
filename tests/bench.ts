/** `deno task bench [NAME …]`: the speeds of the design, measured. */
import { parseArgs } from "node:util";
import { CliError, runTask } from "../collector/errors.ts";
import { benchCalibration } from "./bench_calibration.ts";
import { benchFaults, benchPair } from "./bench_faults.ts";
import { benchFuzz } from "./bench_fuzz.ts";
import { benchFrames } from "./bench_frames.ts";
import { benchIngest } from "./bench_ingest.ts";
import { benchIndicators, benchSnapshot } from "./bench_lake.ts";
import { benchLive } from "./bench_live.ts";
import { benchAway, benchSteady } from "./bench_steady.ts";
import { type Figure, table } from "./figures.ts";
import { postgresPrograms } from "./needs.ts";

interface Bench {
  about: string;
  needsPostgres: boolean;
  run(seed: number): Figure[] | Promise<Figure[]>;
}

const BENCHES: Record<string, Bench> = {
  frames: { about: "reading frames", needsPostgres: false, run: benchFrames },
  ingest: {
    about: "socket frame to committed row",
    needsPostgres: true,
    run: () => benchIngest(),
  },
  steady: {
    about:
      "ten minutes at 5,000 trades/s, after two to warm up: memory and delay",
    needsPostgres: true,
    run: () => benchSteady(),
  },
  away: {
    about: "PostgreSQL away for two minutes at 5,000 trades/s",
    needsPostgres: true,
    run: () => benchAway(),
  },
  live: {
    about: "1,000 clients of /v1/live with 800 markets: memory and /healthz",
    needsPostgres: true,
    run: () => benchLive(),
  },
  snapshot: {
    about: "PostgreSQL to the lake",
    needsPostgres: true,
    run: () => benchSnapshot(),
  },
  calibration: {
    about: "how often a verdict is wrong",
    needsPostgres: false,
    run: () => benchCalibration(),
  },
  fuzz: {
    about: "damaged frames and pages of every source",
    needsPostgres: false,
    run: (seed) => benchFuzz(seed),
  },
  faults: {
    about: "120 faults in five minutes, and what is lost",
    needsPostgres: true,
    run: benchFaults,
  },
  pair: {
    about: "two collectors, one killed every 20 s",
    needsPostgres: true,
    run: benchPair,
  },
  indicators: {
    about: "all indicators over 10 million bars",
    needsPostgres: false,
    run: () => benchIndicators(),
  },
};

const HELP =
  `Measures the speeds of the design; figures stand beside a baseline of the same run.

  deno task bench [NAME …] [--json] [--seed N]

${
    Object.entries(BENCHES).map(([name, { about }]) =>
      `  ${name.padEnd(12)} ${about}`
    ).join("\n")
  }

Without a name all are run.`;

await runTask(async (args) => {
  let names: string[];
  let json = false;
  let seed = 1;
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        help: { type: "boolean" },
        json: { type: "boolean" },
        seed: { type: "string", default: "1" },
      },
    });
    if (values.help) return console.log(HELP);
    names = positionals.length > 0 ? positionals : Object.keys(BENCHES);
    json = values.json ?? false;
    seed = Number(values.seed);
  } catch (error) {
    throw new CliError(
      `${(error as Error).message} Try deno task bench --help.`,
    );
  }
  if (!Number.isInteger(seed) || seed < 0) {
    throw new CliError("--seed must be a whole number of zero or more.");
  }
  const unknown = names.find((name) => !(name in BENCHES));
  if (unknown) {
    throw new CliError(
      `There is no bench ${unknown}; there are ${
        Object.keys(BENCHES).join(", ")
      }.`,
    );
  }
  const machine = `${navigator.hardwareConcurrency} cores, ${
    Math.round(Deno.systemMemoryInfo().total / 2 ** 30)
  } GiB, Deno ${Deno.version.deno}`;
  if (!json) console.log(machine);
  const figures: Figure[] = [];
  for (const name of names) {
    const bench = BENCHES[name]!;
    if (bench.needsPostgres && !postgresPrograms) {
      console.error(
        `${name}: skipped, needs a PostgreSQL server (Debian: apt-get install postgresql)`,
      );
      continue;
    }
    if (!json) console.error(`${name} …`);
    figures.push(...await bench.run(seed));
  }
  console.log(
    json ? JSON.stringify({ machine, figures }, null, 2) : table(figures),
  );
});
