/** Words for what is said of a coin beside its markets, in both languages. */
import type { CoinTalk, CoinVerdict } from "../../../coin_talk.ts";
import type { VerdictCode } from "../../../../analytics/statistics/verdict.ts";
import type { Lang } from "./i18n.js";

interface FoundFigures {
  talk: string;
  market: string;
  verdict: VerdictCode;
  /** Minutes by which talk comes first. */
  minutes: number;
  r: string;
  p: string;
}

interface CoinWords {
  heading: string;
  lead: string;
  whole: string;
  allMarkets: string;
  talk: Record<CoinTalk, string>;
  against: Record<CoinVerdict["against"], string>;
  columns: Record<
    | "talk"
    | "against"
    | "verdict"
    | "lag"
    | "r"
    | "interval"
    | "p"
    | "talkFirst"
    | "marketFirst"
    | "after"
    | "sameSign",
    string
  >;
  /** Minutes with their sign. */
  span: (minutes: number) => string;
  bursts: (count: number, after: string, p: string) => string;
  nothing: (market: string, pairs: number) => string;
  tooLittle: (market: string) => string;
  found: (d: FoundFigures) => string;
}

const english = (minutes: number): string =>
  minutes % 60 === 0
    ? `${minutes / 60} ${Math.abs(minutes) === 60 ? "hour" : "hours"}`
    : `${minutes} minutes`;

const korean = (minutes: number): string =>
  minutes % 60 === 0 ? `${minutes / 60}시간` : `${minutes}분`;

/** A length of time with a proper minus. */
const signed = (text: string, minutes: number): string =>
  minutes > 0 ? `+${text}` : text.replace("-", "−");

const figures = ({ r, p }: FoundFigures): string =>
  `r = ${r}, p ${p.startsWith("<") ? p : `= ${p}`}`;

/** By language. */
export const coinWords: Record<Lang, CoinWords> = {
  en: {
    heading: "This coin",
    lead:
      "What is said of the coin that is chosen, beside its own market: posts and comments that name it, the same without repeats, and tone. Below, all talk of a community beside all markets.",
    whole: "All talk and all markets",
    allMarkets: "all markets",
    talk: {
      posts: "posts",
      posts_deduplicated: "posts without repeats",
      comments: "comments",
      comments_deduplicated: "comments without repeats",
      tweets: "tweets",
      tone: "tone",
    },
    against: { volume: "volume", volatility: "volatility", return: "return" },
    columns: {
      talk: "Talk",
      against: "Against",
      verdict: "Verdict",
      lag: "Strongest lag",
      r: "r, same bucket",
      interval: "95 % interval",
      p: "Adjusted p",
      talkFirst: "Granger, talk first: p",
      marketFirst: "market first: p",
      after: "After bursts",
      sameSign: "Windows of its sign",
    },
    span: (minutes) => signed(english(minutes), minutes),
    bursts: (count, after, p) => `${after} (${count} bursts, p ${p})`,
    nothing: (market, pairs) =>
      `Nothing found between this talk and ${market}, in ${pairs} comparisons.`,
    tooLittle: (market) => `Too little is said to tell anything of ${market}.`,
    found: (d) => {
      const span = english(Math.abs(d.minutes));
      switch (d.verdict) {
        case "x_leads":
          return `${d.talk}: ${span} before ${d.market} (${figures(d)}).`;
        case "y_leads":
          return `${d.talk}: ${span} after ${d.market} (${figures(d)}).`;
        case "x_adds":
          return `${d.talk}: mostly together with ${d.market}; beyond that ${span} before (${
            figures(d)
          }).`;
        case "y_adds":
          return `${d.talk}: mostly together with ${d.market}; beyond that ${span} after (${
            figures(d)
          }).`;
        default:
          return `${d.talk}: together with ${d.market}; neither clearly comes first (${
            figures(d)
          }).`;
      }
    },
  },
  ko: {
    heading: "이 코인",
    lead:
      "고른 코인에 대한 말과 그 코인의 시장: 코인을 언급한 글과 댓글, 중복을 뺀 것, 어조입니다. 아래는 커뮤니티의 말 전체와 전체 시장입니다.",
    whole: "말 전체와 전체 시장",
    allMarkets: "전체 시장",
    talk: {
      posts: "글",
      posts_deduplicated: "중복을 뺀 글",
      comments: "댓글",
      comments_deduplicated: "중복을 뺀 댓글",
      tweets: "트윗",
      tone: "어조",
    },
    against: { volume: "거래량", volatility: "변동성", return: "수익률" },
    columns: {
      talk: "말",
      against: "비교 대상",
      verdict: "판정",
      lag: "가장 큰 시차",
      r: "같은 구간의 r",
      interval: "95 % 구간",
      p: "보정한 p",
      talkFirst: "그레인저, 말이 먼저: p",
      marketFirst: "시장이 먼저: p",
      after: "말이 몰린 뒤",
      sameSign: "부호가 같은 창",
    },
    span: (minutes) => signed(korean(minutes), minutes),
    bursts: (count, after, p) => `${after} (${count}번, p ${p})`,
    nothing: (market, pairs) =>
      `${market} 쪽과 이 말 사이에서 발견된 것이 없습니다(비교 ${pairs}개).`,
    tooLittle: (market) =>
      `${market}에 대해 무엇이든 말하기에는 언급이 너무 적습니다.`,
    found: (d) => {
      const span = korean(Math.abs(d.minutes));
      switch (d.verdict) {
        case "x_leads":
          return `${d.talk}: ${d.market}보다 ${span} 먼저입니다(${
            figures(d)
          }).`;
        case "y_leads":
          return `${d.talk}: ${d.market}보다 ${span} 나중입니다(${
            figures(d)
          }).`;
        case "x_adds":
          return `${d.talk}: 대부분 ${d.market}과 같은 구간이며, 그 밖에 ${span} 먼저입니다(${
            figures(d)
          }).`;
        case "y_adds":
          return `${d.talk}: 대부분 ${d.market}과 같은 구간이며, 그 밖에 ${span} 나중입니다(${
            figures(d)
          }).`;
        default:
          return `${d.talk}: ${d.market}과 함께 움직이며 어느 쪽도 뚜렷이 먼저가 아닙니다(${
            figures(d)
          }).`;
      }
    },
  },
};
