/** What the parts of a gallery's crawl share: what they carry along, and how they ask and fail. */
import type postgres from "postgres";
import type { Coverage } from "../board_coverage.ts";
import {
  type Failure,
  failureOf,
  type Gallery,
  type GalleryType,
  type HashAuthor,
  troubleOf,
} from "./dcinside.ts";
import type { Answer, Ask, Crawler, Page } from "../../net/crawl.ts";
import type { Micros } from "../../model/events.ts";
import type { Store } from "../../store/store.ts";

/** What the job works with. */
export interface GalleryDeps {
  config: { base: string; historyDays: number };
  sql: postgres.Sql;
  store: Pick<Store, "write" | "reject" | "flush">;
  crawler: Crawler;
  hashAuthor: HashAuthor;
  /** Where galleries were found to live; learned anew by each process. */
  types: Map<string, GalleryType>;
  now(): Micros;
  log(line: string): void;
  signal?: AbortSignal;
}

/** Why a crawl ended: `done`, or the first thing that kept it from its end. */
export type Outcome =
  | "done"
  | Failure["outcome"]
  /** robots.txt does not allow it. */
  | "excluded"
  /** The host is left alone for a while after trouble. */
  | "resting"
  /** The signal was given. */
  | "stopped";

/** What came of one crawl. */
export interface GalleryReport {
  gallery: string;
  outcome: Outcome;
  /** List pages read. */
  pages: number;
  /** Posts read from them. */
  posts: number;
  /** Posts whose comments were read, and the comments in them. */
  commentedPosts: number;
  comments: number;
  /** Posts whose comments are still to be read. */
  pending: number;
  /** Rows and pages put into `rejects`. */
  rejected: number;
  /** Minutes newly known for posts: [from, to), or null. */
  covered: { from: Micros; to: Micros } | null;
}

/** What one crawl carries along. */
export interface Crawl {
  deps: GalleryDeps;
  gallery: Gallery;
  board: { source: string; board: string };
  report: GalleryReport;
  coverage: Coverage;
  /** When it began: nothing later is claimed as known. */
  begin: Micros;
  /** End of the minutes that it can know. */
  to: Micros;
}

/** What the list pages of one crawl gave. */
export interface Listing {
  pages: number;
  /** Ids of the posts seen. */
  seen: Set<string>;
  /** Whether the pages lead back to what was known before, without a break. */
  contiguous: boolean;
  /** The oldest instant from which every post was seen. */
  since: Micros;
  /** Spans in which a row could not be read. */
  doubtful: { from: Micros; to: Micros }[];
  session: { token: string; cookie: string | null } | null;
}

/** Asks the host; where no page comes back the report says why, and null is returned. */
export async function askFor(
  crawl: Crawl,
  url: string,
  ask: Ask = {},
): Promise<Page | null> {
  const { deps, report } = crawl;
  const answer: Answer = await deps.crawler.request(url, {
    trouble: (page) => {
      const { status, text, location } = responseOf(page);
      return troubleOf(failureOf(status, text, location));
    },
    ...ask,
    signal: deps.signal,
  });
  if (answer.kind === "page") return answer;
  const name = `dcinside ${report.gallery}`;
  if (answer.kind === "excluded") {
    report.outcome = "excluded";
    deps.log(
      `${name}: not asked for, ${answer.reason}. Take it out of communities.dcinside.galleries`,
    );
  } else if (answer.kind === "resting") {
    report.outcome = "resting";
    const until = new Date(answer.until).toISOString();
    deps.log(`${name}: the host rests until ${until} (${answer.reason})`);
  } else {
    report.outcome = "outage";
    deps.log(`${name}: no answer (${answer.reason}); these minutes stay open`);
  }
  return null;
}

/** A page as the readers want it. */
export const responseOf = ({ status, text, headers }: Page) => ({
  status,
  text,
  location: headers.get("location"),
});

/** Notes a failure: in the report, in the log and in `rejects`. */
export function fail(
  crawl: Crawl,
  failure: Failure,
  place: string,
  payload: string,
): void {
  crawl.report.outcome = failure.outcome;
  crawl.deps.log(
    `dcinside ${crawl.report.gallery}: ${failure.outcome} (${failure.detail})${
      ADVICE[failure.outcome] ?? ""
    }`,
  );
  reject(crawl, place, `${failure.outcome}: ${failure.detail}`, payload);
}

const ADVICE: Partial<Record<Failure["outcome"], string>> = {
  blocked: "; left alone for at least ten minutes",
  forbidden:
    "; the host does not want this crawler. Take dcinside out of communities, or ask it for leave",
  missing: "; take it out of communities.dcinside.galleries",
  layoutChanged: "; nothing is counted until the reader is mended",
};

/** Keeps what could not be read. */
export function reject(
  crawl: Crawl,
  place: string,
  reason: string,
  payload: string,
): void {
  crawl.report.rejected++;
  crawl.deps.store.reject({ source: "dcinside", place, reason, payload });
}
