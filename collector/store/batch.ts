/** What the store commits together, in memory and as text in the spool. */
import type { Event, Market, Micros } from "../model/events.ts";
import type { LedgerEntry, Seen } from "./ledger.ts";
import type { Row } from "./tables.ts";

/** What could not be read: a row in `rejects`. */
export interface Reject {
  /** The venue or community. */
  source: string;
  /** Where it came from: a URL, a channel or a market. */
  place: string;
  reason: string;
  /** As received; cut to the first 4,096 characters. */
  payload: string;
}

/** A gap of the ledger. */
export type GapEntry = Extract<LedgerEntry, { kind: "gap" }>;
/** Whether the rows of a kind can be fetched again from their source. */
export type Refillable = (source: string, kind: Event["kind"]) => boolean;

/** The source of an event and its stream there: a market, pair, board or query. */
export function streamOf(event: Event): [source: string, stream: string] {
  if ("venue" in event) return [event.venue, event.market];
  switch (event.kind) {
    case "rate":
      return [event.source, `${event.base}/${event.quote}`];
    case "count":
      return [event.source, event.query];
    default:
      return [event.source, event.board];
  }
}

/**
 * Events and what has to be known with them. The entries of `before` are
 * committed before the rows, `after` and `seen` once all rows are.
 */
export class Batch {
  before: LedgerEntry[] = [];
  rows = new Map<Event["kind"], Row[]>();
  after: LedgerEntry[] = [];
  /** How far each span has come. */
  seen = new Map<string, Seen>();
  rejects: Reject[] = [];
  markets = new Map<string, Market>();
  /** Rows of all kinds. */
  size = 0;

  /**
   * @param writer the process that took the events in, a UUID
   * @param number counted from 1 by that process
   */
  constructor(readonly writer: string, readonly number: number) {}

  add(event: Event, receivedAt: Micros): void {
    let rows = this.rows.get(event.kind);
    if (!rows) this.rows.set(event.kind, rows = []);
    rows.push({ event, receivedAt });
    this.size++;
  }

  /** A span has come further. */
  advance(span: string, { to, first, last }: Seen): void {
    const seen = this.seen.get(span);
    if (!seen) {
      this.seen.set(span, { to, first: [...first], last: [...last] });
      return;
    }
    seen.to = Math.max(seen.to, to);
    seen.first.push(...first);
    const latest = new Map(seen.last);
    for (const [market, id] of last) latest.set(market, id);
    seen.last = [...latest];
  }

  /** Whether there is nothing in it, not even an entry of the ledger. */
  get empty(): boolean {
    return this.size === 0 && this.before.length === 0 &&
      this.after.length === 0 && this.seen.size === 0 &&
      this.rejects.length === 0 && this.markets.size === 0;
  }
}

/** Rows of one kind, each as the values of `keys` and the time of receipt. */
interface Packed {
  keys: string[];
  rows: unknown[][];
}

interface Text {
  writer: string;
  number: number;
  before?: LedgerEntry[];
  rows?: Record<string, Packed>;
  after?: LedgerEntry[];
  seen?: [string, Seen][];
  rejects?: Reject[];
  markets?: Market[];
}

function pack(rows: Row[]): Packed {
  // Events of one kind have the same fields.
  const keys = Object.keys(rows[0]!.event).filter((key) => key !== "kind");
  return {
    keys,
    rows: rows.map(({ event, receivedAt }) => {
      const values: unknown[] = keys.map((key) =>
        (event as unknown as Record<string, unknown>)[key]
      );
      values.push(receivedAt);
      return values;
    }),
  };
}

function unpack(kind: string, { keys, rows }: Packed): Row[] {
  return rows.map((values) => {
    const event: Record<string, unknown> = { kind };
    for (let i = 0; i < keys.length; i++) event[keys[i]!] = values[i];
    return {
      event: event as unknown as Event,
      receivedAt: values[keys.length] as Micros,
    };
  });
}

const packAll = (rows: Map<string, Row[]>) =>
  rows.size === 0 ? undefined : Object.fromEntries(
    [...rows].filter(([, some]) => some.length > 0)
      .map(([kind, some]) => [kind, pack(some)]),
  );

/**
 * A batch as two lines of JSON without line ends: the refillable rows
 * (null if there are none), and the rest with all else.
 */
export function encodeBatch(
  batch: Batch,
  refillable: Refillable,
): { refillable: string | null; rest: string } {
  const rest = new Map<string, Row[]>();
  const again = new Map<string, Row[]>();
  for (const [kind, rows] of batch.rows) {
    const [some, others]: [Row[], Row[]] = [[], []];
    for (const row of rows) {
      (refillable(streamOf(row.event)[0], kind) ? some : others).push(row);
    }
    if (some.length > 0) again.set(kind, some);
    if (others.length > 0) rest.set(kind, others);
  }
  const { writer, number, before, after, seen, rejects, markets } = batch;
  const text: Text = {
    writer,
    number,
    ...(before.length > 0 && { before }),
    ...(rest.size > 0 && { rows: packAll(rest) }),
    ...(after.length > 0 && { after }),
    ...(seen.size > 0 && { seen: [...seen] }),
    ...(rejects.length > 0 && { rejects }),
    ...(markets.size > 0 && { markets: [...markets.values()] }),
  };
  return {
    refillable: again.size === 0 ? null : JSON.stringify(
      { writer, number, rows: packAll(again) } satisfies Text,
    ),
    rest: JSON.stringify(text),
  };
}

/** The batch of its one or two lines. */
export function decodeBatch(...lines: string[]): Batch {
  let batch: Batch | null = null;
  for (const line of lines) {
    const text: Text = JSON.parse(line);
    batch ??= new Batch(text.writer, text.number);
    batch.before.push(...text.before ?? []);
    batch.after.push(...text.after ?? []);
    batch.rejects.push(...text.rejects ?? []);
    for (const [span, seen] of text.seen ?? []) batch.advance(span, seen);
    for (const market of text.markets ?? []) {
      batch.markets.set(`${market.venue} ${market.market}`, market);
    }
    for (const [kind, packed] of Object.entries(text.rows ?? {})) {
      const rows = unpack(kind, packed);
      const there = batch.rows.get(kind as Event["kind"]);
      batch.rows.set(
        kind as Event["kind"],
        there ? there.concat(rows) : rows,
      );
      batch.size += rows.length;
    }
  }
  return batch!;
}

/** The rows of a stream that are about to be evicted. */
interface Doomed {
  source: string;
  stream: string;
  kind: Event["kind"];
  first: Row;
  last: Row;
  rows: number;
  from: Micros;
  to: Micros;
}

/** Trades by time and id, others by time. */
function isBefore({ event: a }: Row, { event: b }: Row): boolean {
  if (a.ts !== b.ts || a.kind !== "trade" || b.kind !== "trade") {
    return a.ts < b.ts;
  }
  return BigInt(a.id) < BigInt(b.id);
}

/**
 * Evicts rows and records the gaps. The first and the last trade of each stream
 * stay, so that a refill has a stored id on either side.
 * @param chosen which rows may be evicted
 * @returns a gap for each stream that lost something, and the rows lost by kind
 */
export function evictRows(
  batches: Batch[],
  chosen: Refillable,
): { gaps: GapEntry[]; lost: Record<string, number> } {
  const streams = new Map<string, Doomed>();
  const of = (row: Row): Doomed | null => {
    const { kind } = row.event;
    const [source, stream] = streamOf(row.event);
    if (!chosen(source, kind)) return null;
    const key = `${kind} ${source} ${stream}`;
    let doomed = streams.get(key);
    if (!doomed) {
      const { ts } = row.event;
      doomed = {
        source,
        stream,
        kind,
        first: row,
        last: row,
        rows: 0,
        from: ts,
        to: ts,
      };
      streams.set(key, doomed);
    }
    return doomed;
  };
  for (const batch of batches) {
    for (const rows of batch.rows.values()) {
      for (const row of rows) {
        const doomed = of(row);
        if (!doomed) continue;
        if (isBefore(row, doomed.first)) doomed.first = row;
        if (!isBefore(row, doomed.last)) doomed.last = row;
        doomed.from = Math.min(doomed.from, row.event.ts);
        doomed.to = Math.max(doomed.to, row.event.ts);
      }
    }
  }
  const lost: Record<string, number> = {};
  for (const batch of batches) {
    for (const [kind, rows] of batch.rows) {
      const kept = rows.filter((row) => {
        const doomed = of(row);
        if (!doomed) return true;
        if (kind === "trade" && (row === doomed.first || row === doomed.last)) {
          return true;
        }
        doomed.rows++;
        lost[kind] = (lost[kind] ?? 0) + 1;
        return false;
      });
      batch.size -= rows.length - kept.length;
      if (kept.length > 0) batch.rows.set(kind, kept);
      else batch.rows.delete(kind);
    }
  }
  const gaps: GapEntry[] = [];
  for (
    const { source, stream, kind, first, last, ...doomed } of streams.values()
  ) {
    if (doomed.rows === 0) continue;
    gaps.push({
      kind: "gap",
      venue: source,
      market: stream,
      channel: kind,
      from: doomed.from,
      to: doomed.to,
      fromId: first.event.kind === "trade" ? first.event.id : null,
      toId: last.event.kind === "trade" ? last.event.id : null,
      reason: { code: "spool_full" },
    });
  }
  return { gaps, lost };
}
