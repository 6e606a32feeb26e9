import type { LeadFinding, Verdict } from "./verdict.ts";

/** A sentence in both languages. */
export interface Sentence {
  en: string;
  ko: string;
}

/** Three digits, small ones by their bound. */
export const pText = (p: number): string =>
  p < 0.001 ? "p < 0.001" : `p = ${p.toFixed(3)}`;

/** A number of milliseconds as 15 min, 3 h or 2 d. */
export function spanText(milliseconds: number, korean = false): string {
  const minutes = Math.abs(milliseconds) / 60_000;
  const [count, en, ko] = minutes % 1440 === 0
    ? [minutes / 1440, " d", "일"]
    : minutes % 60 === 0
    ? [minutes / 60, " h", "시간"]
    : [minutes, " min", "분"];
  return `${Number(count.toFixed(2))}${korean ? ko : en}`;
}

/** What a verdict says, in English and Korean. */
export function verdictSentence(
  verdict: Verdict,
  nameX: string,
  nameY: string,
  step: number,
): Sentence {
  const { found } = verdict;
  if (verdict.code === "too_little" || !found) {
    return {
      en:
        `Too little data: ${verdict.n} pairs of known buckets, less than ten days of hours, or a series ` +
        `that does not vary. At least 30 pairs are needed, and more for longer memory.`,
      ko:
        `자료가 너무 적습니다: 둘 다 알려진 구간이 ${verdict.n}개이거나, 시간 단위 자료가 열흘이 안 되거나, 값이 변하지 않습니다. ` +
        `적어도 30개가 필요합니다.`,
    };
  }
  const told = tell(found, nameX, nameY, step);
  if (verdict.code !== "unit_roots") return told;
  const wandering = [
    [nameX, verdict.adfX] as const,
    [nameY, verdict.adfY] as const,
  ].filter(([, adf]) => !(adf && adf.p < 0.05));
  const list = wandering.map(([name, adf]) =>
    adf ? `${name}: ADF ${pText(adf.p)}` : name
  ).join(", ");
  return {
    en:
      `Not interpretable: unit roots. A unit root is not rejected (${list}), so correlations of levels mean nothing. ` +
      `In differences: ${told.en}`,
    ko:
      `해석할 수 없음: 단위근. 단위근을 기각할 수 없으므로(${list}) 수준값의 상관은 의미가 없습니다. ` +
      `차분에서는: ${told.ko}`,
  };
}

/** What was found, apart from whether levels may be read. */
export function tell(
  found: LeadFinding,
  nameX: string,
  nameY: string,
  step: number,
): Sentence {
  const { lag, r } = found.peak;
  const lags = found.table.rows.length;
  const most = (lags - 1) / 2 * step;
  const buckets = Math.abs(lag);
  const strength = `r = ${r.toFixed(3)}`;
  const p = pText(found.p);
  const english = {
    buckets: `${buckets} ${buckets === 1 ? "bucket" : "buckets"} (${
      spanText(buckets * step)
    })`,
    over: found.pairs
      ? `${p} over ${lags} lags of ${found.pairs} pairs`
      : `${p} over all ${lags} lags`,
    peak: lag === 0
      ? "in the same bucket"
      : `most at ${lag > 0 ? "+" : "−"}${buckets}`,
  };
  const korean = {
    buckets: `${buckets}구간(${spanText(buckets * step, true)})`,
    over: found.pairs
      ? `${found.pairs}쌍의 시차 ${lags}개 전체에서 ${p}`
      : `시차 ${lags}개 전체에서 ${p}`,
    peak: lag === 0 ? "같은 구간" : `시차 ${lag}`,
  };
  const leads = (first: string, second: string): Sentence => ({
    en:
      `${first} leads ${second} by ${english.buckets}: ${strength} between what is new in each, ${english.over}.${
        gainText(found, second).en
      } Precedence is not cause.`,
    ko:
      `"${first}" 쪽이 "${second}"보다 ${korean.buckets} 먼저 움직입니다: 새로 생긴 변화끼리 ${strength}, ` +
      `${korean.over}.${
        gainText(found, second).ko
      } 먼저라고 해서 원인인 것은 아닙니다.`,
  });
  const adds = (first: string, second: string): Sentence => ({
    en:
      `${nameX} and ${nameY} move mostly in the same bucket; beyond that, ${first} adds to what is known of ${second} ` +
      `${english.buckets} later: ${strength}, ${english.over}.${
        gainText(found, second).en
      } Precedence is not cause.`,
    ko:
      `"${nameX}" 및 "${nameY}"의 움직임은 대부분 같은 구간에서 함께합니다. 그 밖에 "${first}" 쪽은 ` +
      `${korean.buckets} 뒤의 "${second}"에 대해 더 알려 줍니다: ${strength}, ${korean.over}.${
        gainText(found, second).ko
      } ` +
      `먼저라고 해서 원인인 것은 아닙니다.`,
  });
  switch (found.finding) {
    case "x_leads":
      return leads(nameX, nameY);
    case "y_leads":
      return leads(nameY, nameX);
    case "x_adds":
      return adds(nameX, nameY);
    case "y_adds":
      return adds(nameY, nameX);
    case "together":
      return {
        en:
          `${nameX} and ${nameY} move together (${strength} ${english.peak}, ${english.over}); ` +
          `neither clearly comes first.`,
        ko:
          `"${nameX}" 및 "${nameY}"의 움직임은 함께합니다(${korean.peak}에서 ${strength}, ${korean.over}). ` +
          `어느 쪽도 뚜렷이 먼저가 아닙니다.`,
      };
    case "one_event": {
      const events = found.without.at.length;
      return {
        en: `${
          events === 1 ? "One event" : `${events} events`
        } both followed: with ${
          events === 1 ? "it" : "them"
        } ${strength} ${english.peak}, and without the ${
          events === 1 ? "largest joint event" : "largest joint events"
        } and what came after nothing is left (${english.over}).`,
        ko:
          `둘 다 같은 사건 ${events}건을 따랐습니다: 그때를 넣으면 ${korean.peak}에서 ${strength}이지만, ` +
          `함께 가장 크게 움직인 때와 그 뒤를 빼면 남는 것이 없습니다(${korean.over}).`,
      };
    }
    case "nothing":
      return {
        en:
          `Nothing found: no lag up to ${
            spanText(most)
          } either way stands out ` +
          `(strongest ${strength} at ${lag}, ${english.over}).${
            seenText(found.seen).en
          }`,
        ko:
          `발견된 것이 없습니다: 앞뒤 ${
            spanText(most, true)
          } 안의 어느 시차도 두드러지지 않습니다` +
          `(가장 큰 것은 시차 ${lag}에서 ${strength}, ${korean.over}).${
            seenText(found.seen).ko
          }`,
      };
  }
}

/** How much the leader's past is worth. */
function gainText({ gain }: LeadFinding, second: string): Sentence {
  if (!gain) return { en: "", ko: "" };
  const percent = (share: number) => (100 * share).toFixed(1).replace("-", "−");
  const interval = `${percent(gain.low)} … ${percent(gain.high)} %`;
  return {
    en: ` What is new in ${second} is forecast with ${
      percent(gain.share)
    } % less squared error (95 %: ${interval}), out of sample.`,
    ko: ` "${second}" 쪽의 새 변화는 표본 밖에서 제곱오차가 ${
      percent(gain.share)
    } % 작게 예측됩니다(95 %: ${interval}).`,
  };
}

/** What would have been found, where nothing was. */
function seenText(seen: number): Sentence {
  if (!(seen < 1)) return { en: "", ko: "" };
  const r = seen.toFixed(2);
  return {
    en: ` A lead of |r| ≥ ${r} would be seen nine times in ten.`,
    ko: ` |r| ≥ ${r}인 선행이라면 열 번에 아홉 번은 보였을 것입니다.`,
  };
}
