import { hash, Random, stream, uniform } from "../random.ts";
import type { World } from "../world.ts";

/** A post on the simulated network; times in microseconds since the epoch. */
export interface SkyPost {
  did: string;
  rkey: string;
  rev: string;
  /** When the server saw it: the only time to count by. */
  us: number;
  /** What the writer's clock claims. */
  createdAt: string;
  text: string;
  language: string;
  /** Which of the words it was written with, `bitcoin` and `비트코인`. */
  terms: string[];
  /** When it is deleted, or null. */
  goneUs: number | null;
}

/** Anything that is no post: a like, a change of name or of an account. */
export interface SkyNoise {
  did: string;
  us: number;
  kind: "like" | "identity" | "account";
}

const MINUTE_US = 60e6, KEPT = 64;
/** The longest life of a post that is deleted, in minutes. */
export const LONGEST_LIFE = 9;

/** Mean numbers a minute where talk is as usual. */
const ENGLISH = 14, KOREAN = 5, BOTH = 1, OTHERS = 60, NOISE = 12;

const SKY = stream("bluesky");
const LETTERS = "234567abcdefghijklmnopqrstuvwxyz";

const english = [
  "Bitcoin is moving again.",
  "Anyone else watching bitcoin tonight?",
  "#bitcoin volume looks odd today",
  "My neighbour asked me about Bitcoin's price. Top signal?",
  "BITCOIN!!!",
  "Reading an old book, not looking at bitcoin at all",
];
const korean = [
  "비트코인이 또 움직이네",
  "오늘은 비트코인 안 보고 산책함",
  "#비트코인 거래량 왜 이래",
  "비트코인ETF 뉴스 봤음?",
  "다들 비트코인은 언제 팔 거임",
];
const both = ["비트코인 (bitcoin) 얘기만 하는 타임라인"];
/** Some of them only look as if they named a coin. */
const others = [
  "Good morning! Coffee first.",
  "오늘 점심은 칼국수",
  "Two bitcoins walk into a bar",
  "비트코인캐시는 다른 코인이다",
  "The bit about coins was funny",
  "Rain again, reading at home 🌧️",
  "おはようございます",
  "notbitcoin.example is a strange domain name",
];

/**
 * What is posted on the simulated network: how much of it is about bitcoin
 * follows the talk of the {@link World}'s climate, the rest is even.
 */
export class Sky {
  #posts = new Map<number, SkyPost[]>();

  constructor(readonly world: World) {}

  /** The posts of a minute since the epoch, in order. */
  posts(minute: number): SkyPost[] {
    let posts = this.#posts.get(minute);
    if (!posts) {
      posts = this.#make(minute);
      if (this.#posts.size >= KEPT) {
        this.#posts.delete(this.#posts.keys().next().value!);
      }
      this.#posts.set(minute, posts);
    }
    return posts;
  }

  #make(minute: number): SkyPost[] {
    const random = new Random(hash(this.world.seed, SKY, minute));
    const talk = Math.exp(this.world.climate.talk(minute));
    const texts: Pick<SkyPost, "text" | "language" | "terms">[] = [];
    const draw = (
      mean: number,
      from: string[],
      language: string,
      terms: string[],
    ) => {
      for (let left = random.poisson(mean); left > 0; left--) {
        texts.push({ text: random.pick(from), language, terms });
      }
    };
    draw(ENGLISH * talk, english, "en", ["bitcoin"]);
    draw(KOREAN * talk, korean, "ko", ["비트코인"]);
    draw(BOTH * talk, both, "ko", ["bitcoin", "비트코인"]);
    draw(OTHERS, others, "en", []);
    return texts.map((text): SkyPost => {
      const us = minute * MINUTE_US + random.below(MINUTE_US);
      // Now and then a clock is years off.
      const written = random.next() < 0.03
        ? us - Math.floor(random.next() * 2e14)
        : us - 200_000 - random.below(1_500_000);
      return {
        ...text,
        did: did(random),
        rkey: tid(us - 150_000, random.below(1024)),
        rev: tid(us - 100_000, random.below(1024)),
        us,
        createdAt: new Date(written / 1000).toISOString(),
        goneUs: random.next() < 0.04
          ? us + 20e6 + random.below((LONGEST_LIFE * 60 - 30) * 1e6)
          : null,
      };
    }).sort((a, b) => a.us - b.us);
  }

  /** What else happened in a minute, in order. */
  noise(minute: number): SkyNoise[] {
    const random = new Random(hash(this.world.seed, SKY + 1, minute));
    const kinds = ["like", "identity", "account"] as const;
    return Array.from({ length: random.poisson(NOISE) }, () => ({
      did: did(random),
      us: minute * MINUTE_US + random.below(MINUTE_US),
      kind: random.pick(kinds),
    })).sort((a, b) => a.us - b.us);
  }

  /** A number on [0, 1) of an event's own. */
  chance(us: number): number {
    return uniform(this.world.seed, SKY + 2, us);
  }
}

function did(random: Random): string {
  let name = "";
  while (name.length < 24) name += LETTERS[random.below(32)];
  return `did:plc:${name}`;
}

/**
 * A record key as clients make them: 53 bits of microseconds and ten bits of
 * their own, in thirteen letters that sort by time.
 */
export function tid(us: number, clock: number): string {
  let value = (BigInt(us) << 10n) | BigInt(clock);
  let text = "";
  for (let at = 0; at < 13; at++) {
    text = LETTERS[Number(value & 31n)] + text;
    value >>= 5n;
  }
  return text;
}
