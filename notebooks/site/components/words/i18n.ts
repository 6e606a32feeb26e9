/** Every text of the site, in both languages. */
import { health } from "./health.js";
import { measures } from "./measures.js";
import { outlook } from "./outlook.js";

/** The languages, in the order of the switch. */
export const LANGUAGES = ["en", "ko"] as const;

/** A language of the site. */
export type Lang = typeof LANGUAGES[number];

const en = {
  locale: "en-GB",
  name: "EN",
  description:
    "Crypto prices, volume and the talk around them, with every gap shown.",
  skip: "Skip to the content",
  pages: "Pages",
  language: "Language",
  theme: "Light or dark",
  snapshotOf: "Snapshot of",
  live: "Live",
  liveStopped: "Live feed stopped at",
  age: {
    newest: "Newest data",
    now: "just now",
    none: "There are no data for this page yet.",
    old: (d: { at: string; ago: string }) =>
      `The newest data on this page are from ${d.at}, ${d.ago}: that is older than usual. The collector may have stopped, or the pages are no longer made anew.`,
  },
  rows: (n: string) => `${n} rows`,
  notAdvice: "Not investment advice.",
  range: "Range",
  ranges: {
    "1h": "1 hour",
    "6h": "6 hours",
    "1d": "1 day",
    "3d": "3 days",
    "7d": "7 days",
  },
  intervals: { "1m": "1 min", "5m": "5 min", "15m": "15 min", "1h": "1 hour" },
  bars: (i: string) => `${i} bars`,
  timesIn: "Times in UTC; KST is nine hours ahead.",
  unknown: "unknown",
  largest: (n: string, all: string) =>
    `Shown are ${n} of ${all}, those with the largest volume.`,
  market: {
    heading: "Market",
    lead:
      "Prices as the venues report them. A gap in a line is a time nobody saw, not a price that stood still.",
    prices: "Prices",
    change: "24 h",
    movers: "Movers",
    moversLead: "Largest move over 24 hours first.",
    share: "Share of volume",
    shareLead:
      "Quote volume of the last 24 hours among this venue’s collected markets.",
    trades: "Latest trades",
    tradesLead:
      "As collected when the snapshot was made; ids, prices and sizes to the last digit.",
    noTrades: "The snapshot holds no trades yet.",
    allMarkets: "All markets",
    columns: {
      market: "Market",
      last: "Last",
      m1: "1 min",
      h1: "1 h",
      h24: "24 h",
      value: "Volume 24 h",
      share: "Share",
      trades: "Trades 24 h",
    },
    tradeColumns: {
      time: "Time (UTC)",
      market: "Market",
      side: "Side",
      price: "Price",
      size: "Size",
      id: "Trade id",
    },
    buy: "Buy",
    sell: "Sell",
    lineLabel: (d: Record<string, string>) =>
      `${d.name}: price over the last ${d.range}, from ${d.from} to ${d.to}, low ${d.low}, high ${d.high}.`,
    shareLabel: (parts: string) => `Share of volume: ${parts}.`,
  },
  coin: {
    choose: "Market",
    heading: "Price and indicators",
    indicators: "Indicators",
    volume: "Volume",
    value: "24 h volume",
    ohlc: { open: "O", high: "H", low: "L", close: "C", volume: "Vol" },
    states: {
      c: "closed",
      n: "no trade",
      p: "partly seen",
      u: "unknown",
    },
    legend: {
      n: "no trade: the price stood",
      p: "partly seen",
      u: "unknown: nobody looked",
    },
    table: "The last 30 bars as a table",
    time: "Time (UTC)",
    state: "State",
    keys: "Left and right arrow keys move the reading.",
    label: (d: Record<string, string>) =>
      `Candlesticks of ${d.name}, ${d.range} in ${d.interval} bars. Close ${d.close}, low ${d.low}, high ${d.high}. ${d.partial} bars partly seen, ${d.unknown} unknown.`,
    panelLabel: (panel: string, value: string) =>
      `${panel}, last value ${value}.`,
  },
  talk: {
    heading: "Talk and volume",
    lead:
      "How much is said a minute, above how much is traded and where the price went, on one time axis.",
    measures: { posts: "Posts", comments: "Comments", tweets: "Tweets" },
    axis: "On one time axis",
    none: "No talk has been collected yet: only the market is shown.",
    perMinute: "a minute",
    volume: "Volume",
    volumeUnit: (base: string) => `${base} a minute`,
    highLow: "High and low",
    incomplete: "not fully observed",
    atLeast: "at least this many",
    unknownSpan: "not observed",
    market: "Market",
    series: "Talk",
    measureLabel: (d: Record<string, string>) =>
      `${d.name} a minute over ${d.range}: highest ${d.max}, mean ${d.mean}; ${d.missing} of ${d.n} buckets not fully observed.`,
    volumeLabel: (d: Record<string, string>) =>
      `Volume of ${d.name} over ${d.range}: highest ${d.max} a minute.`,
    priceLabel: (d: Record<string, string>) =>
      `High and low of ${d.name} over ${d.range}: between ${d.low} and ${d.high}.`,
  },
};

const ko: typeof en = {
  locale: "ko-KR",
  name: "한국어",
  description:
    "코인 시세와 거래대금, 커뮤니티 반응을 한곳에서. 빈 구간까지 숨김없이 보여 줍니다.",
  skip: "본문으로 건너뛰기",
  pages: "페이지",
  language: "언어",
  theme: "밝게 / 어둡게",
  snapshotOf: "스냅샷",
  live: "실시간",
  liveStopped: "실시간 수신 중단",
  age: {
    newest: "최신 데이터",
    now: "방금",
    none: "이 페이지에 보일 데이터가 아직 없습니다.",
    old: (d) =>
      `이 페이지의 최신 데이터는 ${d.at}, ${d.ago} 것으로 평소보다 오래되었습니다. 수집이 멈췄거나 페이지가 새로 만들어지지 않고 있을 수 있습니다.`,
  },
  rows: (n) => `${n}행`,
  notAdvice: "투자 권유가 아닙니다.",
  range: "기간",
  ranges: {
    "1h": "1시간",
    "6h": "6시간",
    "1d": "1일",
    "3d": "3일",
    "7d": "7일",
  },
  intervals: { "1m": "1분", "5m": "5분", "15m": "15분", "1h": "1시간" },
  bars: (i) => `${i}봉`,
  timesIn: "시각은 한국 시각(KST)이며, UTC보다 9시간 빠릅니다.",
  unknown: "알 수 없음",
  largest: (n, all) => `전체 ${all}개 가운데 거래대금이 큰 ${n}개입니다.`,
  market: {
    heading: "시세",
    lead:
      "거래소가 알린 그대로의 가격입니다. 선이 끊긴 곳은 가격이 멈춘 것이 아니라 수집하지 못한 구간입니다.",
    prices: "현재가",
    change: "24시간",
    movers: "등락률 순위",
    moversLead: "24시간 등락 폭이 큰 순서입니다.",
    share: "거래대금 비중",
    shareLead:
      "최근 24시간, 같은 거래소에서 수집한 마켓끼리의 거래대금 비중입니다.",
    trades: "최근 체결",
    tradesLead:
      "스냅샷 시점까지 수집된 체결입니다. 체결번호, 가격, 수량은 마지막 자리까지 그대로입니다.",
    noTrades: "스냅샷에 아직 체결이 없습니다.",
    allMarkets: "전체 마켓",
    columns: {
      market: "마켓",
      last: "현재가",
      m1: "1분",
      h1: "1시간",
      h24: "24시간",
      value: "거래대금(24h)",
      share: "비중",
      trades: "체결 수(24h)",
    },
    tradeColumns: {
      time: "시각 (KST)",
      market: "마켓",
      side: "구분",
      price: "체결가",
      size: "체결량",
      id: "체결번호",
    },
    buy: "매수",
    sell: "매도",
    lineLabel: (d) =>
      `${d.name} 최근 ${d.range} 가격: ${d.from}에서 ${d.to}, 저가 ${d.low}, 고가 ${d.high}.`,
    shareLabel: (parts) => `거래대금 비중: ${parts}.`,
  },
  coin: {
    choose: "마켓",
    heading: "차트와 보조지표",
    indicators: "보조지표",
    volume: "거래량",
    value: "24시간 거래대금",
    ohlc: { open: "시", high: "고", low: "저", close: "종", volume: "거래량" },
    states: { c: "확정", n: "체결 없음", p: "일부만 수집", u: "수집 안 됨" },
    legend: {
      n: "체결 없음: 가격 유지",
      p: "일부만 수집됨",
      u: "수집되지 않은 구간",
    },
    table: "최근 30개 봉을 표로 보기",
    time: "시각 (KST)",
    state: "상태",
    keys: "좌우 화살표 키로 봉을 옮겨 가며 읽을 수 있습니다.",
    label: (d) =>
      `${d.name} 캔들 차트, ${d.range}, ${d.interval}봉. 종가 ${d.close}, 저가 ${d.low}, 고가 ${d.high}. 일부만 수집된 봉 ${d.partial}개, 수집되지 않은 봉 ${d.unknown}개.`,
    panelLabel: (panel, value) => `${panel}, 마지막 값 ${value}.`,
  },
  talk: {
    heading: "여론과 거래량",
    lead:
      "분당 글, 댓글, 트윗 수를 거래량, 고가·저가와 같은 시간축에 놓았습니다.",
    measures: { posts: "게시글", comments: "댓글", tweets: "트윗" },
    axis: "같은 시간축에서 보기",
    none: "아직 수집한 여론이 없어 시장만 표시합니다.",
    perMinute: "분당",
    volume: "거래량",
    volumeUnit: (base) => `분당 ${base}`,
    highLow: "고가와 저가",
    incomplete: "일부만 관측",
    atLeast: "최소 이만큼",
    unknownSpan: "관측 안 됨",
    market: "마켓",
    series: "여론 지표",
    measureLabel: (d) =>
      `최근 ${d.range} 분당 ${d.name} 수: 최고 ${d.max}, 평균 ${d.mean}. ${d.n}개 구간 가운데 ${d.missing}개는 온전히 관측되지 않음.`,
    volumeLabel: (d) => `${d.name} 최근 ${d.range} 거래량: 분당 최고 ${d.max}.`,
    priceLabel: (d) =>
      `${d.name} 최근 ${d.range} 고가와 저가: ${d.low}에서 ${d.high} 사이.`,
  },
};

/** The texts of one language. */
export type Words =
  & typeof en
  & typeof measures.en
  & typeof outlook.en
  & typeof health.en;

/** The dictionary. */
export const i18n: Record<Lang, Words> = {
  en: { ...en, ...measures.en, ...outlook.en, ...health.en },
  ko: { ...ko, ...measures.ko, ...outlook.ko, ...health.ko },
};
