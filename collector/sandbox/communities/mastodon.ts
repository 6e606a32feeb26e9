import { Allowance } from "../allowance.ts";
import type {
  Address,
  CommunitySimulator,
  CommunityStage,
} from "../community_simulator.ts";
import { hash, Random, stream } from "../random.ts";
import { MINUTE, type World } from "../world.ts";

/** What every answer can be made to be instead. */
export type ServerFailure =
  /** An empty page. */
  | "empty"
  | "401"
  | "429"
  | "5xx"
  /** A page for people. */
  | "html"
  /** Each page holds a post that nobody can read. */
  | "odd";

/** A post of the server's own people or, not `local`, one that came from elsewhere. */
export interface ServerPost {
  id: string;
  ms: number;
  text: string;
  tags: string[];
  writer: number;
  /** The writer does not want to be indexed. */
  noindex: boolean;
  local: boolean;
  /** When it is deleted, or null. */
  goneMs: number | null;
}

/** Mean numbers a minute where talk is as usual. */
const ENGLISH = 1.2, KOREAN = 0.5, BOTH = 0.2, ELSEWHERE = 2;
const KEPT = 4096, LIMIT = 300, WINDOW = 5 * MINUTE;
const SERVER = stream("mastodon");

const texts: [mean: number, tags: string[], texts: string[]][] = [
  [ENGLISH, ["bitcoin"], [
    "Bitcoin again, on every screen in the train",
    "Reading about fees instead of sleeping",
    "Is the volume real?",
  ]],
  [KOREAN, ["비트코인"], [
    "비트코인 오늘은 조용하네",
    "거래량만 보고 있다",
  ]],
  [BOTH, ["bitcoin", "비트코인"], ["비트코인 이야기, in two languages"]],
];

/** A Mastodon server: `/api/v1/timelines/tag/<tag>`. */
class Server {
  #minutes = new Map<number, ServerPost[]>();
  #allowance: Allowance;
  /** The queries that were asked for, oldest first. */
  readonly asked: string[] = [];
  failure: ServerFailure | null = null;

  constructor(
    readonly world: World,
    readonly now: () => number,
    limits: boolean,
  ) {
    this.#allowance = new Allowance(LIMIT, LIMIT / WINDOW, limits);
  }

  /** The posts of a minute since the epoch, in the order of their ids. */
  minute(minute: number): ServerPost[] {
    let posts = this.#minutes.get(minute);
    if (posts) return posts;
    const random = new Random(hash(this.world.seed, SERVER, minute));
    const talk = Math.exp(this.world.climate.talk(minute));
    posts = [];
    for (const [mean, tags, some] of texts) {
      for (const local of [true, false]) {
        const count = random.poisson(mean * talk * (local ? 1 : ELSEWHERE));
        for (let left = count; left > 0; left--) {
          const ms = minute * MINUTE + random.below(MINUTE);
          posts.push({
            id: String((BigInt(ms) << 16n) | BigInt(random.below(65536))),
            ms,
            text: random.pick(some),
            tags,
            writer: random.below(500),
            noindex: random.next() < 0.1,
            local,
            goneMs: random.next() < 0.03
              ? ms + (5 + random.below(60)) * MINUTE
              : null,
          });
        }
      }
    }
    posts.sort((a, b) => BigInt(a.id) < BigInt(b.id) ? -1 : 1);
    if (this.#minutes.size >= KEPT) {
      this.#minutes.delete(this.#minutes.keys().next().value!);
    }
    this.#minutes.set(minute, posts);
    return posts;
  }

  /** The truth: the server's own posts with `from` ≤ time < `to`, in milliseconds, the deleted ones among them. */
  posts(from: number, to: number): ServerPost[] {
    const found: ServerPost[] = [];
    const first = Math.max(Math.floor(from / MINUTE), this.world.start);
    for (let minute = first; minute * MINUTE < to; minute++) {
      found.push(
        ...this.minute(minute).filter(({ ms, local }) =>
          local && ms >= from && ms < to
        ),
      );
    }
    return found;
  }

  answer(url: URL): Response | null {
    const path = /^\/api\/v1\/timelines\/tag\/([^/]+)$/.exec(url.pathname);
    if (!path) return null;
    this.asked.push(url.pathname + url.search);
    const left = this.#allowance.take("");
    const reset = new Date(
      Math.ceil((this.now() + WINDOW) / WINDOW) * WINDOW,
    ).toISOString();
    const headers = {
      date: new Date(this.now()).toUTCString(),
      "x-ratelimit-limit": String(LIMIT),
      "x-ratelimit-remaining": String(Math.max(0, Math.floor(left))),
      // To the microsecond, as servers have it.
      "x-ratelimit-reset": reset.replace("Z", "123Z"),
    };
    const problem = (status: number, error: string) =>
      Response.json({ error }, { status, headers });
    switch (left < 0 ? "429" : this.failure) {
      case "429":
        return problem(429, "Too many requests");
      case "empty":
        return new Response("", { headers });
      case "401":
        return problem(401, "This method requires an authenticated user");
      case "5xx":
        return new Response("<h1>Bad Gateway</h1>", { status: 502, headers });
      case "html":
        return new Response("<!doctype html><p>Hello", { headers });
    }
    return this.#timeline(url, decodeURIComponent(path[1]!), headers);
  }

  #timeline(url: URL, tag: string, headers: Record<string, string>): Response {
    const query = url.searchParams;
    const limit = Math.min(40, Number(query.get("limit") ?? 20));
    const least = query.get("min_id");
    const found: ServerPost[] = [];
    const now = this.now();
    // Without `min_id` the newest are wanted: an hour holds more than a page.
    const from = least === null ? now - 60 * MINUTE : Math.max(
      Number(BigInt(least) >> 16n),
      this.world.start * MINUTE,
    );
    for (let ms = from; ms <= now; ms += MINUTE - ms % MINUTE) {
      found.push(
        ...this.minute(Math.floor(ms / MINUTE)).filter((post) =>
          post.ms <= now && post.tags.includes(tag) &&
          (post.goneMs ?? Infinity) > now &&
          (post.local || query.get("local") !== "true") &&
          BigInt(post.id) > BigInt(least ?? 0)
        ),
      );
      if (least !== null && found.length >= limit) break;
    }
    const page = (least === null ? found.slice(-limit) : found.slice(0, limit))
      .reverse().map((post) => statusOf(post, url.origin));
    if (page.length === 0) return Response.json([], { headers });
    const link = (name: string, id: unknown, rel: string) =>
      `<${url.origin}${url.pathname}?limit=${limit}&${name}=${id}>; rel="${rel}"`;
    const body = this.failure === "odd"
      ? page.map((status, at) => at === 0 ? { ...status, tags: null } : status)
      : page;
    return Response.json(body, {
      headers: {
        ...headers,
        link: `${link("max_id", page.at(-1)!.id, "next")}, ${
          link("min_id", page[0]!.id, "prev")
        }`,
      },
    });
  }
}

/** A post as the API words it. */
function statusOf(post: ServerPost, origin: string) {
  const name = `writer${post.writer}`;
  const tags = post.tags.map((name) => ({
    name,
    url: `${origin}/tags/${encodeURIComponent(name)}`,
  }));
  const marks = tags.map(({ name, url }) =>
    `<a href="${url}" class="mention hashtag" rel="tag">#<span>${name}</span></a>`
  );
  return {
    id: post.id,
    created_at: new Date(post.ms).toISOString(),
    in_reply_to_id: null,
    sensitive: false,
    spoiler_text: "",
    visibility: "public",
    language: post.tags[0] === "bitcoin" ? "en" : "ko",
    uri: `${origin}/users/${name}/statuses/${post.id}`,
    url: `${origin}/@${name}/${post.id}`,
    replies_count: post.writer % 3,
    reblogs_count: 0,
    favourites_count: post.writer % 7,
    edited_at: null,
    content: `<p>${post.text}</p><p>${marks.join(" ")}</p>`,
    reblog: null,
    account: {
      id: String(109_000_000_000_000_000n + BigInt(post.writer)),
      username: name,
      acct: post.local ? name : `${name}@elsewhere.example`,
      bot: false,
      noindex: post.noindex,
    },
    media_attachments: [],
    mentions: [],
    tags,
    emojis: [],
    card: null,
    poll: null,
  };
}

/** Mastodon in the simulator. */
export const mastodon = {
  id: "mastodon",
  // A first run would show next to nothing of it.
  settings: () => null,
  start({ world, now, limits }: CommunityStage) {
    const server = new Server(world, now, limits);
    return {
      answer: (_: Request, url: URL) => server.answer(url),
      handle: ({ http }: Address) => ({ base: http, server }),
    };
  },
} satisfies CommunitySimulator;
