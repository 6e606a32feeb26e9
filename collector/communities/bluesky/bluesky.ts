/**
 * Bluesky, as pure functions: how the public Jetstream (version 1) is asked and
 * how its frames are read. It opens no socket and reads no clock.
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { type Micros, type Post, Unreadable } from "../../model/events.ts";

/** The collection that holds posts. */
const POSTS = "app.bsky.feed.post";

/** What a frame can hold. `ts` is always the server's time, never the writer's. */
export type StreamReading =
  /** A new post that holds at least one of the terms. */
  | {
    kind: "post";
    ts: Micros;
    /** (did, collection, rkey, rev): the same whenever it is sent again. */
    key: string;
    id: string;
    did: string;
    text: string;
    /** Those of the terms that it holds, sorted. */
    terms: string[];
  }
  /** A post is gone; whether it held a term is not said. */
  | { kind: "deleted"; ts: Micros; key: string; id: string }
  /** An account and all its posts are gone. */
  | { kind: "removed"; ts: Micros; key: string; did: string }
  /** A record that calls itself a post and has no text: none of the terms is in it. */
  | { kind: "odd"; ts: Micros; reason: string; payload: string }
  /** Anything else: proof that the stream has come to `ts`. */
  | { kind: "other"; ts: Micros };

/**
 * The address of the stream.
 * @param cursor its first event is the first at or after this; null for what is new.
 */
export function streamUrl(socket: string, cursor: Micros | null): string {
  const url = new URL(socket);
  url.searchParams.set("wantedCollections", POSTS);
  if (cursor !== null) url.searchParams.set("cursor", String(cursor));
  return url.href;
}

/**
 * A post's id: the first 63 bits of the SHA-256 of its at-uri, which names it
 * for good.
 *
 * The record key alone would not do. It is a time to the microsecond and ten
 * bits chosen by the writer's client, unique within one account only, and a
 * client may put anything there. A hash cannot be steered, and among ten
 * million posts the odds that any two share one are 1 in 180,000
 * (n² / 2 / 2^63); they would then count as one post.
 */
export function postId(did: string, rkey: string): string {
  const hash = createHash("sha256").update(`at://${did}/${POSTS}/${rkey}`)
    .digest();
  return (hash.readBigUInt64BE() >> 1n).toString();
}

/** Korean particles that may follow a name; any other Hangul makes it another word. */
const JOSA =
  "(?:은|는|이|가|을|를|의|만|뿐|마저|조차|마다|이나|이라|이란|이랑|랑|이고|이다|이야|이네|인데|입니다|" +
  "(?:에|에서|에게|도|로|으로|와|과|하고|까지|부터|처럼|보다)(?:는|도|만|의)?)";

/**
 * Finds terms in a text, as words and in any case. A word ends where the script
 * changes, so that `비트코인ETF` and `bitcoin은` hold one; a Korean word may
 * carry a particle (`비트코인이`), while `비트코인캐시` and `bitcoins` are
 * other words.
 * @returns the terms found, sorted, as they were given.
 */
export function termFinder(terms: string[]): (text: string) => string[] {
  const patterns = [...new Set(terms)].sort().map((term) => ({
    term,
    pattern: wordPattern(term.normalize("NFKC")),
  }));
  return (text) => {
    const plain = text.normalize("NFKC");
    return patterns.filter(({ pattern }) => pattern.test(plain))
      .map(({ term }) => term);
  };
}

function wordPattern(term: string): RegExp {
  const letters = [...term];
  const last = letters.at(-1)!;
  const words = term.trim().split(/\s+/)
    .map((word) => word.replace(/[^\p{L}\p{M}\p{N}\s]/gu, escape));
  return new RegExp(
    `(?<!${sameWord(letters[0]!)})${words.join("\\s+")}` +
      (HANGUL.test(last) ? `${JOSA}?` : "") + `(?!${sameWord(last)})`,
    "iv",
  );
}

const HANGUL = /\p{Script=Hangul}/u;
const escape = (sign: string) => `\\u{${sign.codePointAt(0)!.toString(16)}}`;

/** What beside this letter would make a longer word of it. */
function sameWord(letter: string): string {
  if (HANGUL.test(letter)) return "\\p{Script=Hangul}";
  if (/[\p{Script=Latin}\p{N}]/u.test(letter)) {
    return "[\\p{Script=Latin}\\p{M}\\p{N}_]";
  }
  return /\p{L}/u.test(letter) ? "[\\p{L}\\p{M}]" : "[]";
}

// No number but time_us is read, and that fits a double: plain JSON.parse will do.
const frameShape = z.object({
  did: z.string().startsWith("did:"),
  time_us: z.int().min(1.23e15).max(4.1e15),
  kind: z.string(),
  commit: z.object({
    rev: z.string(),
    operation: z.string(),
    collection: z.string(),
    rkey: z.string(),
    record: z.unknown().optional(),
  }).optional(),
  account: z.object({ active: z.boolean(), status: z.string().optional() })
    .optional(),
});
type Frame = z.output<typeof frameShape>;
const recordShape = z.object({ text: z.string() });

/**
 * Reads one text frame of version 1. An edited post (`update`) is `other`: it
 * was counted when it was written.
 * @param find see {@link termFinder}.
 * @throws {Unreadable} when it is not what Jetstream is known to send.
 */
export function readStream(
  text: string,
  find: (text: string) => string[],
): StreamReading {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new Unreadable("a frame that is not JSON");
  }
  const { data: frame, error } = frameShape.safeParse(body);
  if (!frame) {
    const path = error.issues[0]!.path.join(".");
    throw new Unreadable(`a frame whose ${path || "whole"} is not Jetstream's`);
  }
  if (frame.kind === "commit") return readCommit(frame, find);
  const gone = frame.account && !frame.account.active &&
    /^(deleted|takendown)$/.test(frame.account.status ?? "");
  return gone
    ? { kind: "removed", ts: frame.time_us, key: keyOf(frame), did: frame.did }
    : { kind: "other", ts: frame.time_us };
}

const keyOf = ({ did, kind, time_us, commit }: Frame): string =>
  commit
    ? `${did}/${commit.collection}/${commit.rkey}/${commit.rev}`
    : `${did}/${kind}/${time_us}`;

function readCommit(
  frame: Frame,
  find: (text: string) => string[],
): StreamReading {
  const { did, time_us: ts, commit } = frame;
  if (!commit) throw new Unreadable("a commit without its contents");
  if (commit.collection !== POSTS) return { kind: "other", ts };
  const id = () => postId(did, commit.rkey);
  if (commit.operation === "delete") {
    return { kind: "deleted", ts, key: keyOf(frame), id: id() };
  }
  if (commit.operation !== "create") return { kind: "other", ts };
  const record = recordShape.safeParse(commit.record);
  if (!record.success) {
    return {
      kind: "odd",
      ts,
      reason: "a post without a text",
      payload: JSON.stringify(frame),
    };
  }
  const terms = find(record.data.text);
  if (terms.length === 0) return { kind: "other", ts };
  return {
    kind: "post",
    ts,
    key: keyOf(frame),
    id: id(),
    did,
    // Neither a NUL nor half a character can stand in a text column.
    text: record.data.text.replaceAll("\0", "\uFFFD").toWellFormed(),
    terms,
  };
}

/** The row of a post; its board is its terms by commas, so that it is one row however many it holds. */
export function postOf(
  { id, ts, text, terms, did }: Extract<StreamReading, { kind: "post" }>,
  hashAuthor: (raw: string) => string,
): Post {
  return {
    kind: "post",
    source: "bluesky",
    board: terms.join(","),
    id,
    ts,
    title: text,
    author: hashAuthor(did),
    authorKind: "member",
    comments: 0,
    views: null,
    likes: null,
  };
}
