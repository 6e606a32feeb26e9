/** The part of a gallery's crawl that reads comments. */
import {
  commentPlace,
  completeMinutes,
  countMinutes,
  minuteOf,
  nextMinute,
  readCoverage,
} from "../board_coverage.ts";
import {
  commentRequest,
  failureOf,
  listUrl,
  troubleOf,
  viewUrl,
} from "./dcinside.ts";
import { readComments } from "./comments.ts";
import type { Comment, Micros } from "../../model/events.ts";
import {
  askFor,
  type Crawl,
  fail,
  type Listing,
  reject,
  responseOf,
} from "./gallery_crawl.ts";
import { HOUR } from "../../model/time.ts";

/** Posts whose comments one crawl reads at most: at one request a second a third of five minutes. */
export const MOST_POSTS = 60;
/** Of these, how many go to the posts that have waited longest. */
const OLDEST_SHARE = 1 / 3;
/** Changed posts are looked for this far back at least. */
const RECENT: Micros = 6 * HOUR;
/** Answers in a row that make no sense before the crawl gives up. */
const PATIENCE = 3;

interface Pending {
  id: string;
  /** Comments that the list shows. */
  shown: number;
}

/** Reads the comments of changed posts and records the minutes now known. */
export async function crawlComments(
  crawl: Crawl,
  listing: Listing,
): Promise<void> {
  const { report } = crawl;
  const pending = await pendingPosts(crawl, listing);
  report.pending = pending.length;
  if (pending.length > 0 && !listing.session) {
    fail(
      crawl,
      {
        outcome: "broken",
        detail: "the list page has no e_s_n_o to ask for comments with",
      },
      listUrl(crawl.gallery, 1),
      "",
    );
  }
  let senseless = 0;
  for (const post of listing.session ? inTurn(pending) : []) {
    const read = await crawlPost(crawl, listing.session!, post);
    if (read === "stop") break;
    if (read === "senseless" && ++senseless >= PATIENCE) break;
    if (read === "done") {
      senseless = 0;
      report.pending--;
    }
  }
  await coverComments(crawl, report.pending === 0);
}

/** Posts whose number of comments differs from the one when they were last read; newest first. */
async function pendingPosts(
  crawl: Crawl,
  listing: Listing,
): Promise<Pending[]> {
  const { deps, board, begin, coverage } = crawl;
  const since = Math.min(
    begin - RECENT,
    coverage.comments ?? coverage.firstSeen ?? Infinity,
  );
  // The first crawl pages far back; the comments there are not part of its job.
  const listed = coverage.posts === null ? [] : [...listing.seen];
  const rows = await deps.sql`
    select post_id::text as id, comment_count as shown from posts
    where source = ${board.source} and board = ${board.board}
      and not deleted and comment_count <> comments_read
      and (ts >= to_timestamp(${since}::float8 / 1e6)
        or post_id = any(${listed}::bigint[]))
    order by post_id desc`;
  return rows.map((row) => ({ id: row.id, shown: row.shown }));
}

/** The posts of this crawl: the newest, and some that have waited longest, so that none starves. */
function inTurn(pending: Pending[]): Pending[] {
  if (pending.length <= MOST_POSTS) return pending;
  const oldest = Math.floor(MOST_POSTS * OLDEST_SHARE);
  return [
    ...pending.slice(0, MOST_POSTS - oldest),
    ...pending.slice(-oldest),
  ];
}

/** Reads all comment pages of a post and stores them. */
async function crawlPost(
  crawl: Crawl,
  session: NonNullable<Listing["session"]>,
  post: Pending,
): Promise<"done" | "senseless" | "stop"> {
  const { deps, gallery, report } = crawl;
  const found = new Map<string, Comment>();
  const place = commentPlace(gallery.id, post.id);
  let living = 0, unread = 0, total = 0;
  for (let page = 1;; page++) {
    const { url, headers, body } = commentRequest(
      gallery,
      post.id,
      session,
      page,
    );
    const answer = await askFor(crawl, url, {
      method: "POST",
      headers,
      body,
      trouble: (page) => {
        const { status, text, location } = responseOf(page);
        // No words at all may stand for no comments.
        return text === "" && post.shown === 0
          ? null
          : troubleOf(failureOf(status, text, location));
      },
    });
    if (!answer) return "stop";
    const read = readComments(
      gallery.id,
      post.id,
      post.shown,
      responseOf(answer),
      deps.now(),
      deps.hashAuthor,
    );
    if (read.outcome === "deleted") {
      await markDeleted(crawl, post.id);
      return "done";
    }
    if (read.outcome !== "page") {
      fail(crawl, read, viewUrl(gallery, post.id), answer.text);
      return troubleOf(read) ? "stop" : "senseless";
    }
    const before = found.size + unread;
    for (const comment of read.comments) {
      if (!found.has(comment.id) && !comment.deleted) living++;
      found.set(comment.id, comment);
    }
    for (const { reason, payload } of read.unreadable) {
      reject(crawl, place, reason, payload);
      unread++;
    }
    total = read.total;
    if (living + unread >= total || found.size + unread === before) break;
  }
  if (living + unread < total) {
    reject(
      crawl,
      place,
      `${total} comments were promised and ${living} came`,
      "",
    );
  }
  deps.store.write([...found.values()], deps.now());
  // Only once they are committed does the post count as read.
  await deps.store.flush();
  await settle(crawl, post, living === total ? [...found.keys()] : null);
  report.commentedPosts++;
  report.comments += living;
  return "done";
}

/**
 * Marks a post as read.
 * @param whole ids of all its comments, where all are known: others are gone since.
 */
async function settle(
  crawl: Crawl,
  post: Pending,
  whole: string[] | null,
): Promise<void> {
  const { sql } = crawl.deps;
  const { source, board } = crawl.board;
  await sql`update posts
    set comments_read = ${post.shown}, written = current_transaction()
    where source = ${source} and board = ${board} and post_id = ${post.id}`;
  if (!whole) return;
  await sql`update comments
    set deleted = true, text = null, written = current_transaction()
    where source = ${source} and board = ${board} and post_id = ${post.id}
      and not deleted and comment_id <> all(${whole}::bigint[])`;
}

/** A deleted post keeps its counts and loses its words, and so do its comments. */
async function markDeleted(crawl: Crawl, postId: string): Promise<void> {
  const { sql } = crawl.deps;
  const { source, board } = crawl.board;
  await sql`update posts
    set deleted = true, title = null, comments_read = comment_count,
      written = current_transaction()
    where source = ${source} and board = ${board} and post_id = ${postId}`;
  await sql`update comments set text = null, written = current_transaction()
    where source = ${source} and board = ${board} and post_id = ${postId}
      and text is not null`;
}

/**
 * Records the minutes of comments that are now known. Without any earlier
 * crawl there are none: what was written under older posts was not seen.
 * @param all whether every changed post has been read.
 */
async function coverComments(crawl: Crawl, all: boolean): Promise<void> {
  const { deps, board, coverage, begin, to } = crawl;
  const known = coverage.comments ??
    (coverage.firstSeen === null ? null : nextMinute(coverage.firstSeen));
  if (known === null || coverage.posts === null) return;
  const from = Math.min(known, minuteOf(begin - RECENT));
  await deps.store.flush();
  // Read anew: a comment may have become unreadable in this crawl.
  const [posts, comments, { lastReject }] = await Promise.all([
    completeMinutes(deps.sql, board, "posts", from, to),
    completeMinutes(deps.sql, board, "comments", from, to),
    readCoverage(deps.sql, board),
  ]);
  const counts = await countMinutes(
    deps.sql,
    board,
    "comments",
    from,
    to,
    (minute) => {
      // Known before: its count may have shrunk since.
      if (comments.has(minute)) return true;
      if (minute < known) return null;
      const doubtful = lastReject !== null && minute <= lastReject;
      return all && !doubtful && posts.has(minute);
    },
  );
  deps.store.write(counts, deps.now());
}
