import { hash, normal, stream, uniform } from "./random.ts";

/** Hours since midnight in Korea of a minute since the epoch. */
export const koreanHour = (minute: number): number =>
  ((minute + 540) % 1440) / 60;

/** A cosine of the day that is highest at this hour, `times` a day. */
export const wave = (hour: number, peak: number, times: number): number =>
  Math.cos(2 * Math.PI * times * (hour - peak) / 24);

/**
 * How awake Korea is, about −1 to 1: talk and trade sleep together. Weekends
 * are later and less steep; 1970-01-01 was a Thursday.
 */
export function koreanDay(minute: number): number {
  const hour = koreanHour(minute);
  const weekend = (Math.floor((minute + 540) / 1440) + 3) % 7 >= 5;
  return weekend
    ? 0.6 * wave(hour, 23, 1) - 0.2
    : 0.8 * wave(hour, 21.5, 1) + 0.25 * wave(hour, 10.5, 2);
}

/** A piece of news, by the minute since the epoch in which everybody hears it. */
interface Piece {
  minute: number;
  /** What it adds at first to the logs of talk and of volume, and to that of the price. */
  talk: number;
  volume: number;
  price: number;
}

/** News comes about every third day, at any minute. */
const SPAN = 2880, CHANCE = 0.75;

/** Minutes in which what it moved falls to 1/e: talk goes on for longer than trade. */
const TALK_LASTS = 45, VOLUME_LASTS = 30, PRICE_LASTS = 180;

/** Spans in which a piece is still felt. */
const FELT = 1;

const NEWS = stream("news");

/** News that hits talk and trade in the same minute, so that neither leads the other. Pure in the seed. */
export class News {
  #pieces = new Map<number, Piece | null>();

  constructor(readonly seed: number) {}

  /** The piece of a span, if there is one. */
  #piece(span: number): Piece | null {
    let piece = this.#pieces.get(span);
    if (piece === undefined) {
      const part = (salt: number) => uniform(this.seed, NEWS + salt, span);
      piece = part(1) >= CHANCE ? null : {
        minute: span * SPAN + Math.floor(part(2) * SPAN),
        talk: 1 + part(3),
        volume: 1 + part(4),
        price: 0.003 * normal(this.seed, NEWS + 5, span) +
          (hash(this.seed, NEWS + 6, span) % 2 === 0 ? 0.004 : -0.004),
      };
      this.#pieces.set(span, piece);
    }
    return piece;
  }

  #felt(minute: number, lasts: number, size: (piece: Piece) => number): number {
    const span = Math.floor(minute / SPAN);
    let sum = 0;
    for (let at = span - FELT; at <= span; at++) {
      const piece = this.#piece(at);
      if (!piece || piece.minute > minute) continue;
      sum += size(piece) * Math.exp((piece.minute - minute) / lasts);
    }
    return sum;
  }

  /** What it adds to the log of talk. */
  talk(minute: number): number {
    return this.#felt(minute, TALK_LASTS, (piece) => piece.talk);
  }

  /** What it adds to the log of every market's volume. */
  volume(minute: number): number {
    return this.#felt(minute, VOLUME_LASTS, (piece) => piece.volume);
  }

  /** What it adds to the log of every price. */
  price(minute: number): number {
    return this.#felt(minute, PRICE_LASTS, (piece) => piece.price);
  }
}
