/**
 * DC Inside, as pure functions: what to ask for and how to read what comes
 * back. It opens no connection and reads no clock. Times on its pages are
 * Korean (UTC+9, no daylight saving) without saying so.
 */
import { type CheerioAPI, load } from "cheerio";
import type { Trouble } from "../../net/crawl.ts";
import { type Micros, type Post, Unreadable } from "../../model/events.ts";
import { toId, toText } from "../../model/wire.ts";
import { readKoreanTime } from "../../model/korean_time.ts";

/** Main, minor, mini and person galleries: each has its own path. */
export type GalleryType = "G" | "M" | "MI" | "PR";

/** A gallery and where it lives. */
export interface Gallery {
  base: string;
  id: string;
  type: GalleryType;
}

/** One request, without the headers that any request has. */
export interface Asked {
  url: string;
  headers: Record<string, string>;
  body?: string;
}

/** Why a response is not the page that was asked for. */
export interface Failure {
  outcome:
    /** An empty page: the host answers like this for about ten minutes. */
    | "blocked"
    | "limited"
    | "forbidden"
    /** Server error: what was there to see is unknown, not zero. */
    | "outage"
    /** No such gallery: a mistake in the configuration. */
    | "missing"
    /** The post is gone. */
    | "deleted"
    /** The gallery lives under another path, see `type`. */
    | "wrongType"
    /** There is a list, and not one post in it can be told. */
    | "layoutChanged"
    /** Anything else. */
    | "broken";
  detail: string;
  type?: GalleryType;
}

/** A row of a page that could not be read. */
export interface UnreadableRow {
  reason: string;
  payload: string;
  /** When it was written, where that much can be told. */
  ts: Micros | null;
}

/** A post of a list, and how exact its time is. */
export interface ListedPost {
  post: Post;
  /** Search pages and old layouts show a minute or only a day (then `ts` is its start in Korea). */
  precision: "second" | "minute" | "day";
}

/** A list page, newest post first. */
export interface ListPage {
  outcome: "page";
  posts: ListedPost[];
  /** Rows that are no posts. */
  skipped: Record<"ad" | "notice" | "survey" | "deleted", number>;
  unreadable: UnreadableRow[];
  /** Goes with requests for comments; null when the page has none. */
  token: string | null;
}

/** Turns a raw author id into a salted hash. */
export type HashAuthor = (raw: string) => string;

/** Rows of a page, as cheerio holds them. */
type Selection = ReturnType<CheerioAPI>;

const PATHS: Record<GalleryType, string> = {
  G: "/board",
  M: "/mgallery/board",
  MI: "/mini/board",
  PR: "/person/board",
};

/** The address of a list page; the first is 1. */
export function listUrl(gallery: Gallery, page: number): string {
  return `${gallery.base}${
    PATHS[gallery.type]
  }/lists/?id=${gallery.id}&list_num=100&page=${page}`;
}

/** The address that a reader would open for a post. */
export function viewUrl(gallery: Gallery, postId: string): string {
  return `${gallery.base}${
    PATHS[gallery.type]
  }/view/?id=${gallery.id}&no=${postId}`;
}

/**
 * The request for one page of a post's comments.
 * @param session token of a list page, and its `ci_c` cookie where it set one.
 */
export function commentRequest(
  gallery: Gallery,
  postId: string,
  session: { token: string; cookie: string | null },
  page: number,
): Asked {
  return {
    url: `${gallery.base}/board/comment/`,
    headers: {
      "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
      "x-requested-with": "XMLHttpRequest",
      "referer": viewUrl(gallery, postId),
      ...(session.cookie ? { "cookie": `ci_c=${session.cookie}` } : {}),
    },
    body: new URLSearchParams({
      id: gallery.id,
      no: postId,
      cmt_id: gallery.id,
      cmt_no: postId,
      focus_cno: "",
      focus_pno: "",
      e_s_n_o: session.token,
      comment_page: String(page),
      sort: "D",
      prevCnt: "",
      board_type: "",
      _GALLTYPE_: gallery.type,
      secret_article_key: "",
      ...(session.cookie ? { ci_t: session.cookie } : {}),
    }).toString(),
  };
}

/** The `ci_c` cookie of a response, or null. */
export function sessionCookie(headers: Headers): string | null {
  for (const cookie of headers.getSetCookie()) {
    const match = /^ci_c=([^;]+)/.exec(cookie);
    if (match) return match[1]!;
  }
  return null;
}

/** What the crawler has to know of a failure: the host needs a rest. */
export function troubleOf(failure: Failure | null): Trouble | null {
  const outcome = failure?.outcome;
  return outcome === "blocked" || outcome === "limited" ||
      outcome === "forbidden" || outcome === "outage"
    ? outcome
    : null;
}

/**
 * The failure that a response is by its status, its redirect or its few words;
 * null where it may be a page.
 */
export function failureOf(
  status: number,
  text: string,
  location: string | null = null,
): Failure | null {
  if (status === 429) return { outcome: "limited", detail: "HTTP 429" };
  if (status === 403) return { outcome: "forbidden", detail: "HTTP 403" };
  if (status >= 500) return { outcome: "outage", detail: `HTTP ${status}` };
  if (status === 404) return { outcome: "deleted", detail: "HTTP 404" };
  if (status >= 300 && status < 400) {
    return redirected(location ?? "an unnamed place");
  }
  if (status !== 200) return { outcome: "broken", detail: `HTTP ${status}` };
  // An answer with contents may hold any words, somebody's comment among them.
  if (text.length > 4000 || /^\s*\{|<t[dr]\b/.test(text)) return null;
  if (isEmptyPage(text)) return { outcome: "blocked", detail: "an empty page" };
  const target = /location\.(?:replace\(|href\s*=)\s*["']([^"']+)/.exec(text);
  if (target) return redirected(target[1]!);
  if (/너무 많은 요청|penalty-box/.test(text)) {
    return { outcome: "limited", detail: "the page asks for fewer requests" };
  }
  if (/해당 갤러리는 존재하지 않습니다/.test(text)) {
    return {
      outcome: "missing",
      detail: "the page says there is no such gallery",
    };
  }
  return null;
}

function isEmptyPage(text: string): boolean {
  const body = /<body[^>]*>([\s\S]*?)(?:<\/body>|$)/i.exec(text);
  return (body ? body[1]! : text).trim() === "";
}

function redirected(target: string): Failure {
  const detail = `redirected to ${target.slice(0, 200)}`;
  if (/\/derror\/deleted/.test(target)) return { outcome: "deleted", detail };
  for (const type of ["M", "MI", "PR", "G"] as const) {
    const path = PATHS[type].replace("/board", "");
    if (new RegExp(`^(https?://[^/]+)?(/[^?]*)?${path}/board/`).test(target)) {
      return { outcome: "wrongType", detail, type };
    }
  }
  return { outcome: "broken", detail };
}

/**
 * Reads a list page. Ads, notices, surveys and deleted rows are told apart
 * from posts.
 * @param number of the page: one after the last holds no post, the first never does so.
 * @param at when the page was received; dates without a year are read by it.
 */
export function readList(
  gallery: Gallery,
  number: number,
  response: { status: number; text: string; location?: string | null },
  at: Micros,
  hashAuthor: HashAuthor,
): ListPage | Failure {
  const failure = failureOf(
    response.status,
    response.text,
    response.location ?? null,
  );
  if (failure?.outcome === "deleted") {
    return { ...failure, outcome: "missing" };
  }
  if (failure) return failure;
  const $ = load(response.text);
  const page: ListPage = {
    outcome: "page",
    posts: [],
    skipped: { ad: 0, notice: 0, survey: 0, deleted: 0 },
    unreadable: [],
    token: $("#e_s_n_o, input[name=e_s_n_o]").attr("value") ?? null,
  };
  const rows = $("tr.ub-content").toArray().map((row) => $(row));
  for (const row of rows) {
    const kind = rowKind(row);
    if (kind !== "post") {
      page.skipped[kind]++;
      continue;
    }
    try {
      page.posts.push(readPost(row, gallery.id, at, hashAuthor));
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      page.unreadable.push({
        reason: error.message,
        payload: $.html(row),
        ts: timeOf(row, at),
      });
    }
  }
  // A row of any other sort would be a post of a layout not known here.
  const pastTheEnd = number > 1 && page.unreadable.length === 0 &&
    $("tbody").length > 0 && $("tbody tr").length === rows.length;
  if (page.posts.length > 0 || pastTheEnd) return page;
  if (rows.length > 0 || $("table.gall_list, tbody.listwrap2").length > 0) {
    return {
      outcome: "layoutChanged",
      detail: `a list with ${rows.length} rows and no post that can be read`,
    };
  }
  return { outcome: "broken", detail: "a page without a list" };
}

/** What a row of the list is. */
function rowKind(row: Selection): "post" | keyof ListPage["skipped"] {
  const number = row.find("td.gall_num").text().trim();
  if (number === "AD" || row.find("em.icon_ad").length > 0) return "ad";
  if (number === "설문" || row.find("em.icon_n_survey").length > 0) {
    return "survey";
  }
  if (number === "공지" || row.attr("data-type") === "icon_notice") {
    return "notice";
  }
  const title = row.find("td.gall_tit");
  const hasLink = title.find("a[href*='no=']").length > 0;
  if (number === "삭제" || (!hasLink && /삭제/.test(title.text()))) {
    return "deleted";
  }
  return "post";
}

function readPost(
  row: Selection,
  board: string,
  at: Micros,
  hashAuthor: HashAuthor,
): ListedPost {
  const title = row.find("td.gall_tit").first();
  const link = title.find("a:not(.reply_numbox)").first();
  // Pages of 2019 name the post in its link only.
  const id = toId(
    row.attr("data-no") ?? /[?&]no=(\d+)/.exec(link.attr("href") ?? "")?.[1],
  );
  if (link.length === 0) throw new Unreadable(`post ${id} has no title`);
  const writer = row.find("td.gall_writer").first();
  const [uid, ip] = [writer.attr("data-uid"), writer.attr("data-ip")];
  const date = row.find("td.gall_date").first();
  const { ts, precision } = readKoreanTime(
    date.attr("title") ?? date.text(),
    at,
  );
  const replies = title.find(".reply_num").text().trim();
  return {
    precision,
    post: {
      kind: "post",
      source: "dcinside",
      board,
      id,
      ts,
      title: toText(link.text().replace(/\s+/g, " ").trim()),
      author: uid || ip ? hashAuthor(uid || ip!) : null,
      authorKind: uid ? "member" : ip ? "anonymous" : null,
      comments: replies === "" ? 0 : shownNumber(
        // "[12/1]": the second are the spoken ones.
        /^\[(\d+)(?:\/\d+)?\]$/.exec(replies)?.[1] ?? replies,
      ) ?? 0,
      views: shownNumber(row.find("td.gall_count").text()),
      likes: shownNumber(row.find("td.gall_recommend").text()),
    },
  };
}

/** The time of a row that could not be read otherwise, or null. */
function timeOf(row: Selection, at: Micros): Micros | null {
  const date = row.find("td.gall_date").first();
  try {
    const dated = readKoreanTime(date.attr("title") ?? date.text(), at);
    return dated.precision === "day" ? null : dated.ts;
  } catch {
    return null;
  }
}

/** A count of the list; `-` stands for none shown. */
function shownNumber(text: string): number | null {
  const shown = text.trim();
  if (shown === "-" || shown === "") return null;
  if (!/^\d{1,9}$/.test(shown)) {
    throw new Unreadable(
      `${JSON.stringify(shown.slice(0, 40))} is not a count`,
    );
  }
  return Number(shown);
}
