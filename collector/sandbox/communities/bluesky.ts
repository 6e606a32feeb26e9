import type {
  Address,
  CommunitySimulator,
  CommunityStage,
} from "../community_simulator.ts";
import { LONGEST_LIFE, Sky, type SkyPost, tid } from "./bluesky_posts.ts";
import { MINUTE, type World } from "../world.ts";

/** What the stream can be made to do instead. */
export type SkyFailure =
  /** Sockets stay open and say nothing. */
  | "mute"
  /** No socket is accepted. */
  | "refuse";

interface Listener {
  socket: WebSocket;
  /** Collections asked for, some of them prefixes; none asks for all. */
  wanted: string[];
  /** Microseconds of the next event that it gets. */
  next: number;
}

/** One event, ready to be sent. */
interface Event {
  us: number;
  /** Null where it goes to everybody. */
  collection: string | null;
  text: string;
}

const POSTS = "app.bsky.feed.post", LIKES = "app.bsky.feed.like";
const MINUTE_US = MINUTE * 1000;
/** Smaller cursors are numbers of version 2. */
const FIRST_TIME = 1e15;
/** Frames in one go, and bytes that may wait in a socket. */
const AT_ONCE = 20_000, WAITING = 8 * 2 ** 20;
const NSID = /^[a-z][\w-]*(\.[\w-]+){2,}(\.\*)?$|^[a-z][\w-]*(\.[\w-]+)+\.\*$/i;

/** Bluesky's Jetstream, version 1: `/subscribe`. */
export class Jetstream {
  /** How far back a cursor may lie. */
  lookbackMs = 36 * 60 * MINUTE;
  #sky: Sky;
  #listeners = new Set<Listener>();
  #failure: SkyFailure | null = null;
  /** The queries of the sockets that were asked for, oldest first. */
  readonly asked: string[] = [];

  constructor(world: World, readonly now: () => number) {
    this.#sky = new Sky(world);
  }

  /** Makes the stream fail in one way, or (null) work again. */
  fail(failure: SkyFailure | null): void {
    this.#failure = failure;
  }

  /** The truth: every post with `from` ≤ time < `to`, in microseconds. */
  posts(from: number, to: number): SkyPost[] {
    const posts: SkyPost[] = [];
    for (
      let minute = Math.floor(from / MINUTE_US);
      minute * MINUTE_US < to;
      minute++
    ) {
      posts.push(
        ...this.#sky.posts(minute).filter(({ us }) => us >= from && us < to),
      );
    }
    return posts;
  }

  /** Takes a socket that has just been asked for. */
  accept(request: Request): Response {
    if (this.#failure === "refuse") {
      return new Response("Service Unavailable", { status: 503 });
    }
    const { searchParams: query, search } = new URL(request.url);
    this.asked.push(search);
    const wanted = query.getAll("wantedCollections");
    const wrong = wanted.find((name) => !NSID.test(name));
    if (wrong !== undefined) {
      return new Response(`invalid collection: ${wrong}`, { status: 400 });
    }
    const cursor = query.get("cursor");
    if (cursor !== null && !/^\d+$/.test(cursor)) {
      return new Response("invalid cursor", { status: 400 });
    }
    const { socket, response } = Deno.upgradeWebSocket(request, {
      idleTimeout: 0,
    });
    const now = this.now() * 1000;
    const listener: Listener = {
      socket,
      wanted,
      next: cursor === null || Number(cursor) > now ? now : Math.max(
        Number(cursor) < FIRST_TIME ? 0 : Number(cursor),
        now - this.lookbackMs * 1000,
      ),
    };
    socket.onopen = () => this.#listeners.add(listener);
    socket.onclose = () => this.#listeners.delete(listener);
    socket.onerror = () => this.#listeners.delete(listener);
    return response;
  }

  /** Sends what is due up to a time, in milliseconds. */
  tick(to: number): void {
    if (this.#failure === "mute") return;
    for (const listener of this.#listeners) this.#send(listener, to * 1000);
  }

  #send(listener: Listener, to: number): void {
    const { socket } = listener;
    let sent = 0;
    while (listener.next <= to) {
      if (socket.readyState !== WebSocket.OPEN) return;
      if (sent > AT_ONCE || socket.bufferedAmount > WAITING) return;
      const minute = Math.floor(listener.next / MINUTE_US);
      for (const { us, collection, text } of this.#events(minute)) {
        if (us < listener.next || us > to) continue;
        if (!wants(listener, collection)) continue;
        socket.send(text);
        sent++;
      }
      listener.next = Math.min((minute + 1) * MINUTE_US, to + 1);
    }
  }

  /** All events of a minute, in order. */
  #events(minute: number): Event[] {
    const events: Event[] = [];
    for (let back = LONGEST_LIFE; back >= 0; back--) {
      for (const post of this.#sky.posts(minute - back)) {
        if (back === 0) events.push(created(post));
        const { goneUs } = post;
        if (goneUs !== null && Math.floor(goneUs / MINUTE_US) === minute) {
          events.push(deleted(post, goneUs));
        }
      }
    }
    for (const { did, us, kind } of this.#sky.noise(minute)) {
      const base = { did, time_us: us };
      const seq = 30_000_000_000 + Math.floor(us / 1000) % 1e9;
      const time = new Date(us / 1000).toISOString();
      const about = { did, seq, time };
      const body = kind === "identity"
        ? { ...base, kind, identity: about }
        : kind === "account"
        ? {
          ...base,
          kind,
          account: { active: this.#sky.chance(us) < 0.9, ...about },
        }
        : {
          ...base,
          kind: "commit",
          commit: {
            rev: tid(us - 100_000, 1),
            operation: "create",
            collection: LIKES,
            rkey: tid(us - 150_000, 2),
            record: { $type: LIKES, createdAt: time },
            cid: CID,
          },
        };
      events.push({
        us,
        collection: kind === "like" ? LIKES : null,
        text: JSON.stringify(body),
      });
    }
    return events.sort((a, b) => a.us - b.us);
  }
}

const CID = "bafyreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";

function wants({ wanted }: Listener, collection: string | null): boolean {
  if (collection === null || wanted.length === 0) return true;
  return wanted.some((name) =>
    name.endsWith("*")
      ? collection.startsWith(name.slice(0, -1))
      : name === collection
  );
}

const created = (post: SkyPost): Event => ({
  us: post.us,
  collection: POSTS,
  text: JSON.stringify({
    did: post.did,
    time_us: post.us,
    kind: "commit",
    commit: {
      rev: post.rev,
      operation: "create",
      collection: POSTS,
      rkey: post.rkey,
      record: {
        $type: POSTS,
        createdAt: post.createdAt,
        langs: [post.language],
        text: post.text,
      },
      cid: CID,
    },
  }),
});

const deleted = (post: SkyPost, us: number): Event => ({
  us,
  collection: POSTS,
  text: JSON.stringify({
    did: post.did,
    time_us: us,
    kind: "commit",
    commit: {
      rev: tid(us - 100_000, 3),
      operation: "delete",
      collection: POSTS,
      rkey: post.rkey,
    },
  }),
});

/** Bluesky in the simulator. */
export const bluesky = {
  id: "bluesky",
  sockets: /^\/subscribe\b/,
  // A first run would show next to nothing of it.
  settings: () => null,
  start({ world, now }: CommunityStage) {
    const stream = new Jetstream(world, now);
    return {
      accept: (request: Request) => stream.accept(request),
      tick: (to: number) => stream.tick(to),
      handle: ({ ws }: Address) => ({ socket: `${ws}/subscribe`, stream }),
    };
  },
} satisfies CommunitySimulator;
