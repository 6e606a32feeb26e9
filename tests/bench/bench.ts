/** `deno task bench [NAME …]`: the speeds of the design, measured. */
import { parseArgs } from "node:util";
import { CliError, runTask } from "../../collector/cli/errors.ts";
import { benchApi } from "./api.ts";
import { benchCalibration } from "./calibration.ts";
import { benchFaults, benchPair } from "./faults.ts";
import { benchFortnight } from "./fortnight.ts";
import { benchFuzz } from "./fuzz.ts";
import { benchFrames } from "./frames.ts";
import { benchIngest } from "./ingest.ts";
import { benchIndicators, benchSnapshot } from "./lake.ts";
import { benchAway, benchSteady } from "./steady.ts";
import { benchHistories } from "./histories.ts";
import { benchHour } from "./hour.ts";
import { benchPages } from "./pages.ts";
import { benchSite } from "./site.ts";
import { benchPower } from "./power.ts";
import { benchLive } from "./live.ts";
import { benchWorlds } from "./demo_worlds.ts";
import { benchTone } from "./tone.ts";
import { benchYear, type Size } from "./year.ts";
import { type Figure, table } from "./figures.ts";
import {
  type SimulatedVenue,
  simulatedVenues,
} from "../../collector/sandbox/simulators.ts";
import { postgresPrograms } from "../support/requirements.ts";

interface Choices extends Size {
  /** Those that were named. */
  venues?: SimulatedVenue[] | undefined;
}

interface Bench {
  about: string;
  needsPostgres: boolean;
  /** Another seed makes another run. */
  seeded?: true;
  run(seed: number, choices: Choices): Figure[] | Promise<Figure[]>;
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
  api: {
    about: "16 clients of /v1/candles, a market with a year of minutes",
    needsPostgres: true,
    run: () => benchApi(),
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
  worlds: {
    about:
      "what is said of ten demo worlds without a lead, and of two with one",
    needsPostgres: false,
    run: () => benchWorlds(),
  },
  tone: {
    about:
      "how many comments of others get a lexicon score, and how often it is right",
    needsPostgres: false,
    run: benchTone,
  },
  fuzz: {
    about: "damaged frames and pages of every source",
    needsPostgres: false,
    seeded: true,
    run: (seed) => benchFuzz(seed),
  },
  faults: {
    about: "120 faults in five minutes and wrong clocks, and what is lost",
    needsPostgres: true,
    seeded: true,
    run: (seed, { venues }) => benchFaults(seed, venues),
  },
  pair: {
    about: "two collectors, one killed every 20 s",
    needsPostgres: true,
    seeded: true,
    run: benchPair,
  },
  power: {
    about: "power cuts of the embedded database under load, and what is lost",
    needsPostgres: false,
    run: benchPower,
  },
  hour: {
    about: "one more hour of analyze after a week and after eight",
    needsPostgres: false,
    run: () => benchHour(),
  },
  year: {
    about:
      "a year of minutes of 250 markets, and one more hour: the whole chain",
    needsPostgres: true,
    run: (_, size) => benchYear(size),
  },
  site: {
    about: "the site of 250 markets, and after one more hour",
    needsPostgres: false,
    run: () => benchSite(),
  },
  pages: {
    about: "how soon the pages of dist show something on a slow phone",
    needsPostgres: false,
    run: () => benchPages("dist"),
  },
  histories: {
    about: "what is new against all made anew, over 200 random histories",
    needsPostgres: false,
    seeded: true,
    run: benchHistories,
  },
  fortnight: {
    about: "two weeks of deno task run at 100 times the speed, killed 20 times",
    needsPostgres: false,
    run: () => benchFortnight(),
  },
  indicators: {
    about: "all indicators over 10 million bars",
    needsPostgres: false,
    run: () => benchIndicators(),
  },
};

const HELP =
  `Measures the speeds of the design; figures stand beside a baseline of the same run.

  deno task bench [NAME …] [--json] [--seed N] [--seeds N]
                  [--venues LIST] [--markets N] [--days N]

${
    Object.entries(BENCHES).map(([name, { about }]) =>
      `  ${name.padEnd(12)} ${about}`
    ).join("\n")
  }

Without a name all are run. --seeds N runs faults, pair and fuzz with so many
seeds in a row, from --seed (default 1) on; one that fails does not end the
others. --venues upbit,binance,… are those of faults; of venues whose newest
trades alone can be had, the last one is away for longer than they reach.
--markets N and --days N are the largest size of year (default 250, 365).`;

await runTask(async (args) => {
  let names: string[];
  let json = false;
  let seed = 1, seeds = 1;
  const size = { markets: 250, days: 365 };
  let venues: string[] | undefined;
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        help: { type: "boolean" },
        json: { type: "boolean" },
        seed: { type: "string", default: "1" },
        seeds: { type: "string", default: "1" },
        venues: { type: "string" },
        markets: { type: "string", default: "250" },
        days: { type: "string", default: "365" },
      },
    });
    if (values.help) return console.log(HELP);
    names = positionals.length > 0 ? positionals : Object.keys(BENCHES);
    json = values.json ?? false;
    seed = Number(values.seed);
    seeds = Number(values.seeds);
    venues = values.venues?.split(",");
    size.markets = Number(values.markets);
    size.days = Number(values.days);
  } catch (error) {
    throw new CliError(
      `${(error as Error).message} Try deno task bench --help.`,
    );
  }
  if (!Number.isInteger(seed) || seed < 0) {
    throw new CliError("--seed must be a whole number of zero or more.");
  }
  if (!Number.isInteger(seeds) || seeds < 1) {
    throw new CliError("--seeds must be a whole number of one or more.");
  }
  const none = venues?.find((id) => !simulatedVenues.some((one) => one === id));
  if (none !== undefined) {
    throw new CliError(
      `--venues: there is no venue ${none}; there are ${
        simulatedVenues.join(", ")
      }.`,
    );
  }
  if (
    !(Number.isInteger(size.markets / 2) && size.markets > 0) ||
    !(Number.isInteger(size.days) && size.days > 1)
  ) {
    throw new CliError(
      "--markets must be an even number, and --days a whole number of two or more.",
    );
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
  const failed: string[] = [];
  for (const name of names) {
    const bench = BENCHES[name]!;
    if (bench.needsPostgres && !postgresPrograms) {
      console.error(
        `${name}: skipped, needs a PostgreSQL server (Debian: apt-get install postgresql)`,
      );
      continue;
    }
    const last = bench.seeded ? seed + seeds - 1 : seed;
    for (let one = seed; one <= last; one++) {
      const about = last > seed ? `${name}, seed ${one}` : name;
      if (!json) console.error(`${about} …`);
      try {
        const measured = await bench.run(one, {
          ...size,
          venues: venues as SimulatedVenue[] | undefined,
        });
        figures.push(
          ...measured.map((figure) =>
            last > seed
              ? { ...figure, work: `${figure.work}, seed ${one}` }
              : figure
          ),
        );
      } catch (error) {
        if (last === seed || !(error instanceof CliError)) throw error;
        console.error(`error: ${error.message}`);
        failed.push(about);
      }
    }
  }
  console.log(
    json ? JSON.stringify({ machine, figures }, null, 2) : table(figures),
  );
  if (failed.length > 0) {
    throw new CliError(`${failed.join("; ")}: not as it must be, see above.`);
  }
});
