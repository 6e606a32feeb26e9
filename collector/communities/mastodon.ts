/**
 * Mastodon: the public timelines of hashtags on one server, by its REST API.
 *
 * Only the server's own people are asked for (`local=true`): their posts get
 * their ids when they are written, so that ids and times have one order and no
 * post comes in late behind others. An id holds the server's time, in
 * milliseconds from its 17th bit on, and paging goes up by it (`min_id`): the
 * page after the last is empty, and the `Date` of that answer says up to when
 * nothing is missing. The collector's own clock says only where the first turn
 * begins.
 *
 * A post is one row, however many of the tags it has: its board is the tags,
 * sorted, by commas. `posts:<tag>` counts those that have the tag. Who asked not
 * to be indexed is counted, and nothing that they wrote is kept.
 */
import { load } from "cheerio";
import { z } from "zod";
import { every, httpUrl } from "../cli/setting.ts";
import { type Micros, type Post, Unreadable } from "../model/events.ts";
import { DAY, MINUTE } from "../model/time.ts";
import { toText } from "../model/wire.ts";
import { Crawler, type Page, type Trouble } from "../net/crawl.ts";
import {
  countTerms,
  minuteOf,
  nextMinute,
  readCoverage,
  seriesOf,
} from "./board_coverage.ts";
import { type CommunityDeps, polled } from "./community.ts";

const SOURCE = "mastodon";
/** Most that a server gives at once. */
const PAGE = 40;
/** A minute counts as past only then: servers read from copies that are moments behind. */
const SETTLED: Micros = 30e6;
/** However long the collector was away, it goes back no further. */
const LONGEST: Micros = 30 * DAY;
/** An id and `created_at` of the same post, made by one server, agree to this. */
const AGREED: Micros = 60e6;
/** Against a server that never ends. */
const MOST_PAGES = 5000;

const settings = z.strictObject({
  /** Hashtags without the sign, as the server writes them. */
  tags: z.array(
    z.string().regex(
      /^(?=.*[\p{L}_])[\p{L}\p{M}\p{N}_]{1,100}$/u,
      "must be a hashtag without its sign: letters, digits and underscores",
    ).transform(normal),
  ).min(1).max(20).default(["bitcoin", "비트코인"]),
  every: every.default("5m"),
  /** Least milliseconds between two requests; a server allows 300 in five minutes. */
  pauseMs: z.int().min(0).default(1100),
  /** How far back the first turn goes, in days. */
  historyDays: z.number().min(0).max(30).default(1),
  base: httpUrl.default("https://mastodon.social"),
});
type Settings = z.output<typeof settings>;

/** A tag as servers compare it. */
function normal(tag: string): string {
  return tag.normalize("NFKC").toLowerCase();
}

/** The least id of a moment. */
export const idAt = (ts: Micros): bigint =>
  BigInt(Math.floor(ts / 1000)) << 16n;

/** When an id was made. */
const timeOfId = (id: string): Micros => Number(BigInt(id) >> 16n) * 1000;

/** The address of the posts that follow an id, the oldest of them; the page itself has the newest first. */
export function timelineUrl(base: string, tag: string, after: bigint): string {
  return `${base}/api/v1/timelines/tag/${encodeURIComponent(tag)}` +
    `?local=true&limit=${PAGE}&min_id=${after}`;
}

/** Why an answer is not a timeline. */
interface Failure {
  outcome: Trouble | "refused" | "broken";
  /** One sentence with the remedy. */
  message: string;
}

/** A page of a timeline. */
interface Timeline {
  outcome: "timeline";
  /** In the order of their ids. */
  posts: Post[];
  unreadable: { reason: string; payload: string }[];
  /** The greatest id on the page; null where it is empty. */
  last: bigint | null;
  /** When the server said so; null where it did not say. */
  at: Micros | null;
}

const statusShape = z.object({
  id: z.string().regex(/^\d{1,19}$/),
  created_at: z.iso.datetime({ offset: true }),
  spoiler_text: z.string().optional(),
  content: z.string(),
  replies_count: z.int().min(0),
  favourites_count: z.int().min(0),
  account: z.object({ id: z.string(), noindex: z.boolean().nullish() }),
  tags: z.array(z.object({ name: z.string() })),
});

/**
 * Reads an answer to {@link timelineUrl}.
 * @param tags those that are configured.
 */
export function readTimeline(
  page: Pick<Page, "status" | "text" | "headers">,
  tags: string[],
  hashAuthor: (raw: string) => string,
): Timeline | Failure {
  const failure = failureOf(page);
  if (failure) return failure;
  let rows: unknown;
  try {
    // Ids are text here: plain JSON.parse keeps every digit.
    rows = JSON.parse(page.text);
  } catch {
    rows = null;
  }
  if (!Array.isArray(rows)) {
    return broken("something that is not a list of posts");
  }
  const timeline: Timeline = {
    outcome: "timeline",
    posts: [],
    unreadable: [],
    last: null,
    at: serverTime(page.headers),
  };
  for (const row of rows) {
    try {
      timeline.posts.push(readPost(row, tags, hashAuthor));
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      const payload = JSON.stringify(row);
      timeline.unreadable.push({ reason: error.message, payload });
    }
    const { data } = statusShape.pick({ id: true }).safeParse(row);
    if (data && BigInt(data.id) > (timeline.last ?? -1n)) {
      timeline.last = BigInt(data.id);
    }
  }
  if (rows.length > 0 && timeline.last === null) {
    return broken("posts without ids");
  }
  timeline.posts.sort((a, b) => BigInt(a.id) < BigInt(b.id) ? -1 : 1);
  return timeline;
}

/** `{"id":"103270115826048975","created_at":"2019-12-08T03:48:33.901Z","visibility":"public","content":"<p>…</p>","replies_count":5,"favourites_count":11,"account":{"id":"1","noindex":false},"tags":[{"name":"bitcoin","url":"…"}],…}` */
function readPost(
  row: unknown,
  wanted: string[],
  hashAuthor: (raw: string) => string,
): Post {
  const { data: status, error } = statusShape.safeParse(row);
  if (!status) {
    throw new Unreadable(
      `a post whose ${
        error.issues[0]!.path.join(".") || "whole"
      } is not Mastodon's`,
    );
  }
  const ts = timeOfId(status.id);
  const written = Date.parse(status.created_at) * 1000;
  if (!(Math.abs(ts - written) <= AGREED)) {
    throw new Unreadable(
      `the id ${status.id} is not of ${status.created_at}, when the post was written`,
    );
  }
  const tags = new Set(status.tags.map(({ name }) => normal(name)));
  const board = wanted.filter((tag) => tags.has(tag));
  if (board.length === 0) {
    throw new Unreadable(`post ${status.id} has none of the tags`);
  }
  const open = !status.account.noindex;
  return {
    kind: "post",
    source: SOURCE,
    board: [...new Set(board)].sort().join(","),
    id: status.id,
    ts,
    title: open ? plainText(status.spoiler_text ?? "", status.content) : "",
    author: open ? hashAuthor(status.account.id) : null,
    authorKind: "member",
    comments: status.replies_count,
    views: null,
    likes: status.favourites_count,
  };
}

/** The words of a post; paragraphs and lines are set apart by a space. */
function plainText(warning: string, content: string): string {
  const text = load(content.replace(/<br\b[^>]*>|<\/p>/gi, " $&")).text();
  return toText(`${warning} ${text}`.replace(/\s+/g, " ").trim());
}

/** When the server made an answer, less the time that it lay in a cache; null where it does not say. */
function serverTime(headers: Headers): Micros | null {
  const date = Date.parse(headers.get("date") ?? "");
  const age = Number(headers.get("age") ?? 0);
  return Number.isFinite(date) && age >= 0 ? (date - age * 1000) * 1000 : null;
}

const broken = (what: string): Failure => ({
  outcome: "broken",
  message:
    `the server answered with ${what}. Check "base" in communities.mastodon; the table rejects keeps it.`,
});

function failureOf(
  { status, text }: Pick<Page, "status" | "text">,
): Failure | null {
  const http = `the server answered HTTP ${status}`;
  if (status === 429) {
    return {
      outcome: "limited",
      message: `${http}: too many requests. It is asked again when it allows.`,
    };
  }
  if (status === 401 || status === 403 || status === 422) {
    return {
      outcome: "forbidden",
      message:
        `${http}: it shows its timelines to nobody without an account. Take another server as "base" in communities.mastodon, or leave mastodon out.`,
    };
  }
  if (status >= 500) {
    return {
      outcome: "outage",
      message: `${http}. These minutes stay open until it answers.`,
    };
  }
  if (status !== 200) {
    return {
      outcome: "refused",
      message:
        `${http}: no Mastodon is there. Correct "base" in communities.mastodon.`,
    };
  }
  return text.trim() === ""
    ? {
      outcome: "blocked",
      message: "the server answered with an empty page; it is left alone.",
    }
    : null;
}

/** What the crawler has to know of an answer: the host needs a rest. */
function troubleOf(page: Page): Trouble | null {
  const outcome = failureOf(page)?.outcome ?? "broken";
  return outcome === "refused" || outcome === "broken" ? null : outcome;
}

/** What came of one turn with one tag. */
export interface TagReport {
  outcome: "done" | Failure["outcome"] | "excluded" | "resting" | "more";
  posts: number;
  pages: number;
  rejected: number;
  /** Minutes now known: [from, to), or null. */
  covered: { from: Micros; to: Micros } | null;
}

/** Reads what is new under a tag, and counts the minutes that are known now. */
export async function readTag(
  tag: string,
  config: Settings,
  crawler: Crawler,
  deps: CommunityDeps,
): Promise<TagReport> {
  const { sql, store } = deps;
  const known = await readCoverage(sql, { source: SOURCE, board: tag });
  const now = deps.now();
  const since = known.posts === null
    ? now - config.historyDays * DAY
    : Math.max(known.posts, now - LONGEST);
  const report: TagReport = {
    outcome: "more",
    posts: 0,
    pages: 0,
    rejected: 0,
    covered: null,
  };
  // From `since` to here nothing is missing, but for what could not be read.
  const walk = await walkUp(tag, since, config, crawler, deps, report);
  const from = nextMinute(since), to = minuteOf(walk.until - SETTLED);
  const counts = from < to
    ? await countTerms(
      sql,
      SOURCE,
      [tag],
      from,
      to,
      (minute) =>
        !walk.doubtful.some((span) =>
          span.from < minute + MINUTE && span.to >= minute
        ),
    )
    : [];
  store.write(counts, deps.now());
  await store.flush();
  if (from < to) report.covered = { from, to };
  return report;
}

/** Reads page after page from `since` on and stores what is on them. */
async function walkUp(
  tag: string,
  since: Micros,
  config: Settings,
  crawler: Crawler,
  deps: CommunityDeps,
  report: TagReport,
): Promise<{ until: Micros; doubtful: { from: Micros; to: Micros }[] }> {
  const { store, log, signal } = deps;
  let after = idAt(since) - 1n;
  const walk = { until: since, doubtful: [] as { from: Micros; to: Micros }[] };
  while (report.pages < MOST_PAGES) {
    const url = timelineUrl(config.base, tag, after);
    const ask = { signal, trouble: troubleOf };
    const answer = await crawler.request(url, ask);
    const fail = (outcome: TagReport["outcome"], message: string) => {
      report.outcome = outcome;
      log(`${SOURCE}: #${tag}: ${message}`);
    };
    const reject = (reason: string, payload: string) => {
      report.rejected++;
      store.reject({ source: SOURCE, place: url, reason, payload });
    };
    if (answer.kind !== "page") {
      const outcome = answer.kind === "unreachable" ? "outage" : answer.kind;
      fail(outcome, `not asked for now (${answer.reason})`);
      break;
    }
    let timeline = readTimeline(answer, config.tags, deps.hashAuthor);
    if (
      timeline.outcome === "timeline" && timeline.last !== null &&
      timeline.last <= after
    ) timeline = broken("posts from before the id that was asked for");
    if (timeline.outcome !== "timeline") {
      fail(timeline.outcome, timeline.message);
      if (timeline.outcome === "broken") reject(timeline.message, answer.text);
      break;
    }
    report.pages++;
    if (timeline.last === null) {
      report.outcome = "done";
      // Without the server's time nobody knows up to when there is nothing.
      walk.until = Math.max(walk.until, timeline.at ?? 0);
      break;
    }
    for (const { reason, payload } of timeline.unreadable) {
      reject(reason, payload);
    }
    after = timeline.last;
    const to = timeOfId(String(after));
    if (timeline.unreadable.length > 0) {
      walk.doubtful.push({ from: walk.until, to });
    }
    store.write(timeline.posts, deps.now());
    report.posts += timeline.posts.length;
    walk.until = Math.max(walk.until, to);
    if (report.pages % 10 === 0) await store.flush();
  }
  await store.flush();
  return walk;
}

/** Mastodon: hashtags on one server, asked for by its API. */
export const mastodon = polled({
  id: SOURCE,
  names: { en: "Mastodon", ko: "마스토돈" },
  yields: ["posts", "counts"],
  found: "search",
  settings,
  series: ({ tags }) => tags.map((tag) => seriesOf("posts", tag)),
  job(config, deps) {
    const crawler = new Crawler({ pauseMs: config.pauseMs });
    return async () => {
      // One after another: there is one host. A server that has never seen one
      // of several tags may answer for none of them, so each is asked for alone.
      for (const tag of config.tags) {
        const report = await readTag(tag, config, crawler, deps);
        deps.log(
          `${SOURCE}: #${tag} ${report.outcome}: ${report.posts} posts on ${report.pages} pages` +
            (report.rejected > 0 ? `, ${report.rejected} rejects` : ""),
        );
      }
    };
  },
});
