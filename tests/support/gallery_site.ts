/** A gallery on loopback for the tests of its job, and a database to crawl it into. */
import { authorHasher } from "../../collector/communities/authors.ts";
import { Crawler } from "../../collector/net/crawl.ts";
import {
  type Database,
  openDatabase,
} from "../../collector/database/client.ts";
import {
  crawlGallery,
  type GalleryDeps,
} from "../../collector/communities/dcinside/gallery.ts";
import { Store } from "../../collector/store/store.ts";

export const MINUTE = 60_000, HOUR = 60 * MINUTE;
/** When every gallery's clock starts. */
export const START = Date.parse("2026-11-20T03:00:20Z");

interface ListedPost {
  no: number;
  at: number;
  comments: { no: number; at: number; memo?: string; gone?: boolean }[];
  deleted?: boolean;
}

/** A gallery of a few posts, whose every answer a test may replace. */
export class Site {
  posts: ListedPost[] = [];
  asked: string[] = [];
  robots = "";
  type = "";
  size = 100;
  /** A further row of every list page. */
  row = "";
  /** Answers instead of the page, where it gives one. */
  instead: (path: string) => Response | null = () => null;
  #server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const url = new URL(request.url);
      const form = new URLSearchParams(await request.text());
      const path = url.pathname === "/board/comment/"
        ? `comment ${form.get("no")}/${form.get("comment_page")}`
        : url.pathname + url.search;
      this.asked.push(path);
      if (path === "/robots.txt") return new Response(this.robots);
      const other = this.instead(path);
      if (other) return other;
      return url.pathname === "/board/comment/"
        ? this.#comments(form)
        : this.#list(url);
    },
  );

  get base(): string {
    return `http://127.0.0.1:${(this.#server.addr as Deno.NetAddr).port}`;
  }

  close = () => this.#server.shutdown();

  #list(url: URL): Response {
    if (!url.pathname.startsWith(`${this.type}/board/lists`)) {
      return new Response(
        `<script>location.replace("${this.base}${this.type}/board/lists/${url.search}")</script>`,
      );
    }
    const page = Number(url.searchParams.get("page"));
    const shown = this.posts.toSorted((a, b) => b.no - a.no)
      .slice((page - 1) * this.size, page * this.size);
    const rows = shown.map((post) => {
      const date = new Date(post.at + 9 * HOUR).toISOString().slice(0, 19)
        .replace("T", " ");
      const living = post.comments.filter((c) => !c.gone).length;
      return `<tr class="ub-content us-post" data-no="${post.no}" data-type="icon_txt">
        <td class="gall_num">${post.no}</td><td class="gall_tit ub-word"><a href="/board/view/?id=g&no=${post.no}">title ${post.no}</a>${
        living
          ? `<a class="reply_numbox"><span class="reply_num">[${living}]</span></a>`
          : ""
      }</td><td class="gall_writer ub-writer" data-uid="someone" data-ip=""></td>
        <td class="gall_date" title="${date}">x</td><td class="gall_count">1</td><td class="gall_recommend">0</td></tr>`;
    });
    return new Response(
      `<body><input id="e_s_n_o" value="token"><table class="gall_list"><tbody>
      <tr class="ub-content"><td class="gall_num">AD</td></tr>${this.row}${
        rows.join("")
      }</tbody></table></body>`,
    );
  }

  #comments(form: URLSearchParams): Response {
    const post = this.posts.find((p) => String(p.no) === form.get("no"));
    if (!post || post.deleted) return new Response("", { status: 404 });
    const page = Number(form.get("comment_page"));
    const rows = post.comments.slice((page - 1) * 100, page * 100).map((c) => ({
      no: String(c.no),
      user_id: "someone",
      ip: "",
      c_no: 0,
      nicktype: "20",
      reg_date: new Date(c.at + 9 * HOUR).toISOString().slice(5, 19)
        .replace("-", ".").replace("T", " "),
      memo: c.memo ?? `words ${c.no}`,
      del_yn: c.gone ? "Y" : "N",
      is_delete: c.gone ? "1" : "0",
    }));
    const ad = { no: 0, nicktype: "COMMENT_BOY", memo: "buy" };
    return Response.json({
      total_cnt: post.comments.filter((c) => !c.gone).length,
      comments: rows.length ? [ad, ...rows] : [],
    });
  }
}

/** An embedded database, a store, and galleries that are crawled into it. */
export async function openBoards() {
  const data = await Deno.makeTempDir();
  const db: Database = await openDatabase({ data });
  const { sql } = db;
  const store = new Store(sql);
  const open: Site[] = [];

  /** A fresh gallery with its own clock; two hours of posts, one every three minutes. */
  function board(id: string, historyDays = 1 / 24) {
    const site = new Site();
    open.push(site);
    let ms = START;
    const lines: string[] = [];
    for (let i = 0; i < 40; i++) {
      site.posts.push({
        no: 1000 + i,
        at: START - (40 - i) * 3 * MINUTE,
        comments: [],
      });
    }
    const deps: GalleryDeps = {
      config: { base: site.base, historyDays },
      sql,
      store,
      crawler: new Crawler({
        pauseMs: 0,
        random: () => 0,
        clock: {
          now: () => ms,
          sleep: (wait) => Promise.resolve(void (ms += wait)),
        },
      }),
      hashAuthor: authorHasher("pepper"),
      types: new Map(),
      now: () => ms * 1000,
      log: (line) => lines.push(line),
    };
    const counts = (measure: string) =>
      sql`select ts, count, complete, first_count from counts
        where source = 'dcinside' and query = ${`${measure}:${id}`} order by ts`;
    return {
      site,
      deps,
      lines,
      counts,
      now: () => ms,
      pass: (more: number) => void (ms += more),
      crawl: () => crawlGallery(id, deps),
      complete: async (measure: string) =>
        (await counts(measure)).filter((row) => row.complete).length,
      posts: () =>
        sql`select * from posts where board = ${id} order by post_id`,
      comments: () =>
        sql`select * from comments where board = ${id} order by comment_id`,
      rejects: () =>
        sql`select * from rejects where place like ${`%${id}%`} order by reject_id`,
    };
  }

  const close = async () => {
    for (const site of open) await site.close();
    await store.close();
    await db.close();
    await Deno.remove(data, { recursive: true });
  };
  return { sql, store, board, close };
}
