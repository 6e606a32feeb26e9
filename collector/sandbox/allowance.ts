/** A request allowance that refills steadily (real time, whatever the simulator's clock). */
export class Allowance {
  #left = new Map<string, number>();
  #asked = new Map<string, number>();

  /**
   * @param size requests that may come at once
   * @param perMs refill for each millisecond
   * @param enforced false: nothing is ever refused
   */
  constructor(
    readonly size: number,
    readonly perMs: number,
    readonly enforced: boolean,
  ) {}

  /** Takes `cost` from a group; what is left, or a negative number when refused. */
  take(group: string, cost = 1): number {
    const now = performance.now();
    const gained = (now - (this.#asked.get(group) ?? 0)) * this.perMs;
    const left = Math.min(
      this.size,
      (this.#left.get(group) ?? this.size) + gained,
    );
    this.#asked.set(group, now);
    this.#left.set(group, left >= cost ? left - cost : left);
    return this.enforced ? left - cost : Math.max(0, left - cost);
  }
}
