/** The texts of the Data health page. */

const en = {
  health: {
    heading: "Data health",
    lead:
      "What was observed of each market and channel, and what was not: each second is in one of five states, and each gap is a row with its reason.",
    empty:
      "The ledger is empty: no market has been collected yet. “deno task collect” begins it.",
    states: {
      observed: "observed",
      repaired: "repaired",
      unrecoverable: "lost",
      open: "open",
      unknown: "unknown",
    },
    means: {
      observed: "observed: a socket delivered",
      repaired: "repaired: fetched again afterwards",
      unrecoverable: "lost for good",
      open: "open: not repaired yet",
      unknown: "unknown: nobody listened",
    },
    channels: { trade: "trades", book: "order book", ticker: "ticker" },
    coverage: "Coverage",
    coverageLead:
      "A cell shows the worst that lies in it, however short: to half its height where that is the smaller part of it, to the full height otherwise.",
    ranges: {
      "1h": "1 hour",
      "1d": "1 day",
      "7d": "7 days",
      all: "Everything",
    },
    cells: (length: string) => `cells of ${length}`,
    largest: (n: string, all: string) =>
      `Shown are ${n} of ${all} streams: those with the most that is open or lost, then the least observed.`,
    counted: (d: Record<string, string>) =>
      `The ledger as at ${d.last}. It begins at ${d.first}; percentages count from then on.`,
    together: (length: string, n: string) => `${length} over ${n} streams`,
    venue: "Venue",
    more: (n: string) => `and ${n} more`,
    oneRow:
      "Gaps of one venue and channel with the same times, reason and outcome stand in one row.",
    until: (at: string) => `seen until ${at}`,
    never: "never seen",
    age: (age: string) => `newest ${age} ago`,
    waiting:
      "While the collector runs, the age of each stream’s newest event stands beside it.",
    now: (d: Record<string, string>) =>
      `Now: ${d.status}. ${d.open} gaps open; ${d.rejects} frames, rows or pages could not be read in the last hour.`,
    status: {
      ok: "all streams deliver",
      starting: "the collector is starting",
      disconnected: "no socket is up",
      stale: "some streams are silent",
      unreadable: "much can’t be read",
      down: "the database does not answer",
      failed: "the collector’s API has a defect; its log says more",
    },
    silent: (names: string) => `Silent for more than two minutes: ${names}.`,
    rising: (d: Record<string, string>) =>
      `${d.source}: ${d.n} could not be read in five minutes, usually ${d.usual}.`,
    openNow: (n: string) =>
      n === "1" ? "One gap is open." : `${n} gaps are open.`,
    noneOpen: "No gap is open.",
    label: (d: Record<string, string>) => `${d.name}, ${d.range}: ${d.parts}.`,
    communities: "Communities",
    communitiesLead:
      "The last seven days, hour by hour: the share of minutes that were seen whole, from the first row to the newest.",
    complete: "seen whole",
    incomplete: "seen in part",
    missing: "no row",
    noCounts: "No community has been collected yet.",
    gaps: "Gaps",
    gapsLead: "The open ones first, then the newest.",
    noGaps: "The ledger holds no gap.",
    noneOfState: "No gap of this state among those listed.",
    listed: (n: string, all: string) =>
      `Listed are ${n} of ${all}; “deno task audit --json” has them all.`,
    state: "State",
    all: "All",
    columns: {
      stream: "Stream",
      from: "From",
      length: "Length",
      state: "State",
      reason: "Reason",
      recovered: "Rows brought",
      note: "How it was closed",
    },
    clock: (ms: number) =>
      `The venue’s clock was ${Math.abs(ms / 1000).toFixed(1)} s ${
        ms > 0 ? "ahead of" : "behind"
      } the collector’s.`,
    ids: "Trade ids",
    idsLead:
      "Where a venue’s ids leave none out, counting them says what is complete: from the first to the last, none may be missing.",
    idColumns: {
      market: "Market",
      first: "First id",
      last: "Last id",
      missing: "Missing",
      at: "Counted at",
    },
    underWay: "under way",
    units: {
      s: (n: string) => `${n} s`,
      m: (n: string) => `${n} min`,
      h: (n: string) => `${n} h`,
      d: (n: string) => `${n} d`,
    },
    rejects: "What could not be read",
    rejectsLead:
      "Frames, rows and pages that could not be read are kept with their reason in the table “rejects”; nothing is dropped in silence.",
    noRejects: "Everything that came could be read.",
    rejected: (d: Record<string, string>) =>
      `${d.source}: ${d.day} in the last day, ${d.n} in all, the newest at ${d.newest}.`,
    imported: "Imported files",
    chain: "Runs of the chain",
    chainLead:
      "“deno task run” makes the lake, forecasts, marts and pages on a schedule; a step that fails is tried again.",
    noRuns: "No run so far. “deno task run” begins them.",
    steps: {
      snapshot: "Lake",
      forecast: "Forecasts",
      analyze: "Marts",
      publish: "Published values",
      site: "Pages",
    },
    runStates: {
      running: "running",
      done: "done",
      failed: "failed",
      abandoned: "abandoned",
    },
    runColumns: {
      step: "Step",
      attempt: "Attempt",
      state: "State",
      at: "Ended",
      age: "Age",
      length: "Took",
      units: "Units",
      rows: "Rows",
    },
    stepsNow: (steps: string) => `Now: ${steps}.`,
    stepNow: (d: Record<string, string>) => `${d.step} ${d.state}, ${d.age}`,
    lastDone: (age: string) => `last done ${age} ago`,
    neverDone: "never done",
  },
};

const ko: typeof en = {
  health: {
    heading: "데이터 상태",
    lead:
      "마켓과 채널마다 무엇이 관측되었고 무엇이 빠졌는지 보여 줍니다. 모든 초는 다섯 상태 가운데 하나이며, 빠진 구간은 하나하나 이유와 함께 기록됩니다.",
    empty:
      "원장이 비어 있습니다. 아직 수집한 마켓이 없으며, “deno task collect”로 시작합니다.",
    states: {
      observed: "관측",
      repaired: "복구",
      unrecoverable: "유실",
      open: "미해결",
      unknown: "알 수 없음",
    },
    means: {
      observed: "관측: 실시간으로 받음",
      repaired: "복구: 나중에 다시 받아 옴",
      unrecoverable: "유실: 되찾을 수 없음",
      open: "미해결: 아직 복구되지 않음",
      unknown: "알 수 없음: 수집하지 않음",
    },
    channels: { trade: "체결", book: "호가", ticker: "현재가" },
    coverage: "수집 현황",
    coverageLead:
      "칸마다 그 안에서 가장 나쁜 상태를 아무리 짧아도 표시합니다. 그 몫이 칸의 절반보다 작으면 반 높이, 아니면 온 높이로 그립니다.",
    ranges: { "1h": "1시간", "1d": "1일", "7d": "7일", all: "전체" },
    cells: (length) => `한 칸 ${length}`,
    largest: (n, all) =>
      `전체 ${all}개 가운데 ${n}개이며, 미해결과 유실이 많은 것, 그다음 관측이 적은 것 순으로 골랐습니다.`,
    counted: (d) =>
      `${d.last} 기준의 원장입니다. 원장은 ${d.first}에 시작하며, 비율은 그때부터 셉니다.`,
    together: (length, n) => `스트림 ${n}개 합계 ${length}`,
    venue: "거래소",
    more: (n) => `외 ${n}개`,
    oneRow: "거래소, 채널, 시각, 이유, 결과가 같은 구간은 한 줄로 모았습니다.",
    until: (at) => `${at}까지 관측`,
    never: "관측된 적 없음",
    age: (age) => `${age} 전 수신`,
    waiting:
      "수집기가 실행 중일 때는 스트림마다 마지막 수신 뒤 지난 시간이 옆에 표시됩니다.",
    now: (d) =>
      `현재: ${d.status}. 미해결 구간 ${d.open}개, 최근 1시간 동안 읽지 못한 것 ${d.rejects}건.`,
    status: {
      ok: "모든 스트림 수신 중",
      starting: "수집기 시작 중",
      disconnected: "연결된 소켓 없음",
      stale: "일부 스트림이 조용함",
      unreadable: "읽지 못하는 것이 많음",
      down: "데이터베이스 응답 없음",
      failed: "수집기 API 결함, 로그 참조",
    },
    silent: (names) => `2분 넘게 조용한 스트림: ${names}.`,
    rising: (d) =>
      `${d.source}: 5분 동안 ${d.n}건을 읽지 못했습니다. 평소에는 ${d.usual}건입니다.`,
    openNow: (n) => `미해결 구간이 ${n}개 있습니다.`,
    noneOpen: "미해결 구간이 없습니다.",
    label: (d) => `${d.name}, ${d.range}: ${d.parts}.`,
    communities: "커뮤니티",
    communitiesLead:
      "최근 7일을 한 시간씩 나누어, 첫 행부터 마지막 행까지 온전히 관측된 분의 비율을 보여 줍니다.",
    complete: "온전히 관측",
    incomplete: "일부만 관측",
    missing: "행 없음",
    noCounts: "아직 수집한 커뮤니티가 없습니다.",
    gaps: "빠진 구간",
    gapsLead: "미해결 구간이 먼저, 그다음은 최근 순서입니다.",
    noGaps: "원장에 빠진 구간이 없습니다.",
    noneOfState: "목록 안에 이 상태의 구간이 없습니다.",
    listed: (n, all) =>
      `전체 ${all}개 가운데 ${n}개입니다. “deno task audit --json”으로 모두 볼 수 있습니다.`,
    state: "상태",
    all: "전체",
    columns: {
      stream: "스트림",
      from: "시작",
      length: "길이",
      state: "상태",
      reason: "이유",
      recovered: "되찾은 행",
      note: "처리",
    },
    clock: (ms) =>
      `거래소 시계가 수집기보다 ${Math.abs(ms / 1000).toFixed(1)}초 ${
        ms > 0 ? "빨랐습니다" : "느렸습니다"
      }.`,
    ids: "체결번호",
    idsLead:
      "체결번호를 건너뛰지 않는 거래소에서는 번호를 세면 빠짐이 없는지 알 수 있습니다. 처음부터 마지막까지 하나도 빠지지 않아야 합니다.",
    idColumns: {
      market: "마켓",
      first: "첫 번호",
      last: "마지막 번호",
      missing: "빠진 수",
      at: "센 시각",
    },
    underWay: "진행 중",
    units: {
      s: (n) => `${n}초`,
      m: (n) => `${n}분`,
      h: (n) => `${n}시간`,
      d: (n) => `${n}일`,
    },
    rejects: "읽지 못한 것",
    rejectsLead:
      "읽지 못한 프레임, 행, 페이지는 이유와 함께 따로 보관합니다. 말없이 버리는 것은 없습니다.",
    noRejects: "받은 것을 모두 읽었습니다.",
    rejected: (d) =>
      `${d.source}: 최근 1일 ${d.day}건, 모두 ${d.n}건, 마지막은 ${d.newest}.`,
    imported: "가져온 파일",
    chain: "작업 실행 기록",
    chainLead:
      "“deno task run”은 레이크, 예측, 마트, 페이지를 일정에 따라 만들고, 실패한 단계는 다시 시도합니다.",
    noRuns: "아직 실행한 적이 없습니다. “deno task run”으로 시작합니다.",
    steps: {
      snapshot: "레이크",
      forecast: "예측",
      analyze: "마트",
      publish: "게시 값",
      site: "페이지",
    },
    runStates: {
      running: "실행 중",
      done: "완료",
      failed: "실패",
      abandoned: "중단",
    },
    runColumns: {
      step: "단계",
      attempt: "시도",
      state: "상태",
      at: "끝난 시각",
      age: "경과",
      length: "걸린 시간",
      units: "단위",
      rows: "행",
    },
    stepsNow: (steps) => `현재: ${steps}.`,
    stepNow: (d) => `${d.step} ${d.state}, ${d.age}`,
    lastDone: (age) => `${age} 전 완료`,
    neverDone: "완료한 적 없음",
  },
};

/** Texts by language, part of the dictionary in `i18n.ts`. */
export const health = { en, ko };
