import { z } from "zod";
import { every, httpUrl } from "../../cli/setting.ts";
import { Crawler } from "../../net/crawl.ts";
import { polled } from "../community.ts";
import { missingToken, readTweetCounts } from "./counts.ts";

/** X: how many posts match a query, by its own counts. */
export const x = polled({
  id: "x",
  names: { en: "X", ko: "X" },
  yields: ["counts"],
  found: "search",
  counted: "tweets",
  byDefault: true,
  settings: z.strictObject({
    queries: z.array(z.string().min(1).max(512)).min(1).default([
      "#bitcoin -is:retweet",
    ]),
    every: every.default("5m"),
    base: httpUrl.default("https://api.x.com"),
  }),
  token: {
    variable: "X_BEARER_TOKEN",
    missing: ({ queries }) => missingToken(queries),
  },
  series: ({ queries }) => queries,
  job(config, deps) {
    const crawler = new Crawler({ pauseMs: 1000 });
    return async () => {
      for (const query of config.queries) {
        const report = await readTweetCounts(query, {
          ...deps,
          config,
          crawler,
        });
        deps.log(
          `x: "${query}" ${report.outcome}: ${report.buckets} minutes, ${report.complete} complete`,
        );
      }
    };
  },
});
