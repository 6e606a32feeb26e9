/** What a set of lead–lag coefficients says, in words. */

/**
 * Half the width of the band: 3.5·√(1.5/n). 3.5 standard errors because 49
 * lags are looked at together; 1.5 widens them a little for dependence.
 */
export const band = (/** @type {number} */ n) => 3.5 * Math.sqrt(1.5 / n);

/**
 * The largest coefficient and whether it lies outside the band; null where no
 * lag has one.
 * @param {{lag: number[], n: number[]} & Record<string, (number | null)[]>} pair
 * @param {"pearson" | "spearman"} method
 */
export function peak(pair, method) {
  let best = null;
  pair?.lag.forEach((lag, i) => {
    const r = pair[method][i];
    const n = pair.n[i];
    if (r === null || n < 10) return;
    const out = Math.abs(r) > band(n);
    if (best === null || Math.abs(r) > Math.abs(best.r)) {
      best = { lag, r, n, out };
    }
  });
  return best;
}

/**
 * One or two sentences for a pair.
 * @param {ReturnType<typeof peak>} best
 * @param {typeof import("./words.js").words.en} t
 * @param {"pearson" | "spearman"} method
 * @param {(value: number, digits?: number) => string} number
 */
export function sentence(best, t, method, number) {
  if (best === null) return t.talk.noData;
  const parts = {
    minutes: number(Math.abs(best.lag) * 5),
    symbol: t.talk.symbols[method],
    r: number(best.out ? best.r : Math.abs(best.r), 2),
    n: number(best.n),
  };
  if (!best.out) return t.talk.none(parts);
  const said = best.lag > 0
    ? t.talk.talkLeads(parts)
    : best.lag < 0
    ? t.talk.volumeLeads(parts)
    : t.talk.together(parts);
  return best.r < 0 ? `${said} ${t.talk.inverse}` : said;
}
