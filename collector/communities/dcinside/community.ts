import { z } from "zod";
import { every, httpUrl } from "../../cli/setting.ts";
import { Crawler } from "../../net/crawl.ts";
import { seriesOf } from "../board_coverage.ts";
import { polled } from "../community.ts";
import type { GalleryType } from "./dcinside.ts";
import { crawlGallery } from "./gallery.ts";

/** DC Inside: galleries, crawled. */
export const dcinside = polled({
  id: "dcinside",
  names: { en: "DC Inside", ko: "디시인사이드" },
  yields: ["posts", "comments", "counts"],
  found: "boards",
  byDefault: true,
  settings: z.strictObject({
    galleries: z.array(z.string().regex(/^\w+$/, "must be a gallery id"))
      .min(1).default(["bitcoins_new1"]),
    every: every.default("5m"),
    /** Least milliseconds between two requests. */
    pauseMs: z.int().min(0).default(1100),
    /** How far back the first crawl pages, in days. */
    historyDays: z.number().min(0).max(30).default(1),
    base: httpUrl.default("https://gall.dcinside.com"),
  }),
  series: ({ galleries }) => galleries.map((id) => seriesOf("posts", id)),
  job(config, deps) {
    const crawler = new Crawler({ pauseMs: config.pauseMs });
    const types = new Map<string, GalleryType>();
    return async () => {
      // One after another: there is one host.
      for (const gallery of config.galleries) {
        const report = await crawlGallery(gallery, {
          ...deps,
          config,
          crawler,
          types,
        });
        deps.log(
          `dcinside: ${gallery} ${report.outcome}: ${report.posts} posts on ${report.pages} pages, ` +
            `${report.comments} comments under ${report.commentedPosts} posts` +
            (report.pending > 0 ? `, ${report.pending} posts wait` : "") +
            (report.rejected > 0 ? `, ${report.rejected} rejects` : ""),
        );
      }
    };
  },
});
