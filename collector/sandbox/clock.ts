/** A venue's clock: off the host's by so much, and drifting away from it. */
export class VenueClock {
  #since: number;
  #reached = -Infinity;

  /**
   * @param host milliseconds since the epoch, by the host's clock
   * @param offsetMs how far it is ahead of the host's
   * @param driftPpm millionths by which it is faster than the host's
   */
  constructor(
    readonly host: () => number,
    public offsetMs: number,
    readonly driftPpm: number,
  ) {
    this.#since = host();
  }

  /** What it says, in milliseconds since the epoch. */
  says(): number {
    const host = this.host();
    const drift = (host - this.#since) * this.driftPpm / 1e6;
    return Math.floor(host + this.offsetMs + drift);
  }

  /**
   * The furthest that it has come: what was traded up to here exists. Set
   * back, a venue trades nothing new until its clock is where it was.
   */
  now(): number {
    return this.#reached = Math.max(this.#reached, this.says());
  }

  /** Sets it; what it drifts counts anew from here. */
  set(offsetMs: number): void {
    this.#since = this.host();
    this.offsetMs = offsetMs;
  }
}
