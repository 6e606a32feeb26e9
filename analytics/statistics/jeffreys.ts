/** The interval of a share. */
import { betaAt } from "./distributions.ts";

/**
 * 95 % interval of a share of which `yes` of `n` were seen: the quantiles of
 * Beta(yes + ½, n − yes + ½), the posterior under Jeffreys' prior (L. Brown,
 * T. Cai, A. DasGupta, 2001). `yes` need not be whole: n values between 0 and 1
 * vary at most as much as n answers of yes or no, so it is then rather too wide.
 * @returns [NaN, NaN] where nothing was seen.
 */
export const jeffreys = (yes: number, n: number): [number, number] =>
  n > 0
    ? [
      betaAt(0.025, yes + 0.5, n - yes + 0.5),
      betaAt(0.975, yes + 0.5, n - yes + 0.5),
    ]
    : [NaN, NaN];
