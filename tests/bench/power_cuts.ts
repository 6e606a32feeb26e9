/** One recording of the embedded database under load, cut off many times. */
import { openDatabase } from "../../collector/database/client.ts";
import { examine, type Held, type Losses } from "./power_claims.ts";
import { type Call, calls, PowerDisk, record } from "./power_disk.ts";
import { randomFrom } from "../support/random.ts";

/** How one cut ended. */
export interface Cut {
  /** Share of what was not synced that the disk kept all the same. */
  kept: number;
  /** The call after which the power went, of how many. */
  call: number;
  of: number;
  acknowledged: number;
  /** Null: it opened. */
  failure: string | null;
  losses: Losses;
  held: Held;
}

export interface PowerRun {
  seed: number;
  seconds: number;
  cuts: number;
  /** Cuts while the database is made, before the load. */
  early?: number;
  /** Cuts of a disk whose syncs under load do nothing: what they would cost. */
  control?: number;
  log?: (line: string) => void;
}

/** Records once and cuts often. */
export async function powerRun(
  { seed, seconds, cuts, early = 0, control = 0, log = () => {} }: PowerRun,
): Promise<{ cuts: Cut[]; control: Cut[] }> {
  const folder = await Deno.makeTempDir({ prefix: "crowdtape_power_" });
  try {
    const trace = `${folder}/trace`;
    const { success } = await record(trace, [
      Deno.execPath(),
      ...["run", "-A", "tests/bench/power_load.ts", `${folder}/data`],
      ...[`${folder}/acknowledged`, String(seconds)],
    ]).output();
    if (!success) throw new Error("the load failed");
    let count = 0, ready = 0;
    for await (const call of calls(trace)) {
      count++;
      if (!ready && acknowledgement(call) === "table") ready = count;
    }
    const random = randomFrom(seed);
    const between = (many: number, from: number, to: number) =>
      Array.from(
        { length: many },
        () => from + Math.floor(random() * (to - from)),
      ).sort((a, b) => a - b);
    const at = (places: number[], lies: boolean) =>
      cutAt({ folder, trace, count, ready, places, lies, random, log });
    return {
      cuts: await at([
        ...between(early, 0, ready),
        ...between(cuts, ready, count),
      ], false),
      // Late ones, when much has been acknowledged.
      control: await at(
        between(control, Math.floor((ready + count) / 2), count),
        true,
      ),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Lines of the load, by the calls that wrote them. */
const acknowledgement = (call: Call): string | null =>
  call.name === "write" && call.args.includes("/acknowledged>")
    ? /"(.*)\\n"/.exec(call.args)![1]!
    : null;

interface Places {
  folder: string;
  trace: string;
  /** Calls of the recording, and those before the load. */
  count: number;
  ready: number;
  /** The calls before which the power goes, in their order. */
  places: number[];
  /** Whether syncs do nothing once the load has begun. */
  lies: boolean;
  random: () => number;
  log: (line: string) => void;
}

async function cutAt(
  { folder, trace, count, ready, places, lies, random, log }: Places,
): Promise<Cut[]> {
  const disk = new PowerDisk(`${folder}/data`);
  const acknowledged: string[] = [];
  const ended: Cut[] = [];
  let at = 0;
  for await (const call of calls(trace)) {
    while (places[ended.length] === at) {
      const kept = KEPT[ended.length % KEPT.length]!;
      const image = `${folder}/cut`;
      await disk.cut(image, kept, random);
      const cut = {
        kept,
        call: at,
        of: count,
        acknowledged: acknowledged.length,
        ...await reopen(image, acknowledged),
      };
      await Deno.remove(image, { recursive: true });
      ended.push(cut);
      log(JSON.stringify(cut));
    }
    if (places.length === ended.length) break;
    disk.lies = lies && at >= ready;
    disk.play(call);
    const line = acknowledgement(call);
    if (line) acknowledged.push(line);
    at++;
  }
  return ended;
}

/** Nothing that was not synced, some of it, most of it. */
const KEPT = [0, 0.5, 0.97];

async function reopen(
  data: string,
  acknowledged: string[],
): Promise<Pick<Cut, "failure" | "losses" | "held">> {
  try {
    const db = await openDatabase({ data, max: 1 });
    try {
      const found = await examine(db.sql, acknowledged);
      // It can be written to again.
      await db.sql`create table after_the_cut (n int)`;
      return { failure: null, ...found };
    } finally {
      await db.close();
    }
  } catch (error) {
    return {
      failure: (error as Error).message,
      losses: { rows: acknowledged.length, claimed: 0, wrong: 0 },
      held: { rows: 0, trades: 0, repaired: 0 },
    };
  }
}
