import { normalAt, normalBeyond, studentBeyond } from "./distributions.ts";

/** Both ends of an interval. */
export interface Interval {
  low: number;
  high: number;
}

/** The coefficients whose interval Fisher's transformation gives. */
export type Method = "pearson" | "spearman" | "kendall";

/**
 * tanh(atanh r ± z √v): v = 1/(n−3) for Pearson (Fisher 1921), 1.06/(n−3) for
 * Spearman and 0.437/(n−4) for Kendall (Fieller, Hartley & Pearson 1957), with
 * the effective n in the place of n.
 *
 * @returns null where n is too small for an interval.
 */
export function fisherInterval(
  r: number,
  n: number,
  method: Method = "pearson",
  level = 0.95,
): Interval | null {
  const room = n - (method === "kendall" ? 4 : 3);
  if (!(room > 0) || Number.isNaN(r)) return null;
  const factor = { pearson: 1, spearman: 1.06, kendall: 0.437 }[method];
  const half = normalAt((1 + level) / 2) * Math.sqrt(factor / room);
  const z = Math.atanh(r);
  return { low: Math.tanh(z - half), high: Math.tanh(z + half) };
}

/**
 * p of "no correlation", two-sided: Student's t = r √((n−2)/(1−r²)) with n − 2
 * degrees of freedom for Pearson and Spearman; for Kendall atanh τ over its
 * deviation √(0.437/(n−4)).
 */
export function correlationP(
  r: number,
  n: number,
  method: Method = "pearson",
): number {
  if (method === "kendall") {
    return n > 4
      ? normalBeyond(Math.atanh(r) / Math.sqrt(0.437 / (n - 4)))
      : NaN;
  }
  return n > 2
    ? studentBeyond(r * Math.sqrt((n - 2) / ((1 - r) * (1 + r))), n - 2)
    : NaN;
}
