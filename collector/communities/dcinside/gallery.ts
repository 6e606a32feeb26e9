/**
 * The DC Inside job: one crawl of one gallery. It pages back to where the last
 * crawl began, then reads the comments of the posts whose number of comments
 * has changed, and records which minutes are now known.
 *
 * `comments:<board>` counts the comments under the posts that the crawl's pages
 * show: a comment under an older post is not seen.
 */
import {
  countMinutes,
  minuteOf,
  nextMinute,
  readCoverage,
} from "../board_coverage.ts";
import { type ListPage, listUrl, readList, sessionCookie } from "./dcinside.ts";
import type { Micros } from "../../model/events.ts";
import { crawlComments } from "./gallery_comments.ts";
import {
  askFor,
  type Crawl,
  fail,
  type GalleryDeps,
  type GalleryReport,
  type Listing,
  reject,
  responseOf,
} from "./gallery_crawl.ts";
import { DAY, MINUTE } from "../../model/time.ts";

export type { GalleryDeps, GalleryReport, Outcome } from "./gallery_crawl.ts";

/** However long the collector was away, it pages back no further. */
const LONGEST: Micros = 30 * DAY;
/** A minute counts as past only then: clocks differ and pages are cached for moments. */
const SETTLED: Micros = 5e6;
/** Time between two lines of progress. */
const TELL_EVERY: Micros = 10e6;
/** Against a server that never ends. */
const MOST_PAGES = 3000;

/** Crawls a gallery once. Crawling again without news changes nothing. */
export async function crawlGallery(
  id: string,
  deps: GalleryDeps,
): Promise<GalleryReport> {
  const board = { source: "dcinside", board: id };
  const begin = deps.now();
  const crawl: Crawl = {
    deps,
    gallery: { base: deps.config.base, id, type: deps.types.get(id) ?? "G" },
    board,
    begin,
    to: minuteOf(begin - SETTLED),
    coverage: await readCoverage(deps.sql, board),
    report: {
      gallery: id,
      outcome: "done",
      pages: 0,
      posts: 0,
      commentedPosts: 0,
      comments: 0,
      pending: 0,
      rejected: 0,
      covered: null,
    },
  };
  try {
    const listing = await crawlLists(crawl);
    await deps.store.flush();
    await coverPosts(crawl, listing);
    if (listing.pages > 0 && crawl.report.outcome === "done") {
      await crawlComments(crawl, listing);
    }
  } catch (error) {
    if (!deps.signal?.aborted) throw error;
    crawl.report.outcome = "stopped";
  }
  await deps.store.flush();
  return crawl.report;
}

async function crawlLists(crawl: Crawl): Promise<Listing> {
  const { deps, report, coverage, begin } = crawl;
  const horizon = begin - deps.config.historyDays * DAY;
  const target = coverage.posts === null
    ? horizon
    : Math.max(coverage.posts, begin - LONGEST);
  const listing: Listing = {
    pages: 0,
    seen: new Set(),
    contiguous: false,
    since: Infinity,
    doubtful: [],
    session: null,
  };
  let relocated = false;
  let told = begin;
  for (let number = 1; number <= MOST_PAGES; number++) {
    const url = listUrl(crawl.gallery, number);
    const answer = await askFor(crawl, url);
    if (!answer) return listing;
    const list = readList(
      crawl.gallery,
      number,
      responseOf(answer),
      deps.now(),
      deps.hashAuthor,
    );
    if (list.outcome === "wrongType" && !relocated) {
      relocated = true;
      crawl.gallery.type = list.type!;
      deps.log(`dcinside ${report.gallery}: ${list.detail}, followed`);
      number--;
      continue;
    }
    if (list.outcome !== "page") {
      fail(crawl, list, url, answer.text);
      return listing;
    }
    deps.types.set(report.gallery, crawl.gallery.type);
    report.pages = ++listing.pages;
    if (list.token) {
      listing.session = {
        token: list.token,
        cookie: sessionCookie(answer.headers),
      };
    }
    if (!takePage(crawl, listing, list, url)) return listing;
    const reached = listing.since < target;
    if (reached) {
      listing.contiguous = true;
      listing.since = target;
      return listing;
    }
    if (number % 10 === 0) await deps.store.flush();
    if (deps.now() - told >= TELL_EVERY) {
      told = deps.now();
      deps.log(
        `dcinside ${report.gallery}: ${number} pages, ${report.posts} posts, back to ${
          new Date(listing.since / 1000).toISOString()
        } of ${new Date(target / 1000).toISOString()}`,
      );
    }
  }
  return listing;
}

/** Stores the posts of a page; false where it shows nothing that was not on one before. */
function takePage(
  crawl: Crawl,
  listing: Listing,
  list: ListPage,
  url: string,
): boolean {
  const { deps, report } = crawl;
  const exact = [];
  const undated = [...list.unreadable];
  for (const { post, precision } of list.posts) {
    if (precision !== "day") {
      exact.push(post);
      continue;
    }
    undated.push({
      reason: `post ${post.id} has a date and no time of day`,
      payload: JSON.stringify({ id: post.id, day: post.ts }),
      ts: null,
    });
  }
  for (const { reason, payload } of undated) {
    reject(crawl, url, reason, payload);
  }
  const last = exact.at(-1);
  const first = exact[0];
  if (!first || !last) return undated.length > 0;
  for (const { ts } of undated) {
    listing.doubtful.push(
      ts === null ? { from: last.ts, to: first.ts } : { from: ts, to: ts },
    );
  }
  const fresh = exact.filter((post) => !listing.seen.has(post.id));
  for (const post of fresh) listing.seen.add(post.id);
  deps.store.write(fresh, deps.now());
  report.posts += fresh.length;
  // The last row is the oldest; a row pinned above says nothing of the span.
  listing.since = Math.min(listing.since, last.ts);
  return fresh.length > 0;
}

/** Records the minutes of posts that are now known. */
async function coverPosts(crawl: Crawl, listing: Listing): Promise<void> {
  const { deps, board, to, report } = crawl;
  if (listing.since === Infinity) return;
  const from = nextMinute(listing.since);
  // Interrupted halfway: what lies before may still be read by the next crawl,
  // which looks for the last complete minute.
  const whole = listing.contiguous || report.outcome === "done";
  const isDoubtful = (minute: Micros) =>
    listing.doubtful.some((span) =>
      span.from < minute + MINUTE && span.to >= minute
    );
  const counts = await countMinutes(
    deps.sql,
    board,
    "posts",
    from,
    to,
    (minute) => whole && !isDoubtful(minute),
  );
  deps.store.write(counts, deps.now());
  await deps.store.flush();
  if (whole && from < to) report.covered = { from, to };
}
