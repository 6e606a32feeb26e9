/** A community, watched: its job at once and then on its schedule, or its stream. */
import { cronSchedule, parseDuration } from "../cli/duration.ts";
import { schedule } from "../database/jobs.ts";
import type { CommunityDeps } from "./community.ts";
import { communities } from "./registry.ts";

/** How often a stream's counts are committed, in seconds: each minute has its own. */
const STREAMED_EVERY = 60;

/** Settings of any community, as the configuration has checked them. */
type AnySettings = { every: string };

/** Watches a community until the signal aborts. Without the token that it needs it says so once. */
export function watchCommunity(
  id: string,
  settings: object,
  deps: Omit<CommunityDeps, "token"> & { token: string | undefined },
): Promise<void> {
  const community = communities[id]!;
  const config = settings as AnySettings;
  const { token = "" } = deps;
  if (community.token && token === "") {
    deps.log(community.token.missing(config));
    return Promise.resolve();
  }
  if (community.kind === "streamed") {
    return community.follow(config, { ...deps, token });
  }
  return schedule(
    id,
    cronSchedule(config.every),
    deps,
    community.job(config, { ...deps, token }),
  );
}

/** The series that a community writes into `counts`, and the seconds between two looks at it. */
export function countedSeries(
  id: string,
  settings: object,
): { series: string[]; every: number } {
  const community = communities[id]!;
  const config = settings as AnySettings;
  return {
    series: community.series(config),
    every: community.kind === "streamed"
      ? STREAMED_EVERY
      : parseDuration(config.every, "every") / 1000,
  };
}
