/** Reports every few seconds what this process collects; `/healthz` judges by it. */
import type postgres from "postgres";
import { type Config, type VenueConfig } from "../config.ts";
import { parseDuration } from "../cli/duration.ts";
import { countedSeries } from "../communities/watch.ts";
import { pause } from "../model/pause.ts";
import { ratePairs, rateSource } from "./rates.ts";

/** Streams of one channel that are configured. */
export interface Streams {
  source: string;
  channel: string;
  /** Seconds between two looks; null where news is pushed. */
  every: number | null;
  /** Markets, boards, queries or pairs, as in the table `stream_stats`. */
  streams: string[];
}

/** The sockets of a venue. */
export interface Sockets {
  venue: string;
  all: number;
  up: number;
  /** Since when none is up, in seconds; 0 while one is. */
  down_seconds: number;
}

/** What is told of a process. */
export interface Presence {
  streams(): Streams[];
  sockets(): Sockets[];
}

/** The streams of communities and rates; of the communities only those for which `ready` holds. */
export function polledStreams(
  config: Config,
  ready: (community: string) => boolean,
): Streams[] {
  const seconds = (every: string) => parseDuration(every, "every") / 1000;
  const found: Streams[] = [];
  for (const [source, settings] of Object.entries(config.communities)) {
    if (!ready(source)) continue;
    const { series, every } = countedSeries(source, settings);
    found.push({ source, channel: "count", every, streams: series });
  }
  for (const [pair, rate] of Object.entries(config.rates)) {
    found.push({
      source: rateSource(rate),
      channel: "rate",
      every: seconds(rate.every),
      streams: [ratePairs[pair]!.join("/")],
    });
  }
  return found;
}

/** The streams of a venue's markets. */
export const marketStreams = (
  source: string,
  streams: string[],
  channels: VenueConfig["channels"],
): Streams[] =>
  channels.map((channel) => ({ source, channel, every: null, streams }));

/** Between two reports, in milliseconds; `/healthz` takes a process for gone after six of them. */
const EVERY = 5000;

/** Tells of this process until the signal aborts, and then that it is gone. */
export async function reportPresence(
  sql: postgres.Sql,
  id: string,
  { streams, sockets }: Presence,
  signal: AbortSignal,
): Promise<void> {
  let told = "";
  // The database is away: the next report reaches it when it is back.
  const quietly = async (query: PromiseLike<unknown>) => {
    try {
      await query;
      return true;
    } catch {
      return false;
    }
  };
  await quietly(
    sql`delete from collectors where seen_at < clock_timestamp() - interval '1 day'`,
  );
  while (!signal.aborted) {
    const list = JSON.stringify(streams());
    const up = JSON.stringify(sockets());
    // The list is long and changes once a day: it is written only then.
    const done = list === told
      ? sql`update collectors set seen_at = clock_timestamp(), sockets = ${up}::text::jsonb
          where collector = ${id}`
      : sql`insert into collectors (collector, sockets, streams)
          values (${id}, ${up}::text::jsonb, ${list}::text::jsonb)
          on conflict (collector) do update set
            seen_at = excluded.seen_at, sockets = excluded.sockets, streams = excluded.streams`;
    if (await quietly(done)) told = list;
    await pause(EVERY, signal);
  }
  await quietly(sql`delete from collectors where collector = ${id}`);
}
