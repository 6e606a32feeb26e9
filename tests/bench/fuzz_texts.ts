/**
 * The wire fuzz: damaged texts of each source must become events that the
 * database takes, or rejects; never an exception of another kind.
 */
import { cpuUsage } from "node:process";
import { type Event, Unreadable } from "../../collector/model/events.ts";
import type { FuzzSource } from "./fuzz_sources.ts";
import { mutate } from "../support/mutate.ts";
import { randomFrom } from "../support/random.ts";

/** What came of one source. */
export interface FuzzResult {
  source: string;
  texts: number;
  /** Texts with at least one event or notice in them. */
  read: number;
  events: number;
  /** Texts and rows that become rejects. */
  rejects: number;
  /** What must not be, one of each kind. */
  failures: { why: string; text: string; times: number }[];
  /** Of the processor's time, so that a busy machine does not show. */
  slowestMs: number;
}

/**
 * Damages `texts` texts of a source.
 * @param take gets every event that was read
 */
export function fuzz(
  { name, samples }: FuzzSource,
  texts: number,
  seed: number,
  take: (event: Event) => void = () => {},
): FuzzResult {
  const random = randomFrom(seed);
  const others = samples.map((sample) => sample.text);
  const result: FuzzResult = {
    source: name,
    texts,
    read: 0,
    events: 0,
    rejects: 0,
    failures: [],
    slowestMs: 0,
  };
  const fail = (why: string, text: string) => {
    const kind = why.replace(/\d+/g, "0").slice(0, 120);
    const known = result.failures.find((f) =>
      f.why.replace(/\d+/g, "0").slice(0, 120) === kind
    );
    if (known) known.times++;
    else result.failures.push({ why, text, times: 1 });
  };
  for (let at = 0; at < texts; at++) {
    const sample = samples[Math.floor(random() * samples.length)]!;
    const text = mutate(sample.text, random, others);
    const began = cpuUsage().user;
    let found: unknown[] = [];
    try {
      found = sample.read(text);
      if (found.length > 0) result.read++;
    } catch (error) {
      if (error instanceof Unreadable) result.rejects++;
      else {
        const { name, message, stack } = error as Error;
        const where = /\n\s+at (.*)/.exec(stack ?? "")?.[1] ?? "";
        fail(`${name}: ${message} ${where.replace(/\(.*\//, "(")}`, text);
      }
    }
    result.slowestMs = Math.max(
      result.slowestMs,
      (cpuUsage().user - began) / 1000,
    );
    for (const one of found) {
      const event = one as Event;
      if (!("kind" in event)) {
        // A market of a list has no kind, what cannot be read has neither.
        if ("market" in event) checkMarket(event, (why) => fail(why, text));
        else result.rejects++;
        continue;
      }
      result.events++;
      const why = wrong(event);
      if (why) fail(why, text);
      take(event);
    }
  }
  return result;
}

const DECIMAL = /^-?(?:0|[1-9]\d{0,19})(?:\.\d{0,17}[1-9])?$/;
const LATEST = Date.UTC(2100) * 1000, EARLIEST = Date.UTC(2000) * 1000;
const INT = 2 ** 31 - 1;

const isName = (text: unknown) =>
  typeof text === "string" && text !== "" && text.length <= 200 &&
  // deno-lint-ignore no-control-regex
  !/[\0-\x1f]/.test(text) && text.isWellFormed();
const isText = (text: unknown) =>
  text === null ||
  typeof text === "string" && !text.includes("\0") && text.isWellFormed();
const isId = (text: unknown) =>
  typeof text === "string" && /^\d{1,19}$/.test(text) &&
  BigInt(text) <= 9223372036854775807n;
const isCount = (value: unknown) =>
  value === null ||
  Number.isInteger(value) && Number(value) >= 0 && Number(value) <= INT;
const isDecimal = (text: string) => DECIMAL.test(text);
const isPositive = (text: string) => isDecimal(text) && Number(text) > 0;
const isAmount = (text: string) => isDecimal(text) && Number(text) >= 0;

function checkMarket(
  market: { market: unknown },
  fail: (why: string) => void,
): void {
  const { base, quote, koreanName, englishName, warning } = market as Record<
    string,
    unknown
  >;
  for (const name of [market.market, base, quote]) {
    if (!isName(name)) fail("a market without a name");
  }
  for (const text of [koreanName, englishName, warning]) {
    if (!isText(text)) fail("a market's text that cannot be stored");
  }
}

/** What the tables, or the lake after them, would not take of an event; null for nothing. */
export function wrong(event: Event | { kind: string }): string | null {
  const e = event as Event | { kind: "delta" | "notice" };
  const bad = (what: string, value: unknown) =>
    `${e.kind}: ${what} is ${JSON.stringify(value)?.slice(0, 80)}`;
  if (
    "ts" in e && !(Number.isInteger(e.ts) && e.ts > EARLIEST &&
      e.ts < LATEST)
  ) return bad("ts", e.ts);
  if ("venue" in e && !isName(e.market)) return bad("market", e.market);
  switch (e.kind) {
    case "trade":
      if (!isId(e.id)) return bad("id", e.id);
      if (!isPositive(e.price)) return bad("price", e.price);
      if (!isPositive(e.size)) return bad("size", e.size);
      if (e.side !== "buy" && e.side !== "sell") return bad("side", e.side);
      if (!isCount(e.fills) || e.fills < 1) return bad("fills", e.fills);
      return null;
    case "ticker":
      if (!isPositive(e.last)) return bad("last", e.last);
      if (!isAmount(e.volume24h)) return bad("volume24h", e.volume24h);
      if (!isAmount(e.value24h)) return bad("value24h", e.value24h);
      return isDecimal(e.changeRate) ? null : bad("changeRate", e.changeRate);
    case "candle":
      for (const price of [e.open, e.high, e.low, e.close]) {
        if (!isPositive(price)) return bad("a price", price);
      }
      for (const amount of [e.volume, e.quoteVolume]) {
        if (amount !== null && !isAmount(amount)) {
          return bad("a volume", amount);
        }
      }
      if (!isName(e.interval)) return bad("interval", e.interval);
      return isCount(e.tradeCount) ? null : bad("tradeCount", e.tradeCount);
    case "book":
      for (const [price, size] of [...e.bids, ...e.asks]) {
        if (!isPositive(price)) return bad("a price", price);
        if (!isPositive(size)) return bad("a size", size);
      }
      return null;
    case "post":
      if (!isId(e.id)) return bad("id", e.id);
      if (!isText(e.title)) return bad("title", e.title);
      for (const count of [e.comments, e.views, e.likes]) {
        if (!isCount(count)) return bad("a count", count);
      }
      return null;
    case "comment":
      if (!isId(e.id)) return bad("id", e.id);
      if (e.parentId !== null && !isId(e.parentId)) {
        return bad("parentId", e.parentId);
      }
      return isText(e.text) ? null : bad("text", e.text);
    case "count":
      return isCount(e.count) ? null : bad("count", e.count);
  }
  return null;
}
