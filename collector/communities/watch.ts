/** The communities, watched: each job at once and then on its schedule. */
import type postgres from "postgres";
import { authorHasher } from "./authors.ts";
import type { Config } from "../config.ts";
import { Crawler } from "../net/crawl.ts";
import { cronSchedule } from "../cli/duration.ts";
import type { Micros } from "../model/events.ts";
import { crawlGallery } from "./dcinside/gallery.ts";
import { schedule } from "../database/jobs.ts";
import { followPosts } from "./post_stream.ts";
import type { Store } from "../store/store.ts";
import { missingToken, readTweetCounts } from "./x/counts.ts";

/** What watching a community works with. */
export interface CommunityDeps {
  sql: postgres.Sql;
  store: Store;
  signal: AbortSignal;
  now(): Micros;
  log(line: string): void;
}

/** Crawls the configured DC Inside galleries until the signal aborts. */
export function watchGalleries(
  config: NonNullable<Config["communities"]["dcinside"]>,
  deps: CommunityDeps & { salt: string },
): Promise<void> {
  const crawler = new Crawler({ pauseMs: config.pauseMs });
  const types = new Map();
  const hashAuthor = authorHasher(deps.salt);
  return schedule(
    "dcinside",
    cronSchedule(config.every),
    deps,
    async () => {
      // One after another: there is one host.
      for (const gallery of config.galleries) {
        const report = await crawlGallery(gallery, {
          ...deps,
          config,
          crawler,
          types,
          hashAuthor,
        });
        deps.log(
          `dcinside: ${gallery} ${report.outcome}: ${report.posts} posts on ${report.pages} pages, ` +
            `${report.comments} comments under ${report.commentedPosts} posts` +
            (report.pending > 0 ? `, ${report.pending} posts wait` : "") +
            (report.rejected > 0 ? `, ${report.rejected} rejects` : ""),
        );
      }
    },
  );
}

/** Reads the counts of the configured X queries until the signal aborts; without a token says so once. */
export function watchTweetCounts(
  config: NonNullable<Config["communities"]["x"]>,
  deps: CommunityDeps & { token: string | undefined },
): Promise<void> {
  const { token } = deps;
  if (!token) {
    deps.log(missingToken(config.queries));
    return Promise.resolve();
  }
  const crawler = new Crawler({ pauseMs: 1000 });
  return schedule(
    "x",
    cronSchedule(config.every),
    deps,
    async () => {
      for (const query of config.queries) {
        const report = await readTweetCounts(query, {
          ...deps,
          config,
          token,
          crawler,
        });
        deps.log(
          `x: "${query}" ${report.outcome}: ${report.buckets} minutes, ${report.complete} complete`,
        );
      }
    },
  );
}

/** Follows Bluesky's posts until the signal aborts. */
export function watchPosts(
  config: NonNullable<Config["communities"]["bluesky"]>,
  deps: CommunityDeps & { salt: string },
): Promise<void> {
  return followPosts(config, { ...deps, hashAuthor: authorHasher(deps.salt) });
}
