import type { Micros, Trade } from "../model/events.ts";

/**
 * Trades that a page brought before sockets had the time to. They are stored,
 * so nothing shows later that no socket delivered them, unless it is remembered
 * here until each has come or is overdue. A process that ends forgets them: what
 * it had not observed at its end is a gap anyway.
 */
export class AwaitedTrades {
  #markets = new Map<string, Map<string, { trade: Trade; kept: boolean }>>();

  /** A page was read; from now on it counts which of its trades a socket delivers. */
  offer(page: Trade[]): void {
    const market = page[0]?.market;
    if (market === undefined) return;
    const awaited = this.#markets.get(market) ?? new Map();
    // An earlier page that was not stored says nothing.
    for (const [id, { kept }] of awaited) if (!kept) awaited.delete(id);
    for (const trade of page) {
      if (!awaited.has(trade.id)) awaited.set(trade.id, { trade, kept: false });
    }
    this.#markets.set(market, awaited);
  }

  /** The page is stored, and these of its trades are for a socket to deliver. */
  keep(market: string, trades: Trade[]): void {
    const awaited = this.#markets.get(market);
    if (!awaited) return;
    for (const { id } of trades) {
      const offered = awaited.get(id);
      if (offered) offered.kept = true;
    }
    for (const [id, { kept }] of awaited) if (!kept) awaited.delete(id);
    if (awaited.size === 0) this.#markets.delete(market);
  }

  /** A socket has delivered it. */
  delivered({ market, id }: Trade): void {
    const awaited = this.#markets.get(market);
    if (awaited?.delete(id) && awaited.size === 0) this.#markets.delete(market);
  }

  /** Those of a market that no socket has delivered though they were made by `settled`, in the venue's time. */
  overdue(market: string, settled: Micros): Trade[] {
    return [...this.#markets.get(market)?.values() ?? []]
      .filter(({ trade, kept }) => kept && trade.ts <= settled)
      .map(({ trade }) => trade);
  }
}
