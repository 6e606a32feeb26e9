/** Why a gap is there and what became of it, from the ledger's codes, in both languages. */
import type {
  GapOutcome,
  GapReason,
  Words,
} from "../../../../collector/model/gap_reason.js";

type Lang = "en" | "ko";

const REASONS: Record<Lang, Words<GapReason>> = {
  en: {
    not_collected: () => "nothing was collected",
    clock_set_back: () => "a clock was set back",
    listed_meanwhile: () => "listed while collecting",
    frame_unreadable: () => "a frame could not be read",
    market_mute: (d) => `${d.market} was mute while its venue traded it`,
    socket_mute: (d) => `the socket was open and mute for ${d.seconds} s`,
    ids_missing: (d) => `${d.ids} ids were missing`,
    reader_behind: () => "the reader fell behind",
    shutdown_announced: () => "the venue announced a shutdown",
    socket_failed: () => "the socket failed",
    closed_by_venue: (d) => `closed by the venue, code ${d.status}`,
    no_frame: (d) => `no frame for ${d.seconds} s`,
    no_answer: (d) => `no answer within ${d.seconds} s`,
    socket_age: () => "the socket was as old as the venue allows",
    no_such_address: () => "no such address",
    stopped: () => "the collector was stopped",
    spool_full: () => "the waiting room on disk was full",
    undelivered: () => "never delivered by the socket",
    not_compared: () => "not compared with the venue’s pages",
  },
  ko: {
    not_collected: () => "수집기가 실행되지 않음",
    clock_set_back: () => "시계가 뒤로 맞춰짐",
    listed_meanwhile: () => "수집 중에 상장됨",
    frame_unreadable: () => "읽을 수 없는 프레임",
    market_mute: (d) => `거래되는 ${d.market} 체결이 오지 않음`,
    socket_mute: (d) => `연결된 채 ${d.seconds}초 동안 조용함`,
    ids_missing: (d) => `체결번호 ${d.ids}개 누락`,
    reader_behind: () => "처리가 밀려 연결을 끊음",
    shutdown_announced: () => "거래소가 연결 종료를 예고함",
    socket_failed: () => "연결 오류",
    closed_by_venue: (d) => `거래소가 연결을 닫음 (코드 ${d.status})`,
    no_frame: (d) => `${d.seconds}초 동안 수신 없음`,
    no_answer: (d) => `${d.seconds}초 안에 응답 없음`,
    socket_age: () => "연결 수명이 다해 교체함",
    no_such_address: () => "주소를 찾을 수 없음",
    stopped: () => "수집기를 멈춤",
    spool_full: () => "디스크 대기열이 가득 참",
    undelivered: () => "실시간으로 오지 않은 체결",
    not_compared: () => "거래소 조회와 비교하지 못함",
  },
};

const OUTCOMES: Record<Lang, Words<GapOutcome>> = {
  en: {
    refilled: () => "refilled by exact id",
    no_id_missing: () => "no id is missing",
    other_socket_observed: () => "another socket observed it",
    other_socket_delivered: () => "another socket delivered it",
    found_by_refill: () => "found while another gap was refilled",
    found_on_page: () => "found on the venue’s own page",
    imported: () => "imported from a file",
    no_past: () => "the past of this channel cannot be requested",
    beyond_pages: () => "the venue’s pages do not reach back so far",
    delisted_before: () => "the market was delisted before",
    delisted_no_pages: () => "the venue has no pages of a delisted market",
    on_their_way: () => "frames on their way when it began may be lost",
    no_trade_yet: () => "no trade has come after it yet",
    page_empty: () => "the venue’s page was empty",
    page_begins_elsewhere: (d) =>
      `the venue’s page begins with trade ${d.first} instead of ${d.from}`,
    page_has_hole: (d) => `the venue’s page lacks ${d.ids} ids`,
    pages_behind: () => "the venue’s pages are behind its socket",
    pages_lack: (d) => `the venue’s pages lack trade ${d.id}`,
    cursor_ignored: () => "the venue ignores where a page should end",
    ids_not_on_pages: (d) => `${d.ids} ids are not on the venue’s pages`,
    nothing_before: () => "no trade before it is on the venue’s pages",
    no_end: (d) => `its pages have not ended after ${d.turns} turns`,
    request_failed: () => "the venue did not answer",
  },
  ko: {
    refilled: () => "체결번호로 다시 받음",
    no_id_missing: () => "빠진 체결번호 없음",
    other_socket_observed: () => "다른 연결이 관측함",
    other_socket_delivered: () => "다른 연결이 받음",
    found_by_refill: () => "다른 구간을 채우다 찾음",
    found_on_page: () => "거래소 조회로 찾음",
    imported: () => "파일에서 가져옴",
    no_past: () => "이 채널은 지난 값을 받을 수 없음",
    beyond_pages: () => "거래소가 그만큼 지난 체결을 주지 않음",
    delisted_before: () => "이미 상장 폐지됨",
    delisted_no_pages: () => "상장 폐지되어 지난 체결을 받을 수 없음",
    on_their_way: () => "시작될 때 오던 체결이 빠졌을 수 있음",
    no_trade_yet: () => "이후 체결을 기다리는 중",
    page_empty: () => "거래소 조회가 비어 있음",
    page_begins_elsewhere: (d) =>
      `거래소 조회가 ${d.from}이 아닌 ${d.first}부터 시작함`,
    page_has_hole: (d) => `거래소 조회에서 체결번호 ${d.ids}개가 빠짐`,
    pages_behind: () => "거래소 조회가 실시간보다 늦음",
    pages_lack: (d) => `거래소 조회에 체결 ${d.id}가 없음`,
    cursor_ignored: () => "거래소가 조회 위치를 따르지 않음",
    ids_not_on_pages: (d) => `체결번호 ${d.ids}개가 거래소 조회에 없음`,
    nothing_before: () => "이전 체결이 거래소 조회에 없음",
    no_end: (d) => `${d.turns}번 조회해도 끝나지 않음`,
    request_failed: () => "거래소가 응답하지 않음",
  },
};

/** A code and its details in the page's language; null for a code that an older version wrote. */
function say<T extends { code: string }>(
  words: Words<T>,
  code: string,
  detail: object,
): string | null {
  const sentence = words[code as T["code"]] as
    | ((d: object) => string)
    | undefined;
  return sentence ? sentence(detail) : null;
}

/** Why a gap is there. */
export const reasonWords = (
  code: string,
  detail: object,
  lang: Lang,
): string | null => say(REASONS[lang], code, detail);

/** How it was closed, or why it is still open. */
export const outcomeWords = (
  code: string,
  detail: object,
  lang: Lang,
): string | null => say(OUTCOMES[lang], code, detail);
