import type { WorldMarket } from "./markets.ts";

/** A venue of the simulated world. */
export type FaultVenue = WorldMarket["venue"];

/**
 * What goes wrong, at which venue and for how long (milliseconds).
 *
 * On sockets, of frames: `cut` ends the sockets without a close frame and opens
 * none meanwhile; `mute` keeps them open and silent; `muteMarket` is silent
 * about one market; `repeat` sends frames again, at once or up to `windowMs`
 * later; `shuffle` lets each wait up to `windowMs`; `delay` keeps them in order
 * and sends them `delayMs` late; `truncate` ends some early; `garbage` puts
 * nonsense between them; `shutdown` announces the end of the sockets, where the
 * venue has a word for that, and brings it after `forMs`. `stranger` sends a
 * trade of a market that nobody asked for, and `farId` a trade whose id is
 * `ahead` of the one before it, each beside the true frames.
 *
 * By REST: `tooMany` answers 429 and `banned` 418, each as the venue does;
 * `cap` puts at most `rows` on a page whatever was asked for; `brokenPage`
 * answers in one of the ways that {@link BrokenPage} names; `marketFails` does
 * so for one market, with an error of the server or with nothing at all.
 *
 * By REST, of pages of trades: `empty` leaves out every row, of the first
 * `requests` pages where that is given; `sameAgain` ignores the cursor;
 * `endless` sends the rows again and again without an end; `falsified` says
 * another price or time for each trade; `farId` gives the newest an id that is
 * `ahead` of its own.
 */
export type Fault =
  & { venue: FaultVenue; forMs: number }
  & (
    | { kind: "cut" | "mute" | "shutdown" | "tooMany" | "banned" }
    | { kind: "muteMarket"; market: string }
    | { kind: "truncate" | "garbage"; share?: number }
    | { kind: "repeat"; share?: number; windowMs?: number }
    | { kind: "shuffle"; windowMs?: number }
    | { kind: "delay"; delayMs: number }
    | { kind: "cap"; rows: number }
    | { kind: "brokenPage"; way: BrokenPage; share?: number }
    | { kind: "marketFails"; market: string; way: "server" | "hang" }
    | { kind: "stranger"; times?: number }
    | { kind: "empty"; requests?: number }
    | { kind: "sameAgain" | "endless" }
    | { kind: "falsified"; field: "price" | "time" }
    | {
      kind: "farId";
      on: "socket" | "page";
      /** A whole number, as text: it may be beyond 2^53. */
      ahead: string;
      /** How many frames or pages; default 1. */
      times?: number;
    }
  );

/** A 200 that ends early, a page of HTML with 200, an error of the server, an answer that takes its time. */
export type BrokenPage = "truncated" | "html" | "server" | "slow";

/** What became of a fault; times are milliseconds since the epoch, of the wall's clock. */
export interface FaultRecord {
  fault: Fault;
  from: number;
  /** When it ends or ended. */
  to: number;
  /** Frames or answers that it touched. */
  touched: number;
  /** Trade frames that never reached a socket whole, by market. */
  lostTrades: Map<string, number>;
}
