import type { Fault, FaultRecord } from "./fault.ts";
import { FaultyPage } from "./faulty_pages.ts";
import { garbage } from "./garbage.ts";
import { frameOfStranger, frameWithId, type Protocol } from "./pages.ts";
import { Random } from "./random.ts";

export type { Fault, FaultRecord } from "./fault.ts";

/** A frame on its way; text, or bytes where the venue sends binary frames. */
export type Frame = string | Uint8Array<ArrayBuffer>;

/** What a frame is about, so that a fault can pick it out. */
export interface About {
  market: string;
  channel: "trade" | "ticker" | "book" | "candle";
}

/**
 * Everything that goes wrong in the simulator goes wrong here: each venue's
 * sockets send their frames through {@link wire}, each REST answer passes
 * {@link answer}. What a fault takes is gone for good on the socket; the world
 * still has it, and so has REST.
 */
export class Faults {
  /** Every fault there was, oldest first. */
  readonly records: FaultRecord[] = [];
  readonly random: Random;
  #underWay: FaultRecord[] = [];
  #wires = new Set<Wire>();
  #timers = new Set<ReturnType<typeof setTimeout>>();

  /**
   * @param seed the same seed makes the same choices for the same traffic
   * @param protocols each venue's
   * @param cut ends a venue's sockets without a close frame
   */
  constructor(
    seed: number,
    readonly protocols: Record<string, Protocol>,
    readonly cut: (venue: string) => number,
  ) {
    this.random = new Random(seed ^ 0x5f356495);
  }

  /** Begins a fault; it ends by itself. */
  start(fault: Fault): FaultRecord {
    const from = Date.now();
    const record: FaultRecord = {
      fault,
      from,
      to: from + fault.forMs,
      touched: 0,
      lostTrades: new Map(),
    };
    this.records.push(record);
    this.#underWay.push(record);
    if (fault.kind === "cut") record.touched += this.cut(fault.venue);
    if (fault.kind === "shutdown") this.#shutDown(record);
    return record;
  }

  /** Ends every fault now. */
  stop(): void {
    const now = Date.now();
    for (const record of this.records) record.to = Math.min(record.to, now);
  }

  /** Forgets what still waits to be sent. */
  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  /** Those of a venue that are under way. */
  active(venue: string): FaultRecord[] {
    // Asked for each frame: mostly nothing is wrong.
    if (this.#underWay.length === 0) return this.#underWay;
    const now = Date.now();
    this.#underWay = this.#underWay.filter(({ to }) => now < to);
    return this.#underWay.filter(({ fault }) => fault.venue === venue);
  }

  /**
   * The way of one socket's frames.
   * @param announce the words of a venue that says beforehand when it ends a socket
   */
  wire(venue: string, socket: WebSocket, announce?: () => Frame): Wire {
    const wire = new Wire(this, venue, socket, announce);
    this.#wires.add(wire);
    socket.addEventListener("close", () => this.#wires.delete(wire));
    socket.addEventListener("error", () => this.#wires.delete(wire));
    return wire;
  }

  /** Whether a venue opens no sockets just now. */
  refuses(venue: string): boolean {
    return this.active(venue).some(({ fault }) => fault.kind === "cut");
  }

  /** A venue's answer to a request, or what a fault makes of it. */
  async answer(
    venue: string,
    url: URL,
    answer: (url: URL) => Response | Promise<Response>,
  ): Promise<Response> {
    const protocol = this.protocols[venue]!;
    const page = new FaultyPage(url, protocol, this);
    for (const record of this.active(venue)) {
      const { fault } = record;
      if (fault.kind === "tooMany" || fault.kind === "banned") {
        record.touched++;
        const left = Math.max(1, Math.ceil((record.to - Date.now()) / 1000));
        return protocol.refusal(fault.kind === "banned", left);
      }
      page.suffer(record);
    }
    return await page.answer(answer);
  }

  /** Runs something after a while, unless the simulator is closed before. */
  later(ms: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, ms);
    this.#timers.add(timer);
  }

  #shutDown(record: FaultRecord): void {
    for (const wire of this.#wires) {
      if (wire.venue !== record.fault.venue) continue;
      record.touched++;
      if (wire.announce) wire.direct(wire.announce());
      this.later(
        wire.announce ? record.fault.forMs : 0,
        () => wire.socket.close(1001, "going away"),
      );
    }
  }
}

/** One socket's frames, and what the faults of its venue do to them. */
export class Wire {
  /** Frames that were held back go first. */
  #heldUntil = 0;

  constructor(
    readonly faults: Faults,
    readonly venue: string,
    readonly socket: WebSocket,
    readonly announce?: () => Frame,
  ) {}

  get open(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  /** Sends a frame as the faults allow it; `about` says what of, where it is market data. */
  send(frame: Frame, about?: About): void {
    if (!this.open) return;
    const { random } = this.faults;
    let wait = 0, again = -1;
    let sent = frame;
    for (const record of this.faults.active(this.venue)) {
      const { fault } = record;
      switch (fault.kind) {
        case "mute":
          return lose(record, about);
        case "muteMarket":
          if (about?.market === fault.market) return lose(record, about);
          break;
        case "truncate":
          if (random.next() >= (fault.share ?? 0.05)) break;
          lose(record, about);
          sent = frame.slice(0, random.below(frame.length)) as Frame;
          break;
        case "garbage":
          if (random.next() >= (fault.share ?? 0.2)) break;
          record.touched++;
          this.direct(garbage(random, typeof frame !== "string"));
          break;
        case "stranger":
        case "farId":
          if (about) this.#invent(record, frame, about);
          break;
        case "repeat":
          if (random.next() >= (fault.share ?? 0.3)) break;
          record.touched++;
          again = random.below((fault.windowMs ?? 2000) + 1);
          break;
        case "shuffle":
          record.touched++;
          wait = Math.max(wait, random.below((fault.windowMs ?? 500) + 1));
          break;
        case "delay":
          record.touched++;
          this.#heldUntil = Math.max(
            this.#heldUntil,
            Date.now() + fault.delayMs,
          );
      }
    }
    const held = this.#heldUntil - Date.now();
    this.#after(Math.max(wait, held), sent);
    if (again >= 0) this.#after(Math.max(again, held), sent);
  }

  /** Sends a trade that was never made, made out of one that was. */
  #invent(record: FaultRecord, frame: Frame, about: About): void {
    const { fault } = record;
    if (fault.kind !== "stranger" && fault.kind !== "farId") return;
    if (about.channel !== "trade" || record.touched >= (fault.times ?? 1)) {
      return;
    }
    if (fault.kind === "farId" && fault.on === "page") return;
    record.touched++;
    const text = typeof frame === "string"
      ? frame
      : new TextDecoder().decode(frame);
    const base = about.market.replace(/^KRW-|[-_]?(USDT|USD|krw)$/, "");
    const made = fault.kind === "stranger"
      ? frameOfStranger(text, base)
      : frameWithId(text, this.faults.protocols[this.venue]!, (id) =>
        id + BigInt(fault.ahead));
    this.direct(
      typeof frame === "string" ? made : new TextEncoder().encode(made),
    );
  }

  /** Sends a frame whatever is wrong. */
  direct(frame: Frame): void {
    if (this.open) this.socket.send(frame);
  }

  #after(ms: number, frame: Frame): void {
    if (ms <= 0) this.direct(frame);
    else this.faults.later(ms, () => this.direct(frame));
  }
}

/** A frame that will not arrive. */
function lose(record: FaultRecord, about?: About): void {
  record.touched++;
  if (about?.channel !== "trade") return;
  const lost = record.lostTrades;
  lost.set(about.market, (lost.get(about.market) ?? 0) + 1);
}
