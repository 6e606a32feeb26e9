import type { Micros, Trade } from "../model/events.ts";

/** How long a missing id may still come: frames overtake one another. */
const PATIENCE = 3_000_000;

/** Ids that did not come. */
export interface Hole {
  /** The ids on both sides of it, which did come. */
  before: string;
  after: string;
  /** When they came. */
  from: Micros;
  to: Micros;
  ids: bigint;
}

/** One market's ids in order, where the venue promises that none is left out. */
export class SequenceTracker {
  #next: bigint | null = null;
  #lastAt: Micros = 0;
  #holes: { from: bigint; to: bigint; since: Micros; at: Micros }[] = [];

  /** A trade came at `at`. */
  add({ id }: Trade, at: Micros): void {
    const n = BigInt(id);
    if (this.#next === null || n >= this.#next) {
      if (this.#next !== null && n > this.#next) {
        this.#holes.push({
          from: this.#next,
          to: n - 1n,
          since: Math.min(this.#lastAt, at),
          at,
        });
      }
      this.#next = n + 1n;
      this.#lastAt = at;
      return;
    }
    const index = this.#holes.findIndex((h) => n >= h.from && n <= h.to);
    const hole = this.#holes[index];
    if (!hole) return;
    const rest = [{ ...hole, to: n - 1n }, { ...hole, from: n + 1n }];
    this.#holes.splice(index, 1, ...rest.filter((h) => h.from <= h.to));
  }

  /** Holes that have waited long enough at `at`, each once; all of them where it is infinite. */
  holes(at: Micros): Hole[] {
    const due = this.#holes.filter((hole) => hole.at + PATIENCE <= at);
    if (due.length === 0) return [];
    this.#holes = this.#holes.filter((hole) => hole.at + PATIENCE > at);
    return due.map(({ from, to, since, at }) => ({
      before: String(from - 1n),
      after: String(to + 1n),
      from: since,
      to: at,
      ids: to - from + 1n,
    }));
  }
}
