/** What verdicts say, in both languages, by their codes and figures. A code without a sentence is a compile error. */
import type { SkillVerdict } from "../../../../analytics/forecasts/skill.ts";
import type { VerdictCode } from "../../../../analytics/statistics/verdict.ts";
import type { Lang } from "./i18n.js";

/** Figures of a verdict on talk and a market, each as its reader reads it. */
export interface VerdictFigures {
  /** What is compared. */
  talk: string;
  market: string;
  /** Pairs known on both sides. */
  n: string;
  /** Buckets by which talk comes first where the peak is, with their length of time. */
  lag: number;
  span: string;
  r: string;
  /** Probability of such a peak, with its relation: `p = 0.012`. */
  p: string;
  /** How many lags were compared, the furthest as a length of time, and over how many pairs `p` is adjusted. */
  lags: string;
  furthest: string;
  pairs: string;
  /** The least |r| of a lead that nine of ten such comparisons would find; empty where that is not known. */
  seen: string;
  /** Joint events without which nothing is left. */
  events: number;
  /** Those whose unit root is not rejected, with the test's probability. */
  wandering: string;
  /** Under unit roots: what the differences say. */
  differences: string;
}

/** Figures of a model's skill against persistence. */
export interface SkillFigures {
  /** Hours compared. */
  n: string;
  /** By how much the error is smaller or larger. */
  percent: string;
}

const buckets = (lag: number) =>
  `${Math.abs(lag)} ${Math.abs(lag) === 1 ? "bucket" : "buckets"}`;

const leadsEn = (first: string, second: string, d: VerdictFigures) =>
  `${first} leads ${second} by ${
    buckets(d.lag)
  } (${d.span}): r = ${d.r} between what is new in each, ${d.p} over ${d.lags} lags of ${d.pairs} pairs.`;

const leadsKo = (first: string, second: string, d: VerdictFigures) =>
  `“${first}” 쪽이 “${second}”보다 ${
    Math.abs(d.lag)
  }구간(${d.span}) 먼저 움직입니다. 새로 생긴 변화끼리 r = ${d.r}이며, ${d.pairs}쌍의 시차 ${d.lags}개 전체에서 ${d.p}입니다.`;

const addsEn = (first: string, second: string, d: VerdictFigures) =>
  `${d.talk} and ${d.market} move mostly in the same bucket; beyond that, ${first} adds to what is known of ${second} ${
    buckets(d.lag)
  } (${d.span}) later: r = ${d.r}, ${d.p} over ${d.lags} lags of ${d.pairs} pairs.`;

const addsKo = (first: string, second: string, d: VerdictFigures) =>
  `“${d.talk}” 및 “${d.market}”의 움직임은 대부분 같은 구간에서 함께합니다. 그 밖에 “${first}” 쪽은 ${
    Math.abs(d.lag)
  }구간(${d.span}) 뒤의 “${second}”에 대해 더 알려 줍니다. r = ${d.r}이며, ${d.pairs}쌍의 시차 ${d.lags}개 전체에서 ${d.p}입니다.`;

/** The verdict on talk and a market, with all that it rests on. */
export const verdictWords: Record<
  Lang,
  Record<VerdictCode, (d: VerdictFigures) => string>
> = {
  en: {
    x_leads: (d) => leadsEn(d.talk, d.market, d),
    y_leads: (d) => leadsEn(d.market, d.talk, d),
    x_adds: (d) => addsEn(d.talk, d.market, d),
    y_adds: (d) => addsEn(d.market, d.talk, d),
    one_event: (d) =>
      `${
        d.events === 1 ? "One event" : `${d.events} events`
      } both followed: without ${
        d.events === 1 ? "it" : "them"
      } and what came after, nothing is left of r = ${d.r} at ${d.lag} (${d.p} over ${d.lags} lags of ${d.pairs} pairs).`,
    together: (d) =>
      `${d.talk} and ${d.market} move together: r = ${d.r} ${
        d.lag === 0
          ? "in the same bucket"
          : `most at ${d.lag > 0 ? "+" : "−"}${buckets(d.lag)}`
      }, ${d.p} over ${d.lags} lags of ${d.pairs} pairs.`,
    nothing: (d) =>
      `No lag up to ${d.furthest} either way stands out: the strongest is r = ${d.r} at ${d.lag}, ${d.p} over ${d.lags} lags of ${d.pairs} pairs.${
        d.seen
          ? ` A lead of |r| ≥ ${d.seen} would be seen nine times in ten.`
          : ""
      }`,
    unit_roots: (d) =>
      `A unit root is not rejected (${d.wandering}), so correlations of levels mean nothing. In differences: ${d.differences}`,
    too_little: (d) =>
      `${d.n} pairs of known buckets, less than ten days of hours, or a series that does not vary. At least 30 pairs are needed, and more for longer memory.`,
  },
  ko: {
    x_leads: (d) => leadsKo(d.talk, d.market, d),
    y_leads: (d) => leadsKo(d.market, d.talk, d),
    x_adds: (d) => addsKo(d.talk, d.market, d),
    y_adds: (d) => addsKo(d.market, d.talk, d),
    one_event: (d) =>
      `둘 다 같은 사건 ${d.events}건을 따랐습니다. 그때와 그 뒤를 빼면 시차 ${d.lag}의 r = ${d.r}에서 남는 것이 없습니다(${d.pairs}쌍의 시차 ${d.lags}개 전체에서 ${d.p}).`,
    together: (d) =>
      `“${d.talk}” 및 “${d.market}”의 움직임은 함께합니다. ${
        d.lag === 0 ? "같은 구간" : `시차 ${d.lag}`
      }에서 r = ${d.r}이며, ${d.pairs}쌍의 시차 ${d.lags}개 전체에서 ${d.p}입니다.`,
    nothing: (d) =>
      `앞뒤 ${d.furthest} 안의 어느 시차도 두드러지지 않습니다. 가장 큰 것은 시차 ${d.lag}에서 r = ${d.r}이며, ${d.pairs}쌍의 시차 ${d.lags}개 전체에서 ${d.p}입니다.${
        d.seen
          ? ` |r| ≥ ${d.seen}인 선행이라면 열 번에 아홉 번은 보였을 것입니다.`
          : ""
      }`,
    unit_roots: (d) =>
      `단위근을 기각할 수 없으므로(${d.wandering}) 수준값의 상관은 의미가 없습니다. 차분에서는: ${d.differences}`,
    too_little: (d) =>
      `둘 다 알려진 구간이 ${d.n}개이거나, 시간 단위 자료가 열흘이 안 되거나, 값이 변하지 않습니다. 적어도 30개가 필요합니다.`,
  },
};

/** A model beside persistence. */
export const skillWords: Record<
  Lang,
  Record<SkillVerdict, (d: SkillFigures) => string>
> = {
  en: {
    unknown: (d) => `not known yet (${d.n} hours to compare)`,
    better: (d) => `better than persistence: ${d.percent} less error`,
    worse: (d) => `worse than persistence: ${d.percent} more error`,
    not_better: () => "does not beat persistence",
  },
  ko: {
    unknown: (d) => `아직 알 수 없음 (비교할 시간 ${d.n}개)`,
    better: (d) => `직전 값 유지보다 오차가 ${d.percent} 작음`,
    worse: (d) => `직전 값 유지보다 못함: 오차가 ${d.percent} 큼`,
    not_better: () => "직전 값 유지를 이기지 못함",
  },
};
