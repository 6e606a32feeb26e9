/** The texts of the Premium and Forecasts pages. */

const en = {
  premium: {
    heading: "Premium",
    lead:
      "What the same coin costs on a Korean venue, compared with one elsewhere: which dollar is meant decides the answer.",
    pair: "Markets",
    overTime: "Three premiums over time",
    noPair: "No coin is collected on both a Korean venue and another one.",
    names: {
      fx: "At the official rate",
      usdt: "At the Korean price of USDT",
      tether: "USDT itself",
    },
    by: {
      fx: (d: Record<string, string>) => `USD/KRW ${d.age} old, ${d.fx}`,
      usdt: (d: Record<string, string>) => `USDT/KRW, ${d.usdt}`,
      tether: (d: Record<string, string>) =>
        `USDT/KRW over USD/KRW, ${d.age} old`,
    },
    minutes: (n: string) => `${n} min`,
    hours: (n: string) => `${n} h`,
    asOf: (at: string) => `As at ${at}.`,
    age: "Age of the official rate",
    stale: "official rate stale",
    staleShort: "stale rate",
    disagree: "the two disagree",
    noRate: "No official rate of the last four days: that premium is unknown.",
    staleNow: (age: string) =>
      `The official rate is ${age} old: the premium on it may be that of the rate.`,
    disagreeNow:
      "The premiums have opposite signs: who pays more depends on which dollar is meant.",
    nothingKnown: "Nothing of this span is known.",
    marked: (d: Record<string, string>) =>
      `In this span the official rate was stale in ${d.stale} of the bars and the two premiums had opposite signs in ${d.disagree}; ${d.unknown} of it is unknown.`,
    legend: {
      u: "unknown",
      stale: "official rate older than an hour",
      disagree: "premiums of opposite signs",
    },
    definitions:
      "Won price over dollar price times rate, less one. Each bar shows its last minute and is marked where any of its minutes was.",
    label: (d: Record<string, unknown>) =>
      `Premiums of ${d.name} over ${d.range}: ${d.fx} at the official rate, ${d.usdt} at the price of USDT, USDT itself ${d.tether}. ${d.stale} spans with a stale rate, ${d.disagree} in which they disagree.`,
    spread: "Executable spread by size",
    indicative:
      "Indicative: between the two trades lie the transfer’s time and capital controls. Nobody could have had this for certain.",
    spreadLead:
      "Both books of one minute walked to a size: what buying on one venue and selling on the other would have brought, before and after assumed fees.",
    noBooks: "No minute with both books yet.",
    thin: "books too thin",
    columns: {
      way: "Buy → sell",
      size: "Size",
      grossFx: "Gross, official",
      netFx: "Net, official",
      grossUsdt: "Gross, USDT",
      netUsdt: "Net, USDT",
      costs: "Fees + transfer",
      at: "Minute",
    },
    fees: {
      heading: "Fees assumed",
      columns: {
        venue: "Venue",
        taker: "Taker fee",
        transfer: "Sending the coin",
      },
      from: (day: string) => `from ${day}`,
      note:
        "From a table with dates that comes with crowdtape: the lowest tier without a discount. Venues change their fees: check before relying on them.",
    },
  },
  forecasts: {
    heading: "Forecasts",
    lead:
      "The next hour, each forecast scored only against what came later and compared with persistence: that the next hour is as the last one was.",
    none: "No forecasts of this yet.",
    quantity: "Quantity",
    quantities: {
      volatility: "Volatility",
      volume: "Volume",
      direction: "Direction",
    },
    models: { persistence: "Persistence", har: "HAR" },
    origins: {
      issued: "issued beforehand",
      backtest: "computed afterwards",
    },
    version: (name: string) => `version ${name}`,
    skill: "Skill against persistence",
    skillLead:
      "1 is perfect, 0 is no better than persistence, below 0 is worse; with the 95 % interval and p adjusted over all models, markets and quantities.",
    all: "all markets",
    columns: {
      model: "Model",
      markets: "Market",
      verdict: "Verdict",
      skill: "Skill",
      interval: "95 % interval",
      p: "Adjusted p",
      n: "n (hours)",
      hit: "Right side",
    },
    hours: "Forecast and what came",
    hoursLead:
      "Volatility is that of an hour, volume in units of the coin, direction the probability of a rise (dots: whether it rose).",
    next: "Newest hour forecast",
    issued: (at: string) => `issued ${at}`,
    actual: "What came",
    open: "still open",
    label: (d: Record<string, string>) =>
      `${d.quantity} of ${d.name} over the last ${d.n} hours that were forecast, beside the forecasts of ${d.models}.`,
  },
};

const ko: typeof en = {
  premium: {
    heading: "프리미엄",
    lead:
      "같은 코인의 국내 가격을 해외 가격과 비교합니다. 어떤 달러를 기준으로 하느냐에 따라 답이 달라집니다.",
    pair: "마켓",
    overTime: "세 가지 프리미엄의 흐름",
    noPair: "국내와 해외 거래소에서 함께 수집하는 코인이 없습니다.",
    names: {
      fx: "공식 환율 기준",
      usdt: "국내 USDT 가격 기준",
      tether: "USDT 자체",
    },
    by: {
      fx: (d) => `USD/KRW ${d.age} 전, ${d.fx}`,
      usdt: (d) => `USDT/KRW, ${d.usdt}`,
      tether: (d) => `USDT/KRW ÷ USD/KRW, ${d.age} 전`,
    },
    minutes: (n) => `${n}분`,
    hours: (n) => `${n}시간`,
    asOf: (at) => `${at} 기준입니다.`,
    age: "공식 환율이 고시된 뒤 지난 시간",
    stale: "오래된 공식 환율",
    staleShort: "오래된 환율",
    disagree: "두 프리미엄의 부호가 다름",
    noRate: "최근 나흘 안의 공식 환율이 없어 해당 프리미엄은 알 수 없습니다.",
    staleNow: (age) =>
      `공식 환율이 ${age} 전의 것입니다. 이 프리미엄은 환율 탓일 수 있습니다.`,
    disagreeNow:
      "두 프리미엄의 부호가 서로 다릅니다. 어떤 달러를 기준으로 하느냐에 따라 비싼 쪽이 바뀝니다.",
    nothingKnown: "이 기간에 알려진 값이 없습니다.",
    marked: (d) =>
      `이 기간 구간 가운데 ${d.stale}에서 공식 환율이 오래되었고, ${d.disagree}에서 두 프리미엄의 부호가 달랐습니다. 알 수 없는 구간은 ${d.unknown}입니다.`,
    legend: {
      u: "알 수 없음",
      stale: "1시간 넘은 공식 환율",
      disagree: "두 프리미엄의 부호가 다름",
    },
    definitions:
      "원화 가격 ÷ (달러 가격 × 환율) − 1입니다. 각 구간은 마지막 1분의 값이며, 그 안에 표시할 분이 하나라도 있으면 표시했습니다.",
    label: (d) =>
      `${d.name} 최근 ${d.range} 프리미엄: 공식 환율 기준 ${d.fx}, USDT 가격 기준 ${d.usdt}, USDT 자체 ${d.tether}. 환율이 오래된 구간 ${d.stale}개, 부호가 다른 구간 ${d.disagree}개.`,
    spread: "금액별 실행 가능 차익",
    indicative:
      "참고용입니다. 두 거래 사이에는 전송 시간과 외환 규제가 있어, 누구도 확실히 얻을 수 있었던 값이 아닙니다.",
    spreadLead:
      "같은 1분의 양쪽 호가를 금액만큼 따라가, 한쪽에서 사서 다른 쪽에서 팔았을 때의 결과를 가정한 수수료 전후로 계산했습니다.",
    noBooks: "양쪽 호가가 함께 있는 시각이 아직 없습니다.",
    thin: "호가 부족",
    columns: {
      way: "매수 → 매도",
      size: "금액",
      grossFx: "수수료 전, 환율",
      netFx: "수수료 후, 환율",
      grossUsdt: "수수료 전, USDT",
      netUsdt: "수수료 후, USDT",
      costs: "수수료 + 전송",
      at: "시각",
    },
    fees: {
      heading: "가정한 수수료",
      columns: {
        venue: "거래소",
        taker: "시장가 수수료",
        transfer: "코인 전송",
      },
      from: (day) => `${day}부터`,
      note:
        "crowdtape에 들어 있는, 날짜가 적힌 표의 값입니다. 할인 없는 가장 낮은 등급 기준이며 거래소가 바꿀 수 있으니 직접 확인해야 합니다.",
    },
  },
  forecasts: {
    heading: "예측",
    lead:
      "다음 한 시간을 예측하고, 나중에 나온 값으로만 채점합니다. 비교 대상은 다음 한 시간이 직전과 같으리라는 ‘직전 값 유지’입니다.",
    none: "아직 예측이 없습니다.",
    quantity: "예측 대상",
    quantities: {
      volatility: "변동성",
      volume: "거래량",
      direction: "방향",
    },
    models: { persistence: "직전 값 유지", har: "HAR" },
    origins: { issued: "미리 발표", backtest: "사후 계산" },
    version: (name) => `버전 ${name}`,
    skill: "직전 값 유지와 견준 예측력",
    skillLead:
      "1이면 완벽, 0이면 직전 값 유지와 같고, 0보다 작으면 그보다 못합니다. 95% 신뢰구간과, 모든 모형·마켓·대상에 걸쳐 보정한 p값을 함께 적었습니다.",
    all: "전체 마켓",
    columns: {
      model: "모형",
      markets: "마켓",
      verdict: "판정",
      skill: "예측력",
      interval: "95% 신뢰구간",
      p: "보정 p",
      n: "n(시간)",
      hit: "적중률",
    },
    hours: "예측과 실제",
    hoursLead:
      "변동성은 한 시간의 값, 거래량은 코인 단위, 방향은 오를 확률입니다(점은 실제로 올랐는지).",
    next: "가장 최근 예측 시간",
    issued: (at) => `발표 ${at}`,
    actual: "실제",
    open: "진행 중",
    label: (d) =>
      `최근 예측한 ${d.n}시간의 ${d.name} ${d.quantity} 실제 값과 ${d.models} 예측.`,
  },
};

/** Texts by language, part of the dictionary in `i18n.ts`. */
export const outlook = { en, ko };
