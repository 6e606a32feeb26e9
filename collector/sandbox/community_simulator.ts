import type { World } from "./world.ts";

/** What a simulated community works with. */
export interface CommunityStage {
  world: World;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Whether requests beyond a community's limits are refused. */
  limits: boolean;
}

/** Where the simulator can be reached: `http://…` and `ws://…`, without a path. */
export interface Address {
  http: string;
  ws: string;
}

/** A simulated community that runs. */
export interface RunningCommunity<Handle extends object> {
  /** Answers a request; null where the path is none of its own. */
  answer?(
    request: Request,
    url: URL,
  ): Promise<Response | null> | Response | null;
  /** Takes a socket that has just been asked for on one of its paths. */
  accept?(request: Request): Response;
  /** Sends what is due up to a time. */
  tick?(to: number): void;
  /** Where it is, its switches and its truth. */
  handle(at: Address): Handle;
}

/** How the simulator speaks for a community. */
export interface CommunitySimulator<Handle extends object = object> {
  id: string;
  /** Paths of its sockets, where it has some. */
  sockets?: RegExp;
  /** The secret that it accepts, where it wants one. */
  token?: string;
  /** Its part of a configuration that points at the simulator; null: it can be reached, and a first run leaves it out. */
  settings(at: Address, days: number): object | null;
  start(stage: CommunityStage): RunningCommunity<Handle>;
}
