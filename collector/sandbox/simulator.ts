import type { Days } from "./days.ts";
import type { Faults } from "./faults.ts";
import type { WorldMarket } from "./markets.ts";
import type { Protocol } from "./pages.ts";
import type { World } from "./world.ts";

/** What a simulated venue works with. Times are milliseconds since the epoch. */
export interface Stage {
  world: World;
  days: Days;
  clock: {
    /** The furthest that the venue's clock has come: what was traded up to here exists. */
    now(): number;
    /** Up to when pages know of trades. */
    pages(): number;
    /** What the clock says. */
    says(): number;
  };
  faults: Faults;
  /** Whether requests beyond the venue's limits are refused. */
  limits: boolean;
}

/** A simulated venue that runs. */
export interface RunningVenue {
  /** Takes a socket that has just been asked for. */
  accept(request: Request): Response;
  /** Sends what became due in (from, to], but nothing of muted markets. */
  tick(from: number, to: number, muted: Set<string>): void;
  /** Answers a request by REST. */
  answer(url: URL): Response;
}

/** How the simulator speaks for a venue. */
export interface Simulator {
  id: string;
  markets: WorldMarket[];
  /** Paths of its sockets, and what the paths of its pages begin with. */
  sockets: RegExp;
  pages: string;
  /** What a configuration's `socket` and `rest` have after the host. */
  at: { socket: string; rest: string };
  protocol: Protocol;
  start(stage: Stage): RunningVenue;
}
