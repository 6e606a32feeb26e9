import {
  commentPage,
  type Gallery,
  type GalleryType,
  listPage,
  PATHS,
  redesignedPage,
} from "./dcinside_pages.ts";
import type {
  Address,
  CommunitySimulator,
  CommunityStage,
} from "../community_simulator.ts";
import { hash } from "../random.ts";
import { Board } from "../talk.ts";
import type { World } from "../world.ts";

/** What every page can be made to answer instead. */
export type Failure = "empty" | "403" | "429" | "5xx" | "layout";

/** One request that came in. */
export interface LoggedRequest {
  /** Milliseconds since the epoch, by the simulator's clock. */
  at: number;
  method: string;
  /** Path and query. */
  path: string;
  /** The post whose comments were asked for, and which page of them. */
  comments: { post: number; page: number } | null;
  /** Whether it was made to fail. */
  failed: boolean;
}

const galleries: [id: string, GalleryType, name: string, size: number][] = [
  ["bitcoins_new1", "G", "비트코인", 1],
  ["coin", "M", "알트코인", 0.7],
  ["coinivest", "M", "코인 투자", 0.5],
  ["chartanalysis", "M", "차트 분석", 0.3],
  ["stablecoin", "M", "스테이블코인", 0.2],
];

const ROBOTS = `User-agent: *
Allow: /
Disallow: /kcaptcha/
Disallow: /board/lists/?id=47
Disallow: /board/view/?id=47

User-agent: examplebot
Disallow: /
`;

const LOGGED = 10_000;

/** The gallery pages of DC Inside. */
export class GalleryPages {
  readonly galleries: Map<string, Gallery>;
  /** The last requests, oldest first. */
  readonly requests: LoggedRequest[] = [];
  #failure: Failure | null = null;
  #token: string;

  constructor(readonly world: World, readonly now: () => number) {
    this.galleries = new Map(
      galleries.map(([id, type, name, size]) => [
        id,
        { id, type, name, board: new Board(world, id, size) },
      ]),
    );
    this.#token = Array.from(
      { length: 12 },
      (_, at) => hash(world.seed, 30, at).toString(16).padStart(8, "0"),
    ).join("");
  }

  /** Makes every page fail in one way, or work again. */
  fail(failure: Failure | null): void {
    this.#failure = failure;
  }

  /** Answers a request; null where the path is not one of the site's. */
  async answer(request: Request, url: URL): Promise<Response | null> {
    if (!/^\/(robots\.txt$|(mgallery\/)?board\/)/.test(url.pathname)) {
      return null;
    }
    const form = new URLSearchParams(await request.text());
    const asksComments = url.pathname === "/board/comment/";
    const failed = url.pathname === "/robots.txt" ? null : this.#failed(url);
    if (this.requests.length === LOGGED) this.requests.shift();
    this.requests.push({
      at: this.now(),
      method: request.method,
      path: url.pathname + url.search,
      comments: asksComments
        ? {
          post: Number(form.get("no")),
          page: Number(form.get("comment_page")),
        }
        : null,
      failed: failed !== null,
    });
    if (url.pathname === "/robots.txt") return new Response(ROBOTS);
    if (failed) return failed;
    if (asksComments) return this.#comments(request, form);
    if (/^(\/mgallery)?\/board\/lists\/?$/.test(url.pathname)) {
      return this.#list(url);
    }
    return html("<html><body>페이지를 찾을 수 없습니다.</body></html>", 404);
  }

  #failed(url: URL): Response | null {
    switch (this.#failure) {
      case "empty":
        return html("<html><head></head><body></body></html>");
      case "403":
        return html("<html><body>403 Forbidden</body></html>", 403);
      case "429":
        return html("<html><body>너무 많은 요청입니다.</body></html>", 429, {
          "retry-after": "60",
        });
      case "5xx":
        return html("<html><body>502 Bad Gateway</body></html>", 502);
      case "layout": {
        const gallery = this.galleries.get(url.searchParams.get("id") ?? "");
        return gallery ? html(redesignedPage(gallery, this.#token)) : null;
      }
      default:
        return null;
    }
  }

  #list(url: URL): Response {
    const id = url.searchParams.get("id") ?? "";
    const gallery = this.galleries.get(id);
    if (!gallery) {
      return html(
        `<script type="text/javascript">alert("해당 갤러리는 존재하지 않습니다.");history.back();</script>`,
      );
    }
    const path = PATHS[gallery.type];
    if (!url.pathname.startsWith(`${path}/`)) {
      const target = `${url.origin}${path}/lists/${url.search}`;
      return html(`<script>location.replace("${target}")</script>`);
    }
    const size =
      [30, 50, 100].find((n) =>
        n === Number(url.searchParams.get("list_num"))
      ) ?? 50;
    const page = Math.max(1, Number(url.searchParams.get("page")) || 1);
    return html(listPage(gallery, page, size, this.#token, this.now()), 200, {
      "set-cookie": `ci_c=${this.#token.slice(0, 32)}; path=/`,
    });
  }

  /** Whoever asks unlike the site's own pages gets an empty answer. */
  #comments(request: Request, form: URLSearchParams): Response {
    const gallery = this.galleries.get(form.get("id") ?? "");
    const index = gallery?.board.indexOf(Number(form.get("no")), this.now());
    const asked = request.method === "POST" &&
      request.headers.get("x-requested-with") === "XMLHttpRequest" &&
      form.get("e_s_n_o") === this.#token &&
      form.get("_GALLTYPE_") === gallery?.type;
    const page = Math.max(1, Number(form.get("comment_page")) || 1);
    const text = asked && gallery && index !== null && index !== undefined
      ? commentPage(gallery, index, page, this.now())
      : "";
    return html(text);
  }
}

const html = (
  text: string,
  status = 200,
  headers: Record<string, string> = {},
): Response =>
  new Response(text, {
    status,
    headers: { ...headers, "content-type": "text/html; charset=UTF-8" },
  });

/** DC Inside in the simulator. */
export const dcinside = {
  id: "dcinside",
  settings: ({ http }: Address, days: number) => ({
    galleries: ["bitcoins_new1"],
    // No real host: it may be asked often, so that a short run shows comments.
    every: "1m",
    pauseMs: 0,
    historyDays: days,
    base: http,
  }),
  start({ world, now }: CommunityStage) {
    const pages = new GalleryPages(world, now);
    return {
      answer: (request: Request, url: URL) => pages.answer(request, url),
      handle: ({ http }: Address) => ({
        base: http,
        /** Makes every page fail in one way, or (null) work again. */
        fail: (failure: Failure | null) => pages.fail(failure),
        /** What was asked of it, oldest first; the last 10,000. */
        requests: pages.requests,
      }),
    };
  },
} satisfies CommunitySimulator;
