/** The texts of what is measured: signals, premium, correlation, attention, forecasts. */

const en = {
  absent: (/** @type {string} */ mart) =>
    `Not there yet: this data has no mart “${mart}”. “deno task analyze” makes it.`,
  signals: {
    heading: "Signals",
    lead:
      "Events on closed bars, each dated at its bar’s close, with a cooldown so that one move fires once. An observation, not advice.",
    none: "No signal in this span.",
    warming: "Not enough known bars in a row yet",
    columns: {
      time: "Time",
      signal: "Signal",
      value: "Value",
      threshold: "Threshold",
    },
    names: {
      golden_cross: "Golden cross",
      dead_cross: "Dead cross",
      rsi: "RSI 14",
      stochastic: "Stochastic",
      price_move: "Price in 5 min",
      volume_surge: "Volume surge",
    },
    indicators: {
      bollinger240: "Bollinger 240, 2σ",
      vwap: "VWAP of the day",
      vwap240: "VWAP 240",
      ichimoku: "Ichimoku 9, 26, 52",
      profile: "Volume by price",
      signals: "Signals",
      stoch: "Stochastic 14, 3, 3",
      up_share: "Share of rises 240",
    },
  },
};

/** @type {typeof en} */
const ko = {
  absent: (mart) =>
    `아직 없습니다. 이 데이터에는 “${mart}” 마트가 없으며, “deno task analyze”로 만들 수 있습니다.`,
  signals: {
    heading: "신호",
    lead:
      "확정된 봉에서 일어난 일을 그 봉이 끝난 시각으로 적었습니다. 한 번의 움직임이 거듭 울리지 않도록 대기 시간을 둡니다. 관찰일 뿐 투자 권유가 아닙니다.",
    none: "이 기간에는 신호가 없습니다.",
    warming: "연속으로 수집된 봉이 아직 모자랍니다",
    columns: { time: "시각", signal: "신호", value: "값", threshold: "기준" },
    names: {
      golden_cross: "골든크로스",
      dead_cross: "데드크로스",
      rsi: "RSI 14",
      stochastic: "스토캐스틱",
      price_move: "5분 등락",
      volume_surge: "거래량 급증",
    },
    indicators: {
      bollinger240: "볼린저 밴드 240, 2σ",
      vwap: "당일 VWAP",
      vwap240: "VWAP 240",
      ichimoku: "일목균형표 9, 26, 52",
      profile: "매물대",
      signals: "신호",
      stoch: "스토캐스틱 14, 3, 3",
      up_share: "상승 비율 240",
    },
  },
};

/** Texts by language, part of the dictionary in `words.js`. */
export const measures = { en, ko };
