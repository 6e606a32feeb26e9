/** Indicators of the volume. */

/** On-balance volume as TA-Lib counts it: from the volume of the segment's first bar on. */
export class Obv {
  #before = NaN;
  #value = 0;

  restart(): void {
    this.#before = NaN;
  }

  next(close: number, volume: number): number {
    if (Number.isNaN(this.#before)) this.#value = volume;
    else if (close > this.#before) this.#value += volume;
    else if (close < this.#before) this.#value -= volume;
    this.#before = close;
    return this.#value;
  }
}

/**
 * Volume-weighted average of the typical price since midnight UTC. It is known
 * only where every bar since then is: from a gap to the next midnight it is NaN.
 */
export class SessionVwap {
  #value = NaN;
  #volume = NaN;

  restart(): void {
    this.#value = this.#volume = NaN;
  }

  /** @param midnight whether the bar opens at 00:00 UTC. */
  next(typical: number, volume: number, midnight: boolean): number {
    if (midnight) this.#value = this.#volume = 0;
    this.#value += typical * volume;
    this.#volume += volume;
    return this.#volume > 0 ? this.#value / this.#volume : NaN;
  }
}

/** Volume-weighted average of the typical price of the last `period` bars; NaN where nothing was traded. */
export class RollingVwap {
  readonly #values: Float64Array;
  readonly #volumes: Float64Array;
  #value = 0;
  #volume = 0;
  #traded = 0;
  #count = 0;
  #place = 0;

  /** @param period in bars. */
  constructor(readonly period: number) {
    this.#values = new Float64Array(period);
    this.#volumes = new Float64Array(period);
  }

  restart(): void {
    this.#value =
      this.#volume =
      this.#traded =
      this.#count =
      this.#place =
        0;
    this.#values.fill(0);
    this.#volumes.fill(0);
  }

  next(typical: number, volume: number): number {
    const place = this.#place;
    const left = this.#volumes[place]!;
    this.#value += typical * volume - this.#values[place]!;
    this.#volume += volume - left;
    this.#traded += Number(volume > 0) - Number(left > 0);
    this.#values[place] = typical * volume;
    this.#volumes[place] = volume;
    if (++this.#place === this.period) {
      this.#place = this.#value = this.#volume = 0;
      // Summed afresh once a round, or their rounding would pile up.
      for (let i = 0; i < this.period; i++) {
        this.#value += this.#values[i]!;
        this.#volume += this.#volumes[i]!;
      }
    }
    if (this.#count < this.period && ++this.#count < this.period) return NaN;
    return this.#traded > 0 && this.#volume > 0
      ? this.#value / this.#volume
      : NaN;
  }
}
