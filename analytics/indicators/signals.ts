/** Signals: events on closed bars, with hysteresis and cooldown. */
import type {
  DuckDBBooleanVector,
  DuckDBConnection,
  DuckDBDateVector,
  DuckDBDoubleVector,
  DuckDBIntegerVector,
} from "@duckdb/node-api";
import type { Memory } from "../../collector/indicators/indicator.ts";
import { chunksOf } from "./chunks.ts";
import { goOn, stateOf, statesBefore } from "./memory.ts";
import { MS } from "../../collector/model/time.ts";

/** What fired. */
export type Signal =
  | "golden_cross"
  | "dead_cross"
  | "rsi"
  | "stochastic"
  | "price_move"
  | "volume_surge";

/** The way in which the value went through its threshold. */
export type Direction = "up" | "down";

/** When a signal fires and when it may fire again. */
export interface Rule {
  signal: Signal;
  direction: Direction;
  /** The value that fires it, at or beyond. */
  threshold: number;
  /** Hysteresis: the value must have been at or within this since the last event. */
  rearm: number;
  /** Cooldown: no second event within so many minutes. */
  minutes: number;
}

/** Half an hour, or four bars of a longer interval. */
const COOLDOWN = { minutes: 30, bars: 4 };

/** Averages this close together (0.05 % of the longer) cross and cross back without meaning. */
const CROSS_BAND = 0.0005;

/** Rules of a value and its thresholds; the cross has its own class. */
export const RULES = {
  rsi: [
    { signal: "rsi", direction: "up", threshold: 70, rearm: 65, minutes: 30 },
    { signal: "rsi", direction: "down", threshold: 30, rearm: 35, minutes: 30 },
  ],
  stochastic: [
    {
      signal: "stochastic",
      direction: "up",
      threshold: 80,
      rearm: 75,
      minutes: 30,
    },
    {
      signal: "stochastic",
      direction: "down",
      threshold: 20,
      rearm: 25,
      minutes: 30,
    },
  ],
  // ▲ and ▼: change over five minutes, as a fraction.
  move: [
    {
      signal: "price_move",
      direction: "up",
      threshold: 0.02,
      rearm: 0.01,
      minutes: 15,
    },
    {
      signal: "price_move",
      direction: "down",
      threshold: -0.02,
      rearm: -0.01,
      minutes: 15,
    },
  ],
  // Times the usual volume of the hour.
  volume: [
    {
      signal: "volume_surge",
      direction: "up",
      threshold: 3,
      rearm: 1.5,
      minutes: 60,
    },
  ],
} satisfies Record<string, Rule[]>;

/** One rule over one series. */
export class Trigger {
  #armed = false;
  #last = -Infinity;
  readonly #sign: number;
  readonly #cooldown: number;

  /** @param bar length of a bar, milliseconds. */
  constructor(readonly rule: Rule, bar: number) {
    this.#sign = rule.direction === "up" ? 1 : -1;
    this.#cooldown = Math.max(rule.minutes * MS.minute, COOLDOWN.bars * bar);
  }

  remember(memory: Memory): void {
    this.#armed = memory.number(Number(this.#armed)) === 1;
    this.#last = memory.number(this.#last);
  }

  /**
   * Whether it fires with this value. What is unknown (NaN) disarms it: a
   * threshold that was passed unseen is no event.
   * @param at close of the bar, milliseconds.
   */
  next(at: number, value: number): boolean {
    if (Number.isNaN(value)) {
      this.#armed = false;
      return false;
    }
    const { threshold, rearm } = this.rule;
    if (this.#sign * (value - rearm) <= 0) this.#armed = true;
    else if (
      this.#armed && this.#sign * (value - threshold) >= 0 &&
      at - this.#last >= this.#cooldown
    ) {
      this.#armed = false;
      this.#last = at;
      return true;
    }
    return false;
  }
}

/**
 * Crosses of a short average through a long one. After a cross the two must
 * part by 0.05 % before the next one counts; where they cross back and forth and
 * then part, the cross is told when they have parted.
 */
export class Cross {
  /** The side last told: 1 above, −1 below, 0 not known. */
  #side = 0;
  #parted = false;
  #last = -Infinity;
  readonly #cooldown: number;

  /** @param bar length of a bar, milliseconds. */
  constructor(bar: number) {
    this.#cooldown = Math.max(
      COOLDOWN.minutes * MS.minute,
      COOLDOWN.bars * bar,
    );
  }

  remember(memory: Memory): void {
    this.#side = memory.number(this.#side);
    this.#parted = memory.number(Number(this.#parted)) === 1;
    this.#last = memory.number(this.#last);
  }

  /** The cross that this bar is, or null. @param at close of the bar, milliseconds. */
  next(
    at: number,
    short: number,
    long: number,
  ): "golden_cross" | "dead_cross" | null {
    const distance = short / long - 1;
    if (Number.isNaN(distance)) {
      // They may have crossed where nobody looked.
      this.#side = 0;
      return null;
    }
    const apart = Math.abs(distance) >= CROSS_BAND;
    const side = Math.sign(distance);
    if (this.#side === 0) {
      if (apart) {
        this.#side = side;
        this.#parted = true;
      }
      return null;
    }
    if (side === 0 || side === this.#side) {
      if (apart) this.#parted = true;
      return null;
    }
    if (!this.#parted && !apart || at - this.#last < this.#cooldown) {
      return null;
    }
    this.#side = side;
    this.#parted = apart;
    this.#last = at;
    return side > 0 ? "golden_cross" : "dead_cross";
  }
}

/** The rules of one series. */
class Watch {
  readonly cross: Cross;
  readonly rsi: Trigger[];
  readonly stochastic: Trigger[];
  readonly move: Trigger[];
  readonly volume: Trigger[];

  constructor(bar: number) {
    const triggers = (rules: Rule[]) => rules.map((r) => new Trigger(r, bar));
    this.cross = new Cross(bar);
    this.rsi = triggers(RULES.rsi);
    this.stochastic = triggers(RULES.stochastic);
    this.move = triggers(RULES.move);
    this.volume = triggers(RULES.volume);
  }

  remember(memory: Memory): void {
    this.cross.remember(memory);
    for (
      const triggers of [this.rsi, this.stochastic, this.move, this.volume]
    ) {
      for (const trigger of triggers) trigger.remember(memory);
    }
  }
}

/**
 * Reads the table `watched` in its order (series, bar length and close time in
 * milliseconds, sma60, sma240, rsi14, stoch_k, move, volume, usual; NULL where
 * unknown; its UTC day and whether it is the last of it) and makes the table
 * `fired`: series, closed, signal, direction, value, threshold. Goes on from
 * `state_before` and makes `states`.
 */
export async function signals(connection: DuckDBConnection): Promise<void> {
  await connection.run(
    `create or replace temp table fired (series integer, closed bigint, signal text, direction text,
      value double, threshold double);
    create or replace temp table ended (series integer, day date, state blob)`,
  );
  const before = await statesBefore(connection);
  const appender = await connection.createAppender("fired", "main", "temp");
  const ended = await connection.createAppender("ended", "main", "temp");
  let series = 0;
  let watch = new Watch(MS.minute);
  const tell = (
    at: number,
    signal: Signal,
    direction: Direction,
    value: number,
    threshold: number,
  ) => {
    appender.appendInteger(series);
    appender.appendBigInt(BigInt(at));
    appender.appendVarchar(signal);
    appender.appendVarchar(direction);
    appender.appendDouble(value);
    appender.appendDouble(threshold);
    appender.endRow();
  };
  for await (
    const rows of chunksOf(
      connection,
      "watched",
      "series, bar, closed, sma60, sma240, rsi14, stoch_k, move, volume, usual, day, ends_day",
    )
  ) {
    const numbers = rows.getColumnVector(0) as DuckDBIntegerVector;
    const doubles = Array.from(
      { length: 9 },
      (_, i) => rows.getColumnVector(i + 1) as DuckDBDoubleVector,
    );
    const days = rows.getColumnVector(10) as DuckDBDateVector;
    const ends = rows.getColumnVector(11) as DuckDBBooleanVector;
    for (let row = 0; row < rows.rowCount; row++) {
      const [bar, at, sma60, sma240, rsi14, stochK, move, volume, usual] =
        doubles.map((column) => column.getItem(row) ?? NaN) as [
          number,
          number,
          number,
          number,
          number,
          number,
          number,
          number,
          number,
        ];
      const number = numbers.getItem(row)!;
      if (number !== series) {
        series = number;
        watch = new Watch(bar);
        const state = before.get(series);
        if (state) goOn(watch, state);
      }
      const cross = watch.cross.next(at, sma60, sma240);
      if (cross) {
        const direction = cross === "golden_cross" ? "up" : "down";
        tell(at, cross, direction, sma60, sma240);
      }
      for (
        const [triggers, value, unit] of [
          [watch.rsi, rsi14, 1],
          [watch.stochastic, stochK, 1],
          [watch.move, move, 1],
          // Told in the coin: the volume, and what would have been enough.
          [watch.volume, volume / usual, usual],
        ] as const
      ) {
        for (const trigger of triggers) {
          if (!trigger.next(at, value)) continue;
          const { signal, direction, threshold } = trigger.rule;
          tell(at, signal, direction, value * unit, threshold * unit);
        }
      }
      if (!ends.getItem(row)) continue;
      ended.appendInteger(series);
      ended.appendDate(days.getItem(row)!);
      ended.appendBlob(stateOf(watch));
      ended.endRow();
    }
  }
  appender.closeSync();
  ended.closeSync();
  await connection.run(
    `create or replace temp table states as
     select venue, market, interval, day, state from ended join series using (series)`,
  );
}
