import type { Book, Micros, Ticker } from "../model/events.ts";

/**
 * Keeps the newest state of each market between two samples. A venue sends a
 * book ten times a second and a ticker with each trade; one a second is kept.
 */
export class Throttle {
  #newest = new Map<string, { event: Book | Ticker; receivedAt: Micros }>();

  /** @param levels how many levels of each side of a book are kept */
  constructor(private readonly levels = 10) {}

  add(event: Book | Ticker, receivedAt: Micros): void {
    const key = `${event.kind} ${event.venue} ${event.market}`;
    const held = this.#newest.get(key);
    if (held && held.event.ts > event.ts) return;
    this.#newest.set(key, { event, receivedAt });
  }

  /** What changed since the last call. */
  take(): { event: Book | Ticker; receivedAt: Micros }[] {
    const taken = [...this.#newest.values()].map(({ event, receivedAt }) => ({
      event: event.kind === "book"
        ? {
          ...event,
          bids: event.bids.slice(0, this.levels),
          asks: event.asks.slice(0, this.levels),
        }
        : event,
      receivedAt,
    }));
    this.#newest.clear();
    return taken;
  }
}
