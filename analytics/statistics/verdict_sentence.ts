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
        `Too little data: ${verdict.n} pairs of known buckets, less than three days of hours, or a series ` +
        `that does not vary. At least 30 pairs are needed, and more for longer memory.`,
      ko:
        `자료가 너무 적습니다: 둘 다 알려진 구간이 ${verdict.n}개이거나, 시간 단위 자료가 사흘이 안 되거나, 값이 변하지 않습니다. ` +
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
  const buckets = Math.abs(lag);
  const time = spanText(buckets * step),
    koreanTime = spanText(buckets * step, true);
  const strength = `r = ${r.toFixed(3)}`;
  const p = pText(found.p);
  const lags = found.table.rows.length;
  const over = found.pairs
    ? `${p} over ${lags} lags of ${found.pairs} pairs`
    : `${p} over all ${lags} lags`;
  const overKorean = found.pairs
    ? `${found.pairs}쌍의 시차 ${lags}개 전체에서 ${p}`
    : `시차 ${lags}개 전체에서 ${p}`;
  const leads = (first: string, second: string): Sentence => ({
    en: `${first} leads ${second} by ${buckets} ${
      buckets === 1 ? "bucket" : "buckets"
    } (${time}): ${strength} between what is new in each, ${over}. Precedence is not cause.`,
    ko:
      `"${first}" 쪽이 "${second}"보다 ${buckets}구간(${koreanTime}) 먼저 움직입니다: 새로 생긴 변화끼리 ${strength}, ` +
      `${overKorean}. 먼저라고 해서 원인인 것은 아닙니다.`,
  });
  switch (found.finding) {
    case "x_leads":
      return leads(nameX, nameY);
    case "y_leads":
      return leads(nameY, nameX);
    case "together": {
      const peak = lag === 0
        ? { en: "in the same bucket", ko: "같은 구간" }
        : { en: `most at ${lag > 0 ? "+" : "−"}${buckets}`, ko: `시차 ${lag}` };
      return {
        en:
          `${nameX} and ${nameY} move together (${strength} ${peak.en}, ${over}); ` +
          `neither clearly comes first.`,
        ko:
          `"${nameX}" 및 "${nameY}"의 움직임은 함께합니다(${peak.ko}에서 ${strength}, ${overKorean}). ` +
          `어느 쪽도 뚜렷이 먼저가 아닙니다.`,
      };
    }
    case "nothing":
      return {
        en:
          `Nothing found: no lag up to ${
            spanText((lags - 1) / 2 * step)
          } either way stands out ` +
          `(strongest ${strength} at ${lag}, ${over}).`,
        ko:
          `발견된 것이 없습니다: 앞뒤 ${
            spanText((lags - 1) / 2 * step, true)
          } 안의 어느 시차도 두드러지지 않습니다` +
          `(가장 큰 것은 시차 ${lag}에서 ${strength}, ${overKorean}).`,
      };
  }
}
