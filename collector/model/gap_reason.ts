/**
 * Why a gap of the ledger is there, and what became of it: codes with details.
 * Sentences are made where a person reads them, here for the terminal.
 */

/** Why something was not observed. `message` is what a library or a venue said. */
export type GapReason =
  | { code: "not_collected" }
  | { code: "clock_set_back" }
  | { code: "listed_meanwhile" }
  | { code: "frame_unreadable" }
  | { code: "market_mute"; market: string }
  | { code: "socket_mute"; seconds: number }
  | { code: "ids_missing"; ids: string }
  | { code: "reader_behind" }
  | { code: "shutdown_announced"; message: string }
  | { code: "socket_failed"; message: string }
  | { code: "closed_by_venue"; status: number; message: string }
  | { code: "no_frame"; seconds: number }
  | { code: "no_answer"; seconds: number }
  | { code: "socket_age" }
  | { code: "no_such_address"; message: string }
  | { code: "stopped" }
  | { code: "spool_full" }
  | { code: "undelivered" }
  | { code: "not_compared" };

/** How a gap was closed, or why it is still open. Ids are exact. */
export type GapOutcome =
  | { code: "refilled" }
  | { code: "no_id_missing" }
  | { code: "other_socket_observed" }
  | { code: "other_socket_delivered" }
  | { code: "found_by_refill" }
  | { code: "found_on_page" }
  | { code: "imported" }
  | { code: "no_past" }
  | { code: "beyond_pages" }
  | { code: "delisted_before" }
  | { code: "delisted_no_pages" }
  | { code: "on_their_way" }
  | { code: "no_trade_yet" }
  | { code: "page_empty"; from: string | null }
  | { code: "page_begins_elsewhere"; from: string; first: string }
  | { code: "page_has_hole"; from: string; ids: string; last: string }
  | { code: "pages_behind"; last: string; wanted: string }
  | { code: "pages_lack"; id: string }
  | { code: "cursor_ignored"; before: string; first: string }
  | { code: "ids_not_on_pages"; ids: string }
  | { code: "nothing_before" }
  | { code: "no_end"; turns: number }
  | { code: "request_failed"; message: string };

type Details<T extends { code: string }, C> = Extract<T, { code: C }>;
/** A sentence for each code; the compiler knows when one is missing. */
export type Words<T extends { code: string }> = {
  [C in T["code"]]: (detail: Details<T, C>) => string;
};

const said = (message: string) => message === "" ? "" : `: ${message}`;

const REASONS: Words<GapReason> = {
  not_collected: () => "nothing was collected",
  clock_set_back: () => "a clock was set back",
  listed_meanwhile: () => "listed meanwhile",
  frame_unreadable: () => "a frame could not be read",
  market_mute: (d) => `${d.market} is mute while its venue trades it`,
  socket_mute: (d) => `the socket is open and mute, for ${d.seconds} s`,
  ids_missing: (d) => `${d.ids} ids are missing`,
  reader_behind: () => "the reader fell behind and the waiting room is full",
  shutdown_announced: (d) =>
    `the venue is about to close the socket${said(d.message)}`,
  socket_failed: (d) => `the socket failed${said(d.message)}`,
  closed_by_venue: (d) =>
    // What the venue said, or what it had refused before.
    `closed by the venue with code ${d.status}${
      d.message === "" || d.message.startsWith(":")
        ? d.message
        : ` ${d.message}`
    }`,
  no_frame: (d) => `no frame for ${d.seconds} s`,
  no_answer: (d) => `no answer within ${d.seconds} s`,
  socket_age: () => "the maximum age of a socket is reached",
  no_such_address: (d) => `no such address${said(d.message)}`,
  stopped: () => "the collector was stopped",
  spool_full: () => "the spool was full",
  undelivered: () => "no socket delivered it",
  not_compared: () => "not compared with the venue's pages",
};

const OUTCOMES: Words<GapOutcome> = {
  refilled: () => "refilled by exact id",
  no_id_missing: () => "no id is missing",
  other_socket_observed: () => "another socket observed it",
  other_socket_delivered: () => "another socket delivered both of its ends",
  found_by_refill: () => "found while another gap was refilled",
  found_on_page: () => "found on the venue's own page",
  imported: () => "a file with every trade of it was imported",
  no_past: () => "the past of this channel cannot be requested",
  beyond_pages: () => "the venue's pages do not reach back so far",
  delisted_before: () => "the market was delisted before",
  delisted_no_pages: () => "the venue has no pages of a delisted market",
  on_their_way: () => "frames on their way when it began may be lost",
  no_trade_yet: () => "no trade has come after it yet",
  page_empty: (d) =>
    d.from === null
      ? "the venue's newest page is empty"
      : `the page from id ${d.from} on is empty`,
  page_begins_elsewhere: (d) =>
    `the page from id ${d.from} on begins with ${d.first}`,
  page_has_hole: (d) =>
    `the page from id ${d.from} on lacks ${d.ids} ids up to ${d.last}`,
  pages_behind: (d) =>
    `the venue's pages end with ${d.last}, before ${d.wanted} that its socket sent`,
  pages_lack: (d) => `the venue's pages lack ${d.id}, which its socket sent`,
  cursor_ignored: (d) =>
    `the page before id ${d.before} begins with ${d.first}: the venue ignores where a page should end`,
  ids_not_on_pages: (d) => `${d.ids} ids are not on the venue's pages`,
  nothing_before: () => "no trade before it is found on the venue's pages",
  no_end: (d) => `its pages have not ended after ${d.turns} turns`,
  request_failed: (d) => d.message,
};

function inWords<T extends { code: string }>(words: Words<T>, one: T): string {
  const say = words[one.code as T["code"]] as ((d: T) => string) | undefined;
  // A ledger that an older version wrote holds sentences.
  return say ? say(one) : one.code;
}

/** A reason in English. */
export const reasonInWords = (reason: GapReason): string =>
  inWords(REASONS, reason);

/** An outcome in English. */
export const outcomeInWords = (outcome: GapOutcome): string =>
  inWords(OUTCOMES, outcome);

/** A code and its details, as two columns of the ledger. */
export function columnsOf<T extends GapReason | GapOutcome>(
  one: T,
): { code: T["code"]; detail: Omit<T, "code"> } {
  const { code, ...detail } = one;
  return { code, detail };
}

/** What two columns of the ledger say. */
export const ofColumns = <T extends GapReason | GapOutcome>(
  code: string,
  detail: unknown,
): T => ({ ...(detail as object | null), code }) as T;
