/** What the wire fuzz damages: real and simulated texts of each source, and their readers. */
import { bluesky } from "../../collector/sandbox/communities/bluesky.ts";
import { dcinside } from "../../collector/sandbox/communities/dcinside.ts";
import { authorHasher } from "../../collector/communities/authors.ts";
import {
  postOf,
  readStream,
  termFinder,
} from "../../collector/communities/bluesky/bluesky.ts";
import {
  commentRequest,
  type Gallery,
  listUrl,
  readList,
} from "../../collector/communities/dcinside/dcinside.ts";
import { readComments } from "../../collector/communities/dcinside/comments.ts";
import { readCounts } from "../../collector/communities/x/x.ts";
import { type Sandbox, startSandbox } from "../../collector/sandbox/sandbox.ts";
import type { SimulatedVenue } from "../../collector/sandbox/simulators.ts";
import { venues } from "../../collector/venues/registry.ts";
import type { LiveChannel, Venue } from "../../collector/venues/venue.ts";
import { REAL } from "../support/requirements.ts";
import { readFrames } from "../support/recording.ts";
import { get, hear } from "../support/simulated.ts";

/** One undamaged text and how its like is read. */
export interface Sample {
  text: string;
  /**
   * What the text holds; `{unreadable}` for a part that becomes a reject.
   * @throws {Unreadable} when it is to become a reject as a whole.
   */
  read(text: string): unknown[];
}

/** A source to be fuzzed. */
export interface FuzzSource {
  name: string;
  samples: Sample[];
}

const RECORDED: Record<string, string[]> = {
  upbit: [
    "upbit/UPBIT.ws.62.0",
    "upbit/upbit_ws_2026-08-13.jsonl",
    "upbit/ticker_trade_default_2023-11-19.jsonl",
    "upbit/candle_1m_last_two_frames_2026-07-30.jsonl",
    "upbit/orderbook_trimmed_simple_2026-09-23.jsonl",
    "upbit/errors_and_status_2026-09-23.jsonl",
  ],
  binance: ["binance_us/BINANCE_US.ws.1.0"],
  bithumb: [
    "bithumb/session_2026-09-23.jsonl",
    "bithumb/BITHUMB.ws.1.0",
  ],
  coinone: [
    "coinone/docs_examples_2023-09-01.jsonl",
    "coinone/session_2026-09-23.jsonl",
  ],
};

/** The recorded frames of a venue, some of each file; none where the folder is missing. */
async function recordedFrames(venue: string): Promise<string[]> {
  const frames: string[] = [];
  for (const path of RECORDED[venue] ?? []) {
    const file = new URL(path, REAL);
    const some = await (path.endsWith(".jsonl")
      ? Deno.readTextFile(file).then((text) =>
        text.trim().split("\n")
      )
      : readFrames(file)).catch(() => []);
    frames.push(...some.filter((text) => text.length < 3000).slice(0, 12));
  }
  return frames;
}

/** Every venue that the simulator speaks for, and the communities. */
export async function fuzzSources(): Promise<FuzzSource[]> {
  const start = Date.now();
  const sandbox = await startSandbox({
    days: 1,
    limits: false,
    venues: Object.keys(venues),
    // Fast, so that there is something of everything at once.
    now: () => start + 100 * (Date.now() - start),
  });
  try {
    const sources: FuzzSource[] = [];
    for (const venue of Object.values(venues)) {
      if (venue.id in sandbox.config.venues) {
        sources.push(await venueSource(venue, sandbox));
      }
    }
    return [
      ...sources,
      ...await galleryFuzz(sandbox),
      await countsFuzz(),
      await streamFuzz(sandbox),
    ];
  } finally {
    await sandbox.close();
  }
}

async function venueSource(
  venue: Venue,
  sandbox: Sandbox,
): Promise<FuzzSource> {
  const config = sandbox.config.venues[venue.id] as {
    markets: string[];
    socket: string;
    rest: string;
  };
  const markets = config.markets.slice(0, 2);
  const frames = await recordedFrames(venue.id);
  for (const channel of ["trade", "ticker", "book"] as LiveChannel[]) {
    for (
      const { url, subscribe } of venue.connections(config.socket, markets, [
        channel,
      ])
    ) {
      const enough = subscribe.length + 4;
      const { heard } = await hear(
        url,
        subscribe,
        (heard) => heard.length >= enough,
      );
      frames.push(...heard.filter((text) => text.length < 8000));
    }
  }
  const samples: Sample[] = frames.map((text) => ({
    text,
    read: (text) => venue.read(text),
  }));
  // A few rows of a page are as good as a thousand, and faster.
  sandbox.faults.start({
    kind: "cap",
    venue: venue.id as SimulatedVenue,
    rows: 4,
    forMs: 600_000,
  });
  const { rest } = config;
  const [market] = markets as [string];
  const now = Date.now() * 1000;
  const page = async (
    url: string,
    read: (body: string) => unknown[],
  ) => {
    samples.push({
      text: await get(url),
      read(text) {
        // An error is told first, as the REST client does.
        venue.restError(400, text);
        return venue.restError(200, text) === null ? read(text) : [];
      },
    });
  };
  await page(venue.markets.url(rest), (body) => venue.markets.read(body));
  const { cautions } = venue.markets;
  if (cautions) {
    await page(cautions.url(rest), (body) => {
      cautions.read(body);
      return [];
    });
  }
  await page(
    venue.candles.url(rest, market, now - 300e6, now - now % 60e6),
    (body) => venue.candles.read(body, market),
  );
  await page(
    venue.trades.url(rest, market, null, now),
    (body) => venue.trades.read(body, market),
  );
  const { book } = venue;
  if (book) {
    await page(book.url(rest, market), (body) => [book.read(body)]);
  }
  return { name: venue.id, samples };
}

const hash = authorHasher("a salt for tests");
/** When the damaged pages are said to have come. */
const AT = Date.UTC(2026, 10, 21) * 1000;

async function galleryFuzz(sandbox: Sandbox): Promise<FuzzSource[]> {
  const gallery: Gallery = {
    base: sandbox.of(dcinside).base,
    id: "bitcoins_new1",
    type: "G",
  };
  const real = async (name: string) =>
    await Deno.readTextFile(new URL(`dcinside/${name}`, REAL)).catch(() => "");
  // Two rows of a page: a parser takes milliseconds for a whole one.
  const short = (page: string) => {
    const rows = page.match(/<tr[^>]*ub-content[\s\S]*?<\/tr>/g) ?? [];
    return rows.slice(0, 10).map((row, i) =>
      `<html><body><input type="hidden" id="e_s_n_o" value="3e">` +
      `<table class="gall_list"><tbody class="listwrap2">${row}${
        rows.at(-1 - i)
      }</tbody></table></body></html>`
    );
  };
  const listed = await (await fetch(listUrl(gallery, 1), {
    headers: { "user-agent": "Mozilla/5.0", "accept-language": "ko" },
  })).text();
  const lists = [
    await real("list_bitcoins_new1_20260917.html"),
    await real("rows_observed.html"),
    listed,
  ].flatMap(short);
  const list = (text: string): unknown[] => {
    const page = readList(gallery, 1, { status: 200, text }, AT, hash);
    if (page.outcome !== "page") return [{ unreadable: page.outcome }];
    return [
      ...page.posts.map(({ post }) => post),
      ...page.unreadable.map(({ reason }) => ({ unreadable: reason })),
    ];
  };
  const replies = await Promise.all(
    ["general-page1", "minor-page1", "mini-page1", "general-after-last-page"]
      .map((name) => real(`comments_${name}.json`)),
  );
  const comments = (text: string): unknown[] => {
    const page = readComments("b", "9", 5, { status: 200, text }, AT, hash);
    if (page.outcome !== "page") return [{ unreadable: page.outcome }];
    return [
      ...page.comments,
      ...page.unreadable.map(({ reason }) => ({ unreadable: reason })),
    ];
  };
  replies.push(...await simulatedReplies(gallery, listed));
  const of = (texts: string[], read: Sample["read"]) =>
    texts.filter((text) => text !== "").map((text) => ({ text, read }));
  return [
    { name: "dcinside lists", samples: of(lists, list) },
    {
      name: "dcinside comments",
      samples: of(replies.flatMap(shortReply), comments),
    },
  ];
}

/** What the simulator answers for the comments of the posts that a list shows with the most of them. */
async function simulatedReplies(
  gallery: Gallery,
  listed: string,
): Promise<string[]> {
  const page = readList(gallery, 1, { status: 200, text: listed }, AT, hash);
  if (page.outcome !== "page") throw new Error(page.detail);
  const most = page.posts.map(({ post }) => post)
    .sort((a, b) => (b.comments ?? 0) - (a.comments ?? 0)).slice(0, 6);
  return await Promise.all(most.map(({ id }) => {
    const session = { token: page.token ?? "", cookie: null };
    const { url, headers, body } = commentRequest(gallery, id, session, 1);
    return get(url, { method: "POST", headers, body: body ?? "" });
  }));
}

/** A reply with its first rows only. */
function shortReply(text: string): string[] {
  if (text === "") return [];
  const body = JSON.parse(text);
  const rows: unknown[] = body.comments ?? [];
  return rows.length < 3
    ? [text]
    : [0, 1, 2].map((i) =>
      JSON.stringify({ ...body, comments: rows.slice(i * 2, i * 2 + 2) })
    );
}

async function countsFuzz(): Promise<FuzzSource> {
  const bucket = (minute: number, count: number) => ({
    start: new Date(AT / 1000 + minute * 60_000).toISOString(),
    end: new Date(AT / 1000 + minute * 60_000 + 60_000).toISOString(),
    tweet_count: count,
  });
  const texts = [
    JSON.stringify({
      data: [bucket(0, 4), bucket(1, 0), bucket(2, 17)],
      meta: { total_tweet_count: 21 },
    }),
  ];
  const read = async (name: string) =>
    JSON.parse(await Deno.readTextFile(new URL(`x/${name}`, REAL)));
  try {
    const { body } = await read("recorded_get_recent_tweets_count_1.json");
    texts.push(JSON.stringify({ ...body, data: body.data.slice(0, 4) }));
    const examples: Record<string, unknown> = await read("examples.json");
    texts.push(...Object.values(examples).map((e) => JSON.stringify(e)));
  } catch {
    // The folder is missing: the made-up reply has to do.
  }
  return {
    name: "x counts",
    samples: texts.map((text) => ({
      text,
      read(text) {
        const found: unknown[] = [];
        for (const status of [200, 429]) {
          for (const granularity of ["minute", "hour"] as const) {
            const reply = readCounts("q", { status, text }, granularity);
            if (reply.outcome !== "counts") {
              found.push({ unreadable: reply.outcome });
            } else found.push(...reply.counts, ...reply.unreadable);
          }
        }
        return found;
      },
    })),
  };
}

/** Bluesky's frames: the recorded ones, and posts that hold a term. */
async function streamFuzz(sandbox: Sandbox): Promise<FuzzSource> {
  const real = new URL("bluesky/golden_v1.jsonl", REAL);
  const recorded = (await Deno.readTextFile(real).catch(() => "")).trim();
  const { heard } = await hear(
    `${sandbox.of(bluesky).socket}?cursor=${Date.now() * 1000 - 600e6}`,
    [],
    (heard) => heard.length >= 300,
  );
  const find = termFinder(["bitcoin", "비트코인"]);
  // Most posts hold no term; these shall not be most of what is damaged.
  const named = heard.filter((text) => readStream(text, find).kind === "post");
  return {
    name: "bluesky",
    samples: [
      ...recorded.split("\n"),
      ...heard.slice(0, 10),
      ...named.slice(0, 30),
    ]
      .filter((text) => text !== "")
      .map((text) => ({
        text,
        read(text) {
          const reading = readStream(text, find);
          if (reading.kind === "odd") return [{ unreadable: reading.reason }];
          return reading.kind === "post" ? [postOf(reading, hash)] : [];
        },
      })),
  };
}
