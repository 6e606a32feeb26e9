/**
 * Makes the units that are not what they would be if they were made now.
 *
 * A unit's record is struck out before its file is replaced and written after
 * it, so that one that is killed in between is made once more.
 */
import type { Lake } from "../lake/lake.ts";
import { literal } from "../lake/tables.ts";
import { type Days, writeDays } from "./days.ts";
import {
  clear,
  columnsOf,
  folderOf,
  type Print,
  printsOf,
  remove,
  replace,
} from "./day_files.ts";
import { fingerprint, type Mart } from "./declaration.ts";
import { daysFrom } from "./calendar.ts";
import type { Kept } from "./kept.ts";
import {
  type Batch,
  beginnings,
  type Inputs,
  inputsOf,
  Reading,
  stale,
  unitKey,
  unitsOf,
  withState,
} from "./plan.ts";
import { type LakePrints, printSql } from "./prints.ts";
import { NO_DAY, type Unit, type Units, writeUnits } from "./records.ts";
import {
  dayFile,
  martFile,
  openSession,
  partsOfBatch,
  partsOfWhole,
} from "./session.ts";
import { Settled } from "./settled.ts";
import { latest, States } from "./states.ts";

/** A step that is code: makes a table from those of the session, or gives rows day by day. */
export type Run = (lake: Lake) => Promise<Days | void>;

/** Everything that units are made with. */
export interface Workshop {
  data: string;
  marts: ReadonlyMap<string, Mart>;
  lake: LakePrints;
  kept: ReadonlyMap<string, Kept>;
  /** The units of every mart as far as they are made. */
  made: Map<string, Units>;
  steps: Record<string, Run>;
}

/** Makes what is new of a mart. @returns how many units were made. */
export async function makeNew(shop: Workshop, mart: Mart): Promise<number> {
  const inputs = inputsOf(mart, shop.lake, shop.made);
  const units = shop.made.get(mart.name)!;
  return mart.period === "day"
    ? await makeDays(shop, mart, inputs, units)
    : await makeWhole(shop, mart, inputs, units);
}

const open = (
  { data, lake, made, marts }: Workshop,
  mart: Mart,
  parts: ReturnType<typeof partsOfBatch>,
) =>
  openSession(
    data,
    mart,
    parts,
    lake,
    made,
    (name) => marts.get(name)!.period === "day",
  );

async function makeWhole(
  shop: Workshop,
  mart: Mart,
  inputs: Inputs,
  units: Units,
): Promise<number> {
  const { data } = shop;
  const parts = partsOfWhole(mart, inputs);
  const texts = [mart.version];
  for (const [i, prints] of inputs.entries()) {
    texts.push(parts[i]!.where);
    for (const day of [...prints.keys()].sort()) {
      if (!parts[i]!.wanted(day)) continue;
      texts.push(day, ...[...prints.get(day)!].sort().flat());
    }
  }
  const read = fingerprint(...texts);
  const path = martFile(data, mart.name);
  if (units.get("")?.get("")?.read === read) return 0;
  const session = await open(shop, mart, parts);
  let unit: Unit;
  try {
    const { query } = await runSteps(shop, session, mart);
    const { connection } = session;
    await connection.run(`create temp table made as ${query}`);
    await connection.run(
      `copy made to ${
        literal(`${path}.part`)
      } (format parquet, compression zstd, parquet_version v2)`,
    );
    const columns = await columnsOf(connection, "made");
    const [row] = (await connection.runAndReadAll(
      `select coalesce(${printSql(columns)}, '0'), count(*)::integer from made`,
    )).getRowsJson() as [string, number][];
    unit = { read, made: row![0], rows: row![1] };
  } finally {
    session.close();
  }
  units.clear();
  await writeUnits(data, mart.name, units, [""]);
  await Deno.rename(`${path}.part`, path);
  units.set("", new Map([["", unit]]));
  await writeUnits(data, mart.name, units, [""]);
  // What an older version made of it by the day.
  await remove(`${data}/marts/${mart.name}`);
  return 1;
}

async function makeDays(
  shop: Workshop,
  mart: Mart,
  inputs: Inputs,
  made: Units,
): Promise<number> {
  const { data } = shop;
  const kept = shop.kept.get(mart.name)!;
  const planned = unitsOf(mart, inputs, kept);
  const states = mart.carries ? await States.open(data, kept) : null;
  const begin = beginnings(planned, kept);
  const reading = new Reading(mart, inputs, kept, begin);
  const markets = Math.max(
    1,
    ...inputs.flatMap((prints) => [...prints.values()].map((s) => s.size)),
  );
  const settled = await Settled.open(data, mart.name);
  const batches = stale(
    mart,
    planned,
    reading,
    made,
    (day) => states?.keeps(day) ?? true,
    mart.shard === "all" ? markets : 1,
    settled,
  );
  await settled.strike(batches);
  await clear(data, kept, planned, made);
  let count = 0;
  for (const batch of batches) {
    const parts = partsOfBatch(
      mart,
      inputs,
      kept,
      batch,
      batch.shards.filter((one) => begin.has(unitKey(batch.from, one))),
    );
    const session = await open(shop, mart, parts);
    try {
      count += await makeBatch(
        shop,
        mart,
        batch,
        session,
        planned,
        made,
        reading,
        states,
      );
    } finally {
      session.close();
    }
  }
  await settled.write();
  await states?.prune([...planned.keys()].sort().at(-1)!);
  // What an older version made of it in one file.
  await remove(martFile(data, mart.name));
  return count;
}

async function makeBatch(
  shop: Workshop,
  mart: Mart,
  { from, to, shards }: Batch,
  session: Lake,
  planned: Map<string, Set<string>>,
  made: Units,
  reading: Reading,
  states: States | null,
): Promise<number> {
  const { data } = shop;
  const { kept, begin } = reading;
  const { connection } = session;
  await connection.run(
    `set variable from_day = date ${
      literal(from)
    }; set variable to_day = date ${literal(to)}`,
  );
  const begins = (shard: string) => begin.has(unitKey(from, shard));
  await states?.give(session, made, from, shards, begins);
  const { query, days } = await runSteps(shop, session, mart);
  const batch = new Set(shards);
  const here = new Map<string, string[]>();
  for (const on of daysFrom(from, to)) {
    const of = [...planned.get(on) ?? []].filter((shard) => batch.has(shard));
    if (of.length > 0) here.set(on, of);
  }
  const before = new Map<string, string | undefined>();
  if (states) {
    for (const shard of shards) {
      const last = begins(shard) ? undefined : latest(made, from, shard);
      if (last) before.set(shard, made.get(last)!.get(shard)!.state ?? "");
    }
  }
  for (const [on, of] of here) for (const one of of) made.get(on)?.delete(one);
  await writeUnits(data, mart.name, made, here.keys());
  const othersOf = (on: string) =>
    [...made.get(on) ?? []].filter(([, unit]) => unit.rows > 0)
      .map(([shard]) => shard);
  const prints = new Map<string, Print>();
  if (days) {
    await writeDays(session, days, [...here.keys()], async (connection, on) => {
      const path = dayFile(data, mart.name, on);
      await replace(connection, path, query, othersOf(on), kept);
      await printsOf(connection, data, kept, [on], shards, prints);
    });
  } else {
    const own = /\bas unit_day\b/.test(query);
    await connection.run(
      `create temp table made as select *${
        own ? "" : ", ts::date as unit_day"
      } from (${query})`,
    );
    for (const on of here.keys()) {
      await replace(
        connection,
        dayFile(data, mart.name, on),
        `select * exclude (unit_day) from made where unit_day = date ${
          literal(on)
        }`,
        othersOf(on),
        kept,
      );
    }
    const on = [...here.keys()];
    await printsOf(connection, data, kept, on, shards, prints);
  }
  const ends = await states?.take(
    session,
    [...here].flatMap(([day, shards]) =>
      shards.map((shard) => ({ day, shard }))
    ),
  );
  let count = 0;
  for (const [on, of] of here) {
    await states?.write(session, on, [...made.get(on)?.keys() ?? []]);
    const units = made.get(on) ?? new Map<string, Unit>();
    made.set(on, units);
    for (const shard of of) {
      const { print, rows } = prints.get(unitKey(on, shard)) ??
        { print: "", rows: 0 };
      const state = ends && (ends.get(unitKey(on, shard)) ?? "");
      units.set(shard, {
        read: withState(reading.of(on, shard), before.get(shard)),
        made: print,
        rows,
        ...state !== undefined && { state },
      });
      before.set(shard, state);
      count++;
    }
    if (on !== NO_DAY && [...units.values()].every(({ rows }) => rows === 0)) {
      await remove(folderOf(dayFile(data, mart.name, on)));
    }
  }
  await writeUnits(data, mart.name, made, here.keys());
  return count;
}

/** Runs all but the last step, which is the query. */
async function runSteps(
  { steps }: Workshop,
  session: Lake,
  mart: Mart,
): Promise<{ query: string; days?: Days }> {
  let days: Days | undefined;
  for (const step of mart.steps.slice(0, -1)) {
    if ("sql" in step) await session.connection.run(step.sql);
    else days = await steps[step.run]!(session) ?? days;
  }
  return { query: (mart.steps.at(-1) as { sql: string }).sql, days };
}
