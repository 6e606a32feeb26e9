/** Which units there are, what each read when it was made, and which are to be made anew. */
import { lakeTables } from "../lake/tables.ts";
import { shift } from "./calendar.ts";
import { fingerprint, type Mart } from "./declaration.ts";
import type { Kept } from "./kept.ts";
import type { LakePrints, Prints } from "./prints.ts";
import { NO_DAY, type Units } from "./records.ts";
import type { Settled } from "./settled.ts";
import { intervalOf, marketOf } from "./shards.ts";

/** Units of one mart that are made together: some days in a row of some shards. */
export interface Batch {
  from: string;
  to: string;
  shards: string[];
}

/** The prints of what a mart reads, its needs one by one. */
export type Inputs = Prints[];

/** The prints of every need of a mart, from the lake and from the units that were made. */
export const inputsOf = (
  mart: Mart,
  lake: LakePrints,
  made: ReadonlyMap<string, Units>,
): Inputs =>
  mart.needs.map((need): Prints => {
    if (need.lake) return lake.of(need.name);
    // A mart is made before those that need it, and stays so for all of them.
    const units = made.get(need.name)!;
    let prints = known.get(units);
    if (!prints) {
      prints = new Map(
        [...units].map(([day, shards]) => [
          day,
          new Map(
            [...shards].filter(([, unit]) => unit.rows > 0)
              .map(([shard, unit]) => [shard, unit.made]),
          ),
        ]),
      );
      known.set(units, prints);
    }
    return prints;
  });

const known = new WeakMap<Units, Prints>();

/** The days and shards of which a mart by the day has units. */
export function unitsOf(
  mart: Mart,
  inputs: Inputs,
  kept: Kept,
): Map<string, Set<string>> {
  const units = new Map<string, Set<string>>([[NO_DAY, new Set([""])]]);
  for (const [i, need] of mart.needs.entries()) {
    for (const [day, shards] of inputs[i]!) {
      if (day === "" || day === NO_DAY || isWhole(need)) continue;
      for (let ahead = 0; ahead <= need.ahead; ahead++) {
        const at = shift(day, -ahead);
        const here = units.get(at) ?? new Set<string>();
        units.set(at, here);
        if (mart.shard === "all") {
          if (shards.size > 0) here.add("");
        } else {
          for (const shard of shards.keys()) {
            if (shard) here.add(marketOf(shard));
          }
        }
      }
    }
  }
  const newest = [...units.keys()].sort().at(-1)!;
  for (const [day, shards] of units) {
    if (day === NO_DAY) continue;
    if (!kept.keeps(day, "", newest)) units.delete(day);
    for (const interval of kept.limited) {
      if (!kept.keeps(day, interval, newest)) continue;
      for (const market of [...shards]) {
        if (intervalOf(market) === "") shards.add(`${market}\t${interval}`);
      }
    }
  }
  return units;
}

/**
 * The units whose series go on from nothing, of each shard the first and with
 * a cell the first in it.
 */
export function beginnings(
  units: ReadonlyMap<string, ReadonlySet<string>>,
  kept: Kept,
): Set<string> {
  const cells = new Map<string, number>();
  const begin = new Set<string>();
  for (const day of [...units.keys()].sort()) {
    for (const shard of units.get(day)!) {
      const cell = kept.cell(shard, day);
      if (cells.get(shard) !== cell) begin.add(unitKey(day, shard));
      cells.set(shard, cell);
    }
  }
  return begin;
}

/** A unit as a key. */
export const unitKey = (day: string, shard: string): string =>
  `${day} ${shard}`;

const wholeTables = new Set(
  lakeTables.filter((table) => table.whole).map((table) => table.name),
);

/** Tables whose rows lie in no day are read whole, `gaps` by the days that each reaches into. */
export const isWhole = (need: { lake: boolean; name: string }): boolean =>
  need.lake && wholeTables.has(need.name);

const joined = new WeakMap<Map<string, string>, string>();

/** One fingerprint of a day's shards, whichever mart reads them. */
function join(shards: Map<string, string>): string {
  let print = joined.get(shards);
  if (print === undefined) {
    print = fingerprint(
      ...[...shards].sort(([a], [b]) => a < b ? -1 : 1).flat(),
    );
    joined.set(shards, print);
  }
  return print;
}

/** Says what the units of a mart by the day read. */
export class Reading {
  /** @param begin see {@link beginnings}. */
  constructor(
    readonly mart: Mart,
    readonly inputs: Inputs,
    readonly kept: Kept,
    readonly begin: ReadonlySet<string>,
  ) {}

  /** Fingerprint of what the unit reads, but for the state it is given. */
  of(day: string, shard: string): string {
    const { mart, inputs, kept } = this;
    const market = marketOf(shard);
    const texts: string[] = [mart.version];
    if (kept.limited.length > 0) texts.push(kept.limited.join());
    const warmUp = this.begin.has(unitKey(day, shard)) ? kept.warmUp(shard) : 0;
    const markets = new Set<string>();
    for (const [i, need] of mart.needs.entries()) {
      if (inputs[i]!.has("") && isWhole(need)) continue;
      const back = Math.max(need.back, need.lake ? 0 : warmUp);
      for (let at = -back; at <= need.ahead; at++) {
        const on = shift(day, at);
        const shards = inputs[i]!.get(on);
        if (!shards) texts.push("");
        else if (mart.shard === "market") {
          texts.push(
            shards.get(shard) ?? shards.get(market) ?? shards.get("") ?? "",
          );
        } else {
          for (const one of shards.keys()) markets.add(marketOf(one));
          texts.push(join(shards));
        }
      }
    }
    // Of the list of markets those that occur here: a new one changes no old day.
    if (mart.shard === "market") markets.add(market);
    for (const [i, need] of mart.needs.entries()) {
      const shards = isWhole(need) ? inputs[i]!.get("") : undefined;
      if (!shards) continue;
      for (const market of [...markets].sort()) {
        texts.push(market, shards.get(market) ?? "");
      }
      texts.push(shards.get("") ?? "");
    }
    return fingerprint(...texts);
  }

  /**
   * Fingerprint of what all units of a day read.
   * @param states that they go on from, by shard.
   */
  ofDay(
    day: string,
    units: ReadonlySet<string>,
    states?: ReadonlyMap<string, string>,
  ): string {
    const { mart, inputs, kept } = this;
    const texts: string[] = [mart.version, kept.limited.join()];
    let warmUp = 0;
    for (const shard of [...units].sort()) {
      const begins = this.begin.has(unitKey(day, shard));
      if (begins) warmUp = Math.max(warmUp, kept.warmUp(shard));
      texts.push(shard, begins ? "" : states?.get(shard) ?? "");
    }
    for (const [i, need] of mart.needs.entries()) {
      if (inputs[i]!.has("") && isWhole(need)) {
        texts.push(join(inputs[i]!.get("")!));
        continue;
      }
      const back = Math.max(need.back, need.lake ? 0 : warmUp);
      for (let at = -back; at <= need.ahead; at++) {
        const on = shift(day, at);
        const shards = inputs[i]!.get(on);
        texts.push(shards ? join(shards) : "");
      }
    }
    return fingerprint(...texts);
  }
}

/** Fingerprint of what a unit reads together with the state that it goes on from. */
export const withState = (read: string, state: string | undefined): string =>
  state === undefined ? read : fingerprint(read, state);

/**
 * The units that are to be made, as batches in the order in which they can be.
 * What carries state is made from the first changed day of its shard on.
 * @param keeps whether the state at the end of a day is still there to go on from.
 * @param weight of a shard's day, in markets.
 * @param settled days whose units need not be looked at.
 */
export function stale(
  mart: Mart,
  units: Map<string, Set<string>>,
  reading: Reading,
  made: Units,
  keeps: (day: string) => boolean,
  weight: number,
  settled: Settled,
): Batch[] {
  const days = [...units.keys()].sort();
  const wanted = new Map<string, string[]>();
  const shards = new Map<string, string[]>();
  const { kept, begin } = reading;
  const settledDays = new Set<string>();
  const states = new Map<string, string>();
  for (const day of days) {
    const of = units.get(day)!;
    const had = made.get(day);
    if (
      settled.is(
        day,
        reading.ofDay(day, of, mart.carries ? states : undefined),
      ) &&
      [...of].every((shard) => had?.has(shard))
    ) settledDays.add(day);
    for (const shard of of) {
      if (mart.carries) states.set(shard, had?.get(shard)?.state ?? "");
      const on = shards.get(shard) ?? [];
      shards.set(shard, on);
      on.push(day);
    }
  }
  for (const [shard, of] of shards) {
    const want: string[] = [];
    let before: string | undefined;
    for (let i = 0; i < of.length; i++) {
      const day = of[i]!;
      if (begin.has(unitKey(day, shard))) before = undefined;
      const unit = made.get(day)?.get(shard);
      if (
        settledDays.has(day) ||
        unit?.read === withState(reading.of(day, shard), before)
      ) {
        before = mart.carries ? unit!.state ?? "" : undefined;
        continue;
      }
      if (!mart.carries) {
        want.push(day);
        continue;
      }
      let first = i;
      while (!begin.has(unitKey(of[first]!, shard)) && !keeps(of[first - 1]!)) {
        first--;
      }
      while (
        i + 1 < of.length && !begin.has(unitKey(of[i + 1]!, shard))
      ) i++;
      want.push(...of.slice(first, i + 1));
    }
    if (want.length > 0) wanted.set(shard, want);
  }
  return batches(wanted, weight, kept);
}

/** Days of many markets at once would fill the memory. */
const SHARD_DAYS = 1500;

function batches(
  wanted: Map<string, string[]>,
  weight: number,
  kept: Kept,
): Batch[] {
  const runs = new Map<string, string[]>();
  for (const [shard, days] of wanted) {
    for (let i = 0; i < days.length;) {
      let j = i + 1;
      while (
        j < days.length && days[j] === shift(days[j - 1]!, 1) &&
        kept.cell(shard, days[j]!) === kept.cell(shard, days[i]!)
      ) j++;
      const run = `${days[i]} ${days[j - 1]}`;
      runs.set(run, [...runs.get(run) ?? [], shard]);
      i = j;
    }
  }
  const all: Batch[] = [];
  for (const [run, shards] of runs) {
    const [first, last] = run.split(" ") as [string, string];
    const weights = shards.reduce((sum, one) => sum + kept.weight(one), 0);
    const length = Math.max(1, Math.floor(SHARD_DAYS / (weights * weight)));
    for (let from = first; from <= last; from = shift(from, length)) {
      const end = shift(from, length - 1);
      all.push({ from, to: end < last ? end : last, shards });
    }
  }
  return all.sort((a, b) => a.from < b.from ? -1 : a.from > b.from ? 1 : 0);
}
