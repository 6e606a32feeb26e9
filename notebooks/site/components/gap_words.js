/** Why a gap is there and how it was closed, in words; the ledger keeps both as English sentences. */

/** @typedef {(match: RegExpMatchArray) => string} Say */

const seconds = (/** @type {string | undefined} */ ms) => Number(ms) / 1000;

/** @type {[RegExp, Say, Say][]} What the ledger says, in English, in Korean. */
const SENTENCES = [
  [
    /^nothing was collected$/,
    () => "nothing was collected",
    () => "수집기가 실행되지 않음",
  ],
  [
    /^listed meanwhile$/,
    () => "listed while collecting",
    () => "수집 중에 상장됨",
  ],
  [
    /^a frame could not be read$/,
    () => "a frame could not be read",
    () => "읽을 수 없는 프레임",
  ],
  [
    /^the market was mute$/,
    () => "the market was mute",
    () => "이 마켓만 조용했음",
  ],
  [
    /^(.+) is mute while its venue trades it$/,
    ([, market]) => `${market} was mute while its venue traded it`,
    ([, market]) => `거래되는 ${market} 체결이 오지 않음`,
  ],
  [
    /^the socket is open and mute, for ([\d.]+) s$/,
    ([, s]) => `the socket was open and mute for ${s} s`,
    ([, s]) => `연결된 채 ${s}초 동안 조용함`,
  ],
  [
    /^(\d+) ids were missing$/,
    ([, n]) => `${n} ids were missing`,
    ([, n]) => `체결번호 ${n}개 누락`,
  ],
  [
    /^(\d+) ids are not stored$/,
    ([, n]) => `${n} ids were not stored`,
    ([, n]) => `체결번호 ${n}개가 저장되지 않음`,
  ],
  [
    /^a clock was set back$/,
    () => "a clock was set back",
    () => "시계가 뒤로 맞춰짐",
  ],
  [
    /^not compared with the venue's pages$/,
    () => "not compared with the venue’s pages",
    () => "거래소 조회와 비교하지 못함",
  ],
  [
    /^no id is missing$/,
    () => "no id is missing",
    () => "빠진 체결번호 없음",
  ],
  [
    /^another socket delivered both of its ends$/,
    () => "another socket delivered it",
    () => "다른 연결이 받음",
  ],
  [
    /^no trade has come after it yet$/,
    () => "no trade has come after it yet",
    () => "이후 체결을 기다리는 중",
  ],
  [
    /^the venue's pages? ends? with \d+, before \d+ that its socket sent$/,
    () => "the venue’s pages are behind its socket",
    () => "거래소 조회가 실시간보다 늦음",
  ],
  [
    /^the venue's pages lack (\d+)/,
    ([, id]) => `the venue’s pages lack trade ${id}`,
    ([, id]) => `거래소 조회에 체결 ${id}가 없음`,
  ],
  [
    /page.* is empty$/,
    () => "the venue’s page was empty",
    () => "거래소 조회가 비어 있음",
  ],
  [
    /^the reader fell behind/,
    () => "the reader fell behind",
    () => "처리가 밀려 연결을 끊음",
  ],
  [
    /^the venue is about to close the socket/,
    () => "the venue announced a shutdown",
    () => "거래소가 연결 종료를 예고함",
  ],
  [/^the socket failed/, () => "the socket failed", () => "연결 오류"],
  [
    /^closed by the venue with code (\d+)/,
    ([, code]) => `closed by the venue, code ${code}`,
    ([, code]) => `거래소가 연결을 닫음 (코드 ${code})`,
  ],
  [
    /^no frame for (\d+) ms$/,
    ([, ms]) => `no frame for ${seconds(ms)} s`,
    ([, ms]) => `${seconds(ms)}초 동안 수신 없음`,
  ],
  [
    /^no answer within (\d+) ms$/,
    ([, ms]) => `no answer within ${seconds(ms)} s`,
    ([, ms]) => `${seconds(ms)}초 안에 응답 없음`,
  ],
  [
    /^it is as old as the venue lets a socket become$/,
    () => "the socket was as old as the venue allows",
    () => "연결 수명이 다해 교체함",
  ],
  [/^no such address/, () => "no such address", () => "주소를 찾을 수 없음"],
  [
    /^stopped$/,
    () => "the collector was stopped",
    () => "수집기를 멈춤",
  ],
  [
    /^spool full$/,
    () => "the waiting room on disk was full",
    () => "디스크 대기열이 가득 참",
  ],
  [
    /^undelivered$/,
    () => "never delivered by the socket",
    () => "실시간으로 오지 않은 체결",
  ],
  [
    /^refilled by exact id$/,
    () => "refilled by exact id",
    () => "체결번호로 다시 받음",
  ],
  [
    /^another socket observed it$/,
    () => "another socket observed it",
    () => "다른 연결이 관측함",
  ],
  [
    /^the past of this channel can't be had$/,
    () => "the past of this channel can’t be had",
    () => "이 채널은 지난 값을 받을 수 없음",
  ],
  [
    /^the venue's pages do not reach back so far$/,
    () => "the venue’s pages do not reach back so far",
    () => "거래소가 그만큼 지난 체결을 주지 않음",
  ],
  [
    /^the market was delisted before$/,
    () => "the market was delisted before",
    () => "이미 상장 폐지됨",
  ],
  [
    /^the venue has no pages of a delisted market$/,
    () => "the venue has no pages of a delisted market",
    () => "상장 폐지되어 지난 체결을 받을 수 없음",
  ],
  [
    /^frames on their way when it began may be lost$/,
    () => "frames on their way when it began may be lost",
    () => "시작될 때 오던 체결이 빠졌을 수 있음",
  ],
  [
    /^found while another gap was refilled$/,
    () => "found while another gap was refilled",
    () => "다른 구간을 채우다 찾음",
  ],
  [
    /^a file with every trade of it was imported$/,
    () => "imported from a file",
    () => "파일에서 가져옴",
  ],
  [
    /^found on the venue's own page$/,
    () => "found on the venue’s own page",
    () => "거래소 조회로 찾음",
  ],
];

/** The sentence in the page's language, or null where it is none that is known. */
export function gapWords(
  /** @type {string} */ text,
  /** @type {"en" | "ko"} */ lang,
) {
  for (const [known, en, ko] of SENTENCES) {
    const match = text.match(known);
    if (match) return (lang === "ko" ? ko : en)(match);
  }
  return null;
}
