/**
 * What one socket observed, for the ledger, and whether it still delivers.
 */
import type { Micros } from "../model/events.ts";
import type { GapReason } from "../model/gap_reason.ts";
import { compareIds } from "../model/decimal.ts";
import type { LedgerEntry, MarketId } from "../store/ledger.ts";
import { SequenceTracker } from "./sequence_tracker.ts";
import { SilenceDetector } from "./silence_detector.ts";
import type { ConnectionSpec, Reading, Venue } from "../venues/venue.ts";
import { SECOND } from "../model/time.ts";

/** A shorter silence is never an anomaly: of a socket, of one market. */
const SOCKET_SILENCE = 10 * SECOND;
const MARKET_SILENCE = 5 * SECOND;
/** Losses of one market that lie this close together are one gap. */
const TOGETHER = 2 * SECOND;
const LONGEST = 10 * SECOND;
/** How often the last trades are recorded: they prove to other sockets what lies between. */
const LAST_TOLD = 10 * SECOND;

/** Who is told what a {@link CoverageTracker} observed. */
export interface CoverageTrackerOptions {
  ledger(entry: LedgerEntry): void;
  /** A market is silent for unusually long; a page of the venue shows whether the socket is mute for it. */
  suspect(market: string): void;
}

/** A frame that may have held trades of a market. */
interface Loss {
  from: Micros;
  to: Micros;
  /** The last trade before it and the first one after it, as they came. */
  fromId: string | null;
  toId: string | null;
  reason: GapReason;
}

/** What the sockets of one connection observe, one after another. */
export class CoverageTracker {
  #span: string | null = null;
  #upAt: Micros = 0;
  #lastFrame: Micros = 0;
  #told: Micros = 0;
  #drop: ((reason: GapReason) => void) | null = null;
  #data: SilenceDetector | null = null;
  #trades = new Map<string, SilenceDetector>();
  /** The last trade of each market on this socket, in the order of arrival, and when it came. */
  #last = new Map<string, { id: string; at: Micros }>();
  /** First trades on this socket that the ledger does not know yet. */
  #first: MarketId[] = [];
  /** Markets whose last trade changed since the last report to the ledger. */
  #moved = new Set<string>();
  #lastTold: Micros = 0;
  #suspected = new Set<string>();
  #sequences = new Map<string, SequenceTracker>();
  #losses = new Map<string, Loss>();

  constructor(
    readonly venue: Pick<Venue, "id" | "trades">,
    readonly spec: ConnectionSpec,
    readonly options: CoverageTrackerOptions,
  ) {}

  /** A socket has opened; `drop` ends it. */
  opened(drop: (reason: GapReason) => void): void {
    this.#drop = drop;
  }

  /** From `at` on the streams are observed. */
  up(at: Micros): void {
    const { markets, channels } = this.spec;
    this.#span = crypto.randomUUID();
    this.#upAt = this.#lastFrame = this.#told = at;
    this.#sequences.clear();
    this.#first = [...this.#last].map(([market, { id }]) => [market, id]);
    this.#moved.clear();
    this.#lastTold = at;
    this.#data?.rest(at);
    for (const detector of this.#trades.values()) detector.rest(at);
    this.options.ledger({
      kind: "begin",
      span: this.#span,
      venue: this.venue.id,
      markets,
      channels,
      from: at,
      reason: { code: "not_collected" },
    });
  }

  /** A frame came and could be read. */
  frame(readings: Reading[], at: Micros): void {
    this.#lastFrame = Math.max(this.#lastFrame, at);
    let data = false;
    for (const reading of readings) {
      if (reading.kind === "notice") continue;
      data = true;
      if (reading.kind !== "trade") continue;
      const { market, id } = reading;
      this.#detector(market, at).beat(at);
      this.#suspected.delete(market);
      if (!this.#last.has(market)) this.#first.push([market, id]);
      this.#last.set(market, { id, at });
      const loss = this.#losses.size > 0 ? this.#losses.get(market) : null;
      if (loss) loss.toId ??= id;
      this.#moved.add(market);
      if (!this.venue.trades.dense) continue;
      let sequence = this.#sequences.get(market);
      if (!sequence) {
        this.#sequences.set(market, sequence = new SequenceTracker());
      }
      sequence.add(reading, at);
    }
    if (!data) return;
    this.#data ??= new SilenceDetector(at, SOCKET_SILENCE);
    this.#data.beat(at);
  }

  /** A frame came that could not be read: it may have held trades of the markets it names, or of any. */
  unreadable(payload: string, at: Micros): void {
    this.#lastFrame = Math.max(this.#lastFrame, at);
    const { markets, channels } = this.spec;
    if (!channels.includes("trade")) return;
    const named = markets.filter((market) => payload.includes(market));
    for (const market of named.length > 0 ? named : markets) {
      const loss = this.#losses.get(market);
      if (loss) {
        loss.to = at + SECOND;
        loss.toId = null;
      } else {
        this.#losses.set(market, {
          from: at - SECOND,
          to: at + SECOND,
          fromId: this.#last.get(market)?.id ?? null,
          toId: null,
          reason: { code: "frame_unreadable" },
        });
      }
    }
  }

  /** The socket is gone. */
  down(at: Micros, reason: GapReason): void {
    this.#drop = null;
    this.#tellLosses(Infinity);
    if (this.#span !== null) {
      this.#tellSeen(this.#span, true);
      this.options.ledger({
        kind: "end",
        span: this.#span,
        to: Math.min(at, this.#lastFrame),
        reason,
      });
    }
    this.#span = null;
    this.#last.clear();
  }

  /** Called about once a second: reports what was observed and lost, and detects silence. */
  tick(now: Micros): void {
    this.#tellLosses(now);
    if (this.#span === null) return;
    if (this.#lastFrame > this.#told) {
      this.#told = this.#lastFrame;
      this.#tellSeen(this.#span, now - this.#lastTold >= LAST_TOLD);
    }
    if (this.#data?.silent(now)) {
      const seconds = Math.round((now - this.#data.last) / SECOND);
      this.#drop?.({ code: "socket_mute", seconds });
      return;
    }
    for (const [market, detector] of this.#trades) {
      if (!detector.silent(now) || this.#suspected.has(market)) continue;
      this.#suspected.add(market);
      this.options.suspect(market);
    }
  }

  /**
   * The venue has trades of a market up to the id `newest` that this socket did
   * not deliver: it is mute for that market if it delivered none since.
   * @returns whether the socket was dropped for it.
   */
  undelivered(market: string, newest: string): boolean {
    const last = this.#last.get(market);
    if (
      !this.#drop || this.#span === null ||
      !this.spec.markets.includes(market) ||
      last && compareIds(newest, last.id) <= 0
    ) return false;
    // The socket's end alone says only that nothing came after its last frame.
    const from = last?.at ?? this.#upAt;
    this.options.ledger({
      kind: "gap",
      venue: this.venue.id,
      market,
      channel: "trade",
      from,
      // It ends, as the one that the drop begins, with the next socket.
      to: null,
      fromId: last?.id ?? null,
      toId: null,
      reason: { code: "market_mute", market },
    });
    this.#drop({ code: "market_mute", market });
    return true;
  }

  /** Reports to the ledger how far this socket has come, and by which trades. */
  #tellSeen(span: string, whole: boolean): void {
    const first = this.#first;
    this.#first = [];
    const last: MarketId[] = [];
    // A first trade alone would have no row that it begins.
    if (whole || first.length > 0) {
      for (const market of this.#moved) {
        last.push([market, this.#last.get(market)!.id]);
      }
      this.#moved.clear();
    }
    if (whole) this.#lastTold = this.#lastFrame;
    this.options.ledger({
      kind: "seen",
      span,
      to: this.#lastFrame,
      first,
      last,
    });
  }

  #detector(market: string, at: Micros): SilenceDetector {
    let detector = this.#trades.get(market);
    if (!detector) {
      this.#trades.set(
        market,
        detector = new SilenceDetector(at, MARKET_SILENCE),
      );
    }
    return detector;
  }

  #tellLosses(now: Micros): void {
    const gap = {
      kind: "gap",
      venue: this.venue.id,
      channel: "trade",
    } as const;
    for (const [market, loss] of this.#losses) {
      if (now - loss.to < TOGETHER && now - loss.from < LONGEST) continue;
      this.#losses.delete(market);
      this.options.ledger({ ...gap, market, ...loss });
    }
    for (const [market, sequence] of this.#sequences) {
      for (const { before, after, from, to, ids } of sequence.holes(now)) {
        this.options.ledger({
          ...gap,
          market,
          from,
          to,
          fromId: before,
          toId: after,
          reason: { code: "ids_missing", ids: String(ids) },
        });
      }
    }
  }
}
