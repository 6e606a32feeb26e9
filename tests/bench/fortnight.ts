/**
 * Days of `deno task run` in hours: the simulator, the collector, its embedded
 * database and every step of the chain live by a clock that runs faster
 * (libfaketime), and the collector is killed again and again.
 */
import { fakeTimeLibrary } from "../support/requirements.ts";
import type { Figure } from "./figures.ts";

/** How long, how fast and how often. */
export interface FortnightOptions {
  days: number;
  speed: number;
  kills: number;
  /** From one round of the chain to the next, such as `1h`. */
  every: string;
  /** Multiplies the simulator's trades. */
  rate: number;
}

/** What came of it. */
export interface FortnightResult {
  hours: number;
  kills: number;
  rounds: number;
  trades: number;
  problems: string[];
  /** Of the collector's process, megabytes: at the end of the first and of the last tenth of the samples, and the most. */
  memory: { early: number; late: number; most: number; samples: number };
  /** Seconds of real time that the last round of everything took, and a full build. */
  seconds: Record<string, number>;
}

const INNER = new URL("fortnight_run.ts", import.meta.url).pathname;

/** Runs it; progress goes to stderr. @throws {Error} where something is not as it must be. */
export async function benchFortnight(): Promise<Figure[]> {
  const setting = (name: string, usual: string) =>
    Deno.env.get(`FORTNIGHT_${name}`) ?? usual;
  const options: FortnightOptions = {
    days: Number(setting("DAYS", "14")),
    speed: Number(setting("SPEED", "100")),
    kills: Number(setting("KILLS", "20")),
    every: setting("EVERY", "6h"),
    rate: Number(setting("RATE", "0.1")),
  };
  if (!fakeTimeLibrary) throw new Error("libfaketime is not installed");
  const { code, stdout } = await new Deno.Command("faketime", {
    args: [
      "-f",
      `+0 x${options.speed}`,
      Deno.execPath(),
      "run",
      "-A",
      "--quiet",
      INNER,
      JSON.stringify(options),
    ],
    // One clock for all that it starts.
    env: { FAKETIME_DONT_RESET: "1" },
    stderr: "inherit",
  }).output();
  if (code !== 0) throw new Error(`the run ended with ${code}`);
  const result: FortnightResult = JSON.parse(new TextDecoder().decode(stdout));
  const { days, speed } = options;
  if (result.problems.length > 0) {
    throw new Error(result.problems.slice(0, 20).join("\n"));
  }
  const of =
    `${days} days at ${speed} times the speed, killed ${result.kills} times`;
  return [
    {
      work: `${of}: rounds of the chain, each step done once`,
      value: result.rounds,
      unit: "rounds",
      details: result,
      note:
        `${result.trades} trades, none lost; marts and pages equal a full build`,
    },
    {
      work: `${of}: memory of the collector late in it`,
      value: result.memory.late,
      unit: "MB",
      baseline: { name: "early in it", value: result.memory.early },
    },
  ];
}
