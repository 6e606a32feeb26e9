/** The texts of what is measured: signals, correlation, attention, repeated texts. */

const en = {
  absent: (mart: string) =>
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
    profile: "Volume by price",
  },
  correlation: {
    heading: "Who comes first?",
    lead:
      "Talk against the market, with the daily and weekly rhythm and each series’ own memory taken out, talk shifted to either side. Right of zero: talk comes first.",
    nothingYet:
      "Nothing to compare yet: that needs talk and trades over some hours.",
    notYet: "No answer for this pair yet: the mart holds no row for it.",
    against: "Against",
    quantities: {
      volume: "volume",
      volatility: "realised volatility",
      abs_return: "absolute return",
    },
    bucket: "Buckets",
    buckets: { "5m": "5 minutes", "1h": "1 hour" },
    span: (minutes: number) =>
      minutes % 60 === 0
        ? `${minutes / 60} ${minutes === 60 ? "hour" : "hours"}`
        : `${minutes} minutes`,
    x_leads: (d: Record<string, string>) =>
      `Talk comes ${d.span} before ${d.against} (r = ${d.r}, n = ${d.n}).`,
    y_leads: (d: Record<string, string>) =>
      `Talk comes ${d.span} after ${d.against} (r = ${d.r}, n = ${d.n}).`,
    x_adds: (d: Record<string, string>) =>
      `Talk and ${d.against} move mostly in the same bucket; beyond that, talk comes ${d.span} before (r = ${d.r}, n = ${d.n}).`,
    y_adds: (d: Record<string, string>) =>
      `Talk and ${d.against} move mostly in the same bucket; beyond that, talk comes ${d.span} after (r = ${d.r}, n = ${d.n}).`,
    one_event: (d: Record<string, string>) =>
      `Talk and ${d.against} followed the same event; without it nothing is left (r = ${d.r}, n = ${d.n}).`,
    together: (d: Record<string, string>) =>
      `Talk and ${d.against} move together; neither clearly comes first (r = ${d.r}, n = ${d.n}).`,
    nothing: (d: Record<string, string>) =>
      `Nothing found between talk and ${d.against} at any lag (largest r = ${d.r}, n = ${d.n}).`,
    unit_roots: () => "Not interpretable: unit roots.",
    too_little: (d: Record<string, string>) =>
      `Too little data to say anything (n = ${d.n}).`,
    short: {
      x_leads: "talk first",
      y_leads: "talk later",
      x_adds: "same time, talk first beyond",
      y_adds: "same time, talk later beyond",
      one_event: "same event",
      together: "together",
      nothing: "nothing",
      unit_roots: "unit roots",
      too_little: "too little data",
    },
    lagAxis: { "5m": "Lag in minutes", "1h": "Lag in hours" },
    later: "← talk later",
    first: "talk first →",
    band: "95 % band of independent series, one lag",
    family: "95 % band over all lags together",
    differences: "Of changes: the levels have unit roots.",
    label: (d: Record<string, string>) =>
      `Correlation of ${d.talk} and ${d.against} of ${d.name} at each lag. ${d.sentence}`,
    same: "In the same bucket, with intervals",
    sameLead:
      "Neighbouring buckets resemble each other, so n of them tell less than n independent ones: the 95 % interval is made from the effective n, and the bootstrap’s stands beside it. The interval is that of this row alone; p is adjusted over every pair of this data.",
    forms: {
      level: "Levels",
      log: "Log levels",
      dlog: "Change of logs",
      dlevel: "Change",
    },
    methods: {
      pearson: "Pearson r",
      spearman: "Spearman ρ",
      kendall: "Kendall τ",
    },
    columns: {
      form: "Form",
      method: "Coefficient",
      r: "Value",
      interval: "95 % interval",
      bootstrap: "Bootstrap",
      n: "n",
      nEff: "Effective n",
      p: "Adjusted p",
    },
    invalid: "means nothing: unit roots",
    none: "no interval: effective n too small",
    caveat:
      "Coming first is not being the cause: both may follow the same news.",
    table: "All lags as a table",
    lagColumns: { lag: "Lag", r: "r", band: "Band", n: "n", p: "Adjusted p" },
    allPairs: "Every pair",
    allPairsLead:
      "The verdict on each pair, its lag where one stands out, after adjusting over all pairs.",
  },
  attention: {
    heading: "Attention by coin",
    lead:
      "How often each coin was named on the newest whole day, its share of all names, and how unusual the newest whole hour was.",
    day: (day: string) => `UTC day ${day}`,
    part: "not wholly observed",
    columns: {
      coin: "Coin",
      raw: "Named",
      hour: "Latest hour",
      unique: "Without repeats",
      share: "Share",
      z: "z-score, latest hour",
      tone: "Lexicon score",
    },
    weeks: (n: string) => `same hour of ${n} weeks`,
    days: (n: string) => `same hour of ${n} days`,
    none: "No names of coins have been counted yet.",
    short: "history too short",
    few: "too few scored texts",
    texts: (n: string) => `${n} texts`,
    searched:
      "These have no share: they were searched for by the names of coins.",
    tweets:
      "Tweets have no share: each query is a search of its own. Their texts are not read, so they have no score.",
    score:
      "The lexicon score counts words from a list (−1 to +1); it does not understand irony.",
    measured: (d: Record<string, string>) =>
      `${d.language}: of ${d.texts} comments that others wrote and labelled, and that the list was not made from, ${d.coverage} got a score (95 %: ${d.coverageLow} to ${d.coverageHigh}); of those, ${d.precision} were right (${d.precisionLow} to ${d.precisionHigh}): ${d.positive} of those called positive (${d.positiveLow} to ${d.positiveHigh}), ${d.negative} of those called negative (${d.negativeLow} to ${d.negativeHigh}).`,
    unmeasured: (language: string) =>
      `${language}: there is no independent sample here, so how often it is right is not known.`,
  },
  repeats: {
    heading: "Most repeated texts",
    lead:
      "What was posted again and again, word for word. Texts are not kept here: each stands as a fingerprint, with the coins and the listed words in it.",
    none: "No text of four letters or more was repeated.",
    over: "Over",
    spans: { "1d": "last day", "7d": "last 7 days" },
    columns: {
      text: "Text",
      count: "Times",
      holds: "Holds",
      tone: "By the lexicon",
      length: "Letters",
      boards: "Boards",
      when: "First – last",
    },
    nothing: "none",
    tones: { up: "positive", down: "negative", none: "neutral" },
    languages: { ko: "Korean", en: "English" },
    note:
      "Repeats within 24 hours are left out of the counts “without repeats” and of the lexicon score.",
  },
};

const ko: typeof en = {
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
    profile: "매물대",
  },
  correlation: {
    heading: "무엇이 먼저 움직이나",
    lead:
      "하루와 한 주의 주기, 각 계열이 스스로 이어지는 성질을 걷어 낸 뒤 여론과 시장을 비교했습니다. 0의 오른쪽이면 여론이 앞섭니다.",
    nothingYet:
      "아직 비교할 것이 없습니다. 몇 시간 분량의 여론과 체결이 필요합니다.",
    notYet: "이 조합의 결과가 아직 없습니다.",
    against: "비교 대상",
    quantities: {
      volume: "거래량",
      volatility: "실현 변동성",
      abs_return: "절대 수익률",
    },
    bucket: "구간",
    buckets: { "5m": "5분", "1h": "1시간" },
    span: (minutes) =>
      minutes % 60 === 0 ? `${minutes / 60}시간` : `${minutes}분`,
    x_leads: (d) =>
      `여론이 ${d.against}보다 ${d.span} 앞섭니다 (r = ${d.r}, n = ${d.n}).`,
    y_leads: (d) =>
      `여론이 ${d.against}보다 ${d.span} 늦습니다 (r = ${d.r}, n = ${d.n}).`,
    x_adds: (d) =>
      `여론과 ${d.against}의 움직임은 대부분 같은 구간에서 함께하고, 그 밖에는 여론이 ${d.span} 앞섭니다 (r = ${d.r}, n = ${d.n}).`,
    y_adds: (d) =>
      `여론과 ${d.against}의 움직임은 대부분 같은 구간에서 함께하고, 그 밖에는 여론이 ${d.span} 늦습니다 (r = ${d.r}, n = ${d.n}).`,
    one_event: (d) =>
      `여론과 ${d.against} 모두 같은 사건을 따랐습니다. 그 사건을 빼면 남는 것이 없습니다 (r = ${d.r}, n = ${d.n}).`,
    together: (d) =>
      `여론과 ${d.against}의 움직임은 함께하며, 어느 쪽도 뚜렷이 먼저가 아닙니다 (r = ${d.r}, n = ${d.n}).`,
    nothing: (d) =>
      `여론과 ${d.against} 사이에서는 어느 시차에서도 발견된 것이 없습니다 (최대 r = ${d.r}, n = ${d.n}).`,
    unit_roots: () => "해석할 수 없음: 단위근.",
    too_little: (d) => `말하기에는 자료가 너무 적습니다 (n = ${d.n}).`,
    short: {
      x_leads: "여론 선행",
      y_leads: "여론 후행",
      x_adds: "동시, 그 밖에 여론 선행",
      y_adds: "동시, 그 밖에 여론 후행",
      one_event: "같은 사건",
      together: "함께",
      nothing: "없음",
      unit_roots: "단위근",
      too_little: "자료 부족",
    },
    lagAxis: { "5m": "시차(분)", "1h": "시차(시간)" },
    later: "← 여론 후행",
    first: "여론 선행 →",
    band: "독립인 계열의 95% 범위, 시차 하나",
    family: "시차 전체의 95% 범위",
    differences: "수준값에 단위근이 있어 변화량으로 구했습니다.",
    label: (d) =>
      `${d.talk}, ${d.name} ${d.against}의 시차별 상관계수. ${d.sentence}`,
    same: "같은 구간의 상관과 신뢰구간",
    sameLead:
      "이웃한 구간은 서로 닮아서, n개가 독립인 n개만큼 말해 주지 못합니다. 95% 신뢰구간은 유효 표본 수로 구했고, 부트스트랩 구간을 함께 적었습니다. 구간은 이 한 줄만의 것이고, p값은 이 데이터의 모든 조합에 걸쳐 보정했습니다.",
    forms: {
      level: "수준값",
      log: "로그 수준값",
      dlog: "로그 변화량",
      dlevel: "변화량",
    },
    methods: {
      pearson: "피어슨 r",
      spearman: "스피어만 ρ",
      kendall: "켄달 τ",
    },
    columns: {
      form: "형태",
      method: "계수",
      r: "값",
      interval: "95% 신뢰구간",
      bootstrap: "부트스트랩",
      n: "n",
      nEff: "유효 n",
      p: "보정 p",
    },
    invalid: "단위근 때문에 의미 없음",
    none: "유효 n이 작아 구간 없음",
    caveat:
      "먼저 움직였다고 해서 원인인 것은 아닙니다. 둘 다 같은 뉴스를 따라갔을 수 있습니다.",
    table: "모든 시차를 표로 보기",
    lagColumns: { lag: "시차", r: "r", band: "범위", n: "n", p: "보정 p" },
    allPairs: "전체 조합",
    allPairsLead:
      "조합마다의 판정과 두드러진 시차입니다. 모든 조합에 걸쳐 보정한 결과입니다.",
  },
  attention: {
    heading: "코인별 관심",
    lead:
      "온전히 관측된 가장 최근 하루에 코인이 얼마나 언급되었는지, 전체 언급에서 차지하는 비중, 가장 최근 한 시간이 얼마나 이례적이었는지를 보여 줍니다.",
    day: (day) => `UTC 기준 ${day}`,
    part: "일부만 관측",
    columns: {
      coin: "코인",
      raw: "언급",
      hour: "최근 한 시간",
      unique: "중복 제외",
      share: "비중",
      z: "최근 한 시간 z점수",
      tone: "어휘 점수",
    },
    weeks: (n) => `${n}주간 같은 시간대`,
    days: (n) => `${n}일간 같은 시간대`,
    none: "아직 센 코인 이름이 없습니다.",
    short: "이력 부족",
    few: "점수 낸 글이 적음",
    texts: (n) => `글 ${n}개`,
    searched: "코인 이름으로 찾은 글이어서 비중이 없습니다.",
    tweets:
      "트윗은 검색어마다 따로 세므로 비중이 없습니다. 본문을 읽지 않으므로 점수도 없습니다.",
    score:
      "어휘 점수는 목록에 있는 낱말을 세어 −1에서 +1로 나타낸 것으로, 반어를 알아듣지 못합니다.",
    measured: (d) =>
      `${d.language}: 목록을 만드는 데 쓰지 않은, 다른 사람들이 쓰고 표시한 댓글 ${d.texts}개 가운데 ${d.coverage}에 점수가 났고(95%: ${d.coverageLow}~${d.coverageHigh}), 그중 ${d.precision}가 맞았습니다(${d.precisionLow}~${d.precisionHigh}). 긍정이라고 한 것은 ${d.positive}(${d.positiveLow}~${d.positiveHigh}), 부정이라고 한 것은 ${d.negative}(${d.negativeLow}~${d.negativeHigh})가 맞았습니다.`,
    unmeasured: (language) =>
      `${language}: 여기에는 독립된 표본이 없어 얼마나 맞는지 알 수 없습니다.`,
  },
  repeats: {
    heading: "가장 많이 반복된 글",
    lead:
      "글자 그대로 되풀이된 글입니다. 본문은 여기에 남기지 않고 지문으로 나타내며, 그 안의 코인 이름과 목록에 있는 낱말만 함께 보여 줍니다.",
    none: "네 글자 이상인 글 가운데 반복된 것이 없습니다.",
    over: "기간",
    spans: { "1d": "최근 1일", "7d": "최근 7일" },
    columns: {
      text: "글",
      count: "횟수",
      holds: "들어 있는 낱말",
      tone: "어휘로 보면",
      length: "글자 수",
      boards: "게시판",
      when: "처음 – 마지막",
    },
    nothing: "없음",
    tones: { up: "긍정", down: "부정", none: "중립" },
    languages: { ko: "한국어", en: "영어" },
    note: "24시간 안에 되풀이된 글은 ‘중복 제외’와 어휘 점수에서 뺐습니다.",
  },
};

/** Texts by language, part of the dictionary in `i18n.ts`. */
export const measures = { en, ko };
