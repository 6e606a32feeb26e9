/** The comments under a post on DC Inside, as pure functions. */
import { load } from "cheerio";
import { z } from "zod";
import { type Comment, type Micros, Unreadable } from "../../model/events.ts";
import { parseExact, toId, toJson, toText } from "../../model/wire.ts";
import {
  type Failure,
  failureOf,
  type HashAuthor,
  type UnreadableRow,
} from "./dcinside.ts";
import { readKoreanTime } from "../../model/korean_time.ts";

/** One page of the comments of a post. */
export interface CommentPage {
  outcome: "page";
  comments: Comment[];
  unreadable: UnreadableRow[];
  /** Advertisement rows left out. */
  ads: number;
  /** Rows of any kind on this page; none after the last page. */
  rows: number;
  /** Living comments under the post, over all pages. */
  total: number;
}

/** Comments on a full page. */
export const COMMENTS_A_PAGE = 100;

// Numbers arrive as text, see parseExact; some fields are text on the wire anyway.
const row = z.looseObject({
  no: z.string(),
  c_no: z.string().nullish(),
  user_id: z.string().nullish(),
  ip: z.string().nullish(),
  nicktype: z.string().nullish(),
  reg_date: z.string().nullish(),
  memo: z.string().nullish(),
  del_yn: z.string().nullish(),
  is_delete: z.string().nullish(),
});
const reply = z.looseObject({
  total_cnt: z.string().regex(/^\d{1,9}$/),
  comments: z.array(z.unknown()).nullable(),
});

/**
 * Reads one page of comments.
 * @param shown how many comments the list shows for the post: an empty answer
 *   means none where there are none, and a block where there should be some.
 * @param at when it was received; dates without a year are read by it.
 */
export function readComments(
  board: string,
  postId: string,
  shown: number,
  response: { status: number; text: string; location?: string | null },
  at: Micros,
  hashAuthor: HashAuthor,
): CommentPage | Failure {
  const nothing = response.text.trim() === "";
  if (response.status === 200 && nothing && shown === 0) return emptyPage();
  const failure = failureOf(
    response.status,
    response.text,
    response.location ?? null,
  );
  if (failure) return failure;
  let body: z.output<typeof reply>;
  try {
    body = reply.parse(parseExact(response.text));
  } catch {
    return {
      outcome: "broken",
      detail: "an answer that is not a list of comments",
    };
  }
  const page = emptyPage();
  page.total = Number(body.total_cnt);
  page.rows = body.comments?.length ?? 0;
  for (const raw of body.comments ?? []) {
    const read = row.safeParse(raw);
    try {
      if (!read.success) {
        throw new Unreadable("a comment without the fields of one");
      }
      // A row that the site mixes in as an advertisement.
      if (read.data.nicktype === "COMMENT_BOY") page.ads++;
      else {page.comments.push(
          readRow(board, postId, read.data, at, hashAuthor),
        );}
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      page.unreadable.push({
        reason: error.message,
        payload: toJson(raw),
        ts: dateOf(read.data?.reg_date, at),
      });
    }
  }
  return page;
}

function emptyPage(): CommentPage {
  return {
    outcome: "page",
    comments: [],
    unreadable: [],
    ads: 0,
    rows: 0,
    total: 0,
  };
}

function dateOf(text: string | null | undefined, at: Micros): Micros | null {
  try {
    return readKoreanTime(text ?? "", at).ts;
  } catch {
    return null;
  }
}

function readRow(
  board: string,
  postId: string,
  raw: z.output<typeof row>,
  at: Micros,
  hashAuthor: HashAuthor,
): Comment {
  const id = toId(raw.no);
  if (/^0+$/.test(id)) throw new Unreadable("a comment without a number");
  const parent = toId(raw.c_no || "0");
  const { ts, precision } = readKoreanTime(raw.reg_date ?? "", at);
  if (precision === "day") {
    throw new Unreadable(`comment ${id} has a date and no time of day`);
  }
  const deleted = raw.del_yn === "Y" || !/^0?$/.test(raw.is_delete ?? "");
  const author = deleted ? null : raw.user_id || raw.ip;
  return {
    kind: "comment",
    source: "dcinside",
    board,
    postId,
    id,
    parentId: /^0+$/.test(parent) ? null : parent,
    ts,
    text: deleted || isSpoken(raw.vr_player)
      ? ""
      : toText(plainText(raw.memo ?? "")),
    author: author ? hashAuthor(author) : null,
    authorKind: !author ? null : raw.user_id ? "member" : "anonymous",
    deleted,
  };
}

const isSpoken = (player: unknown) =>
  typeof player === "string" ? player.trim() !== "" : Boolean(player);

/** The words of a comment; an emoticon image has none. */
function plainText(memo: string): string {
  if (!memo.includes("<") && !memo.includes("&")) return memo.trim();
  const $ = load(memo, null, false);
  $("br").replaceWith("\n");
  return $.root().text().trim();
}
