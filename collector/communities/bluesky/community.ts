import { z } from "zod";
import { socketUrl } from "../../cli/setting.ts";
import { seriesOf } from "../board_coverage.ts";
import { streamed } from "../community.ts";
import { followPosts } from "./post_stream.ts";

const term = z.string().regex(
  /^(?=.*[\p{L}\p{N}])[^\s,]([^,\p{Cc}]{0,62}[^\s,])?$/u,
  "must be a word or a few of them, of at most 64 letters and without a comma",
);

/** Bluesky: the stream of all posts, of which those with a term are kept. */
export const bluesky = streamed({
  id: "bluesky",
  names: { en: "Bluesky", ko: "블루스카이" },
  yields: ["posts", "counts"],
  found: "search",
  settings: z.strictObject({
    /** Posts that hold one of these words are kept and counted. */
    terms: z.array(term).min(1).max(20).default(["bitcoin", "비트코인"]),
    /** A Jetstream of version 1. */
    socket: socketUrl.default(
      "wss://jetstream2.us-east.bsky.network/subscribe",
    ),
  }),
  series: ({ terms }) => terms.map((name) => seriesOf("posts", name)),
  follow: followPosts,
});
