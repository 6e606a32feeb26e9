/** A batch into the database, each part of it once. */
import type postgres from "postgres";
import { type Batch, type Reject, streamOf } from "./batch.ts";
import { contradictions } from "./contradictions.ts";
import type { Event, Trade } from "../model/events.ts";
import { type LedgerEntry, recordEntries } from "./ledger.ts";
import { masked } from "../cli/secrets.ts";
import type { Lost } from "./spool.ts";
import { type Client, type Row, type StreamStats, tables } from "./tables.ts";
import { DAY } from "../model/time.ts";

/** What became of a batch. */
export interface Committed {
  /** Rows new to the database or changed, by kind; the rest were there already. */
  rows: Record<string, number>;
  /** What the database would not take, by source: rows in `rejects`. */
  refused: Record<string, number>;
}

export interface CommitOptions {
  /** Rows in one statement. */
  batchRows: number;
  /** Whether a refused row may still be kept in `rejects`. */
  admit: (reject: Reject) => boolean;
}

/** Statements of one kind under way at once: the next is sent while the server works. */
const AT_ONCE = 2;
/** Kinds whose rows are replaced by later ones, so that their order counts. */
const ORDERED = new Set<string>(["candle", "post", "comment", "count"]);

/**
 * Commits batches. Rows are upserts on the key of their table and may be
 * written again; what may happen only once is committed together with the
 * batch's number (table `writer_offsets`).
 */
export class Committer {
  #sql: postgres.Sql;
  #options: CommitOptions;
  #days = new Set<string>();

  constructor(sql: postgres.Sql, options: CommitOptions) {
    this.#sql = sql;
    this.#options = options;
  }

  /**
   * @param again whether a part of it may be committed already
   * @throws whatever keeps the database from taking it; nothing of it is lost
   */
  async commit(batch: Batch, again: boolean): Promise<Committed> {
    const committed: Committed = { rows: {}, refused: {} };
    const { writer, number } = batch;
    if (again) {
      const [row] = await this
        .#sql`select step from writer_offsets where writer = ${writer}`;
      // Rows of an older batch would undo newer ones.
      if (row && Number(row.step) > 2 * number) return committed;
    }
    const refused: Reject[] = [];
    if (batch.before.length > 0) {
      await this.#once(
        writer,
        2 * number,
        async (tx, careful) => {
          await this.#record(tx, writer, batch.before, careful, refused);
          await forgetPauses(tx, batch.before);
        },
      );
    }
    const kinds = await Promise.allSettled(
      [...batch.rows].map(async ([kind, rows]) => {
        committed.rows[kind] = await this.#write(kind, rows, refused);
      }),
    );
    for (const kind of kinds) {
      if (kind.status === "rejected") throw kind.reason;
    }
    await this.#once(writer, 2 * number + 1, async (tx, careful) => {
      const stats = streamStatsOf(batch);
      if (stats.length > 0) await tables.streamStats.insert(tx, stats);
      if (batch.markets.size > 0) {
        await tables.market.insert(tx, [...batch.markets.values()]);
      }
      const entries = [
        ...[...batch.seen].map(([span, seen]) => ({
          kind: "seen" as const,
          span,
          ...seen,
        })),
        ...batch.after,
      ];
      await this.#record(tx, writer, entries, careful, refused);
      const rejects = [
        ...batch.rejects,
        ...refused.filter((reject) => this.#options.admit(reject)),
      ];
      if (rejects.length > 0) await writeRejects(tx, rejects);
    });
    for (const { source } of refused) {
      committed.refused[source] = (committed.refused[source] ?? 0) + 1;
    }
    return committed;
  }

  /** Writes the gaps of a spool, those that are not there yet. */
  async commitLost(spool: string, lost: readonly Lost[]): Promise<void> {
    await this.#sql.begin(async (tx) => {
      await tx`insert into writer_offsets (writer) values (${spool}) on conflict do nothing`;
      const [row] = await tx`
        select gaps from writer_offsets where writer = ${spool} for update`;
      const fresh = lost.filter(({ step }) => step > Number(row!.gaps));
      if (fresh.length === 0) return;
      await recordEntries(tx, spool, fresh.map(({ gap }) => gap));
      await tx`
        update writer_offsets set gaps = ${
        fresh.at(-1)!.step
      }, at = now() where writer = ${spool}`;
    });
  }

  /** Deletes the offset of a writer with nothing left to commit, and those of writers that never came back. */
  async forget(writer: string): Promise<void> {
    await this.#sql`
      delete from writer_offsets where writer = ${writer} or at < now() - interval '30 days'`;
  }

  /** Acts in a transaction, unless that step of the writer is committed already. */
  async #once(
    writer: string,
    step: number,
    act: (tx: postgres.TransactionSql, careful: boolean) => Promise<void>,
  ): Promise<void> {
    const attempt = (careful: boolean) =>
      this.#sql.begin(async (tx) => {
        const { count } = await tx`
          insert into writer_offsets (writer, step) values (${writer}, ${step})
          on conflict (writer) do update set step = excluded.step, at = now()
          where writer_offsets.step < excluded.step`;
        if (count > 0) await act(tx, careful);
      });
    try {
      await attempt(false);
    } catch (error) {
      if (isAway(error)) throw error;
      // One entry is at fault; savepoints let the others through.
      await attempt(true);
    }
  }

  async #record(
    tx: postgres.TransactionSql,
    writer: string,
    entries: LedgerEntry[],
    careful: boolean,
    refused: Reject[],
  ): Promise<void> {
    if (!careful) return await recordEntries(tx, writer, entries);
    for (const entry of entries) {
      try {
        await tx.savepoint((part) => recordEntries(part, writer, [entry]));
      } catch (error) {
        if (isAway(error)) throw error;
        refused.push(refusal("ledger", entry.kind, error, entry));
      }
    }
  }

  async #write(
    kind: Event["kind"],
    rows: Row[],
    refused: Reject[],
  ): Promise<number> {
    const { batchRows } = this.#options;
    let changed = 0;
    let at = 0;
    const work = async () => {
      while (at < rows.length) {
        const part = rows.length <= batchRows
          ? rows
          : rows.slice(at, at + batchRows);
        at += batchRows;
        changed += await this.#insert(kind, part, refused);
      }
    };
    const workers = ORDERED.has(kind) || rows.length <= batchRows ? 1 : AT_ONCE;
    const results = await Promise.allSettled(
      Array.from({ length: workers }, work),
    );
    for (const result of results) {
      if (result.status === "rejected") throw result.reason;
    }
    return changed;
  }

  /** Writes rows; one that the database refuses becomes a reject and does not hold up the others. */
  async #insert(
    kind: Event["kind"],
    rows: Row[],
    refused: Reject[],
  ): Promise<number> {
    try {
      if (kind === "trade") await this.#ensureDays("trades", rows);
      if (kind === "book") await this.#ensureDays("books", rows);
      const changed = await tables[kind].insert(this.#sql, rows);
      if (kind === "trade" && changed < rows.length) {
        refused.push(
          ...await contradictions(this.#sql, rows as Row<Trade>[], "socket"),
        );
      }
      return changed;
    } catch (error) {
      if (isAway(error)) throw error;
      // A partition may have been dropped since.
      this.#days.clear();
      if (rows.length > 1) {
        const half = rows.length >> 1;
        return await this.#insert(kind, rows.slice(0, half), refused) +
          await this.#insert(kind, rows.slice(half), refused);
      }
      const { event } = rows[0]!;
      refused.push(refusal(streamOf(event)[0], kind, error, event));
      return 0;
    }
  }

  /** Partitions are made ahead; history needs those of its own days. */
  async #ensureDays(parent: "trades" | "books", rows: Row[]): Promise<void> {
    let last = NaN;
    for (const { event: { ts } } of rows) {
      const number = Math.floor(ts / DAY);
      if (number === last) continue;
      last = number;
      if (!(Math.abs(number) < 100_000_000)) {
        throw Object.assign(new Error(`there is no time ${ts}`), {
          code: "22008",
        });
      }
      const day = new Date(number * 86_400_000).toISOString().slice(0, 10);
      const key = `${parent} ${day}`;
      if (this.#days.has(key)) continue;
      await this
        .#sql`select ensure_day_partitions(${parent}, ${day}::date, ${day}::date)`;
      this.#days.add(key);
    }
  }
}

/** Time without a socket does not count as a stream's pause. */
async function forgetPauses(sql: Client, entries: LedgerEntry[]) {
  for (const entry of entries) {
    if (entry.kind !== "begin") continue;
    await sql`
      update stream_stats set paused_from = null
      where source = ${entry.venue} and stream = any(${entry.markets}) and channel = any(${entry.channels})`;
  }
}

function refusal(
  source: string,
  place: string,
  error: unknown,
  what: unknown,
): Reject {
  return {
    source,
    place,
    reason: masked(
      `the database refused the row: ${(error as Error).message}`,
    ),
    payload: masked(JSON.stringify(what)).slice(0, 4096),
  };
}

async function writeRejects(sql: Client, rejects: Reject[]): Promise<void> {
  // A NUL cannot stand in a text column.
  const plain = (text: string) => text.replaceAll("\0", "\uFFFD");
  await sql`
    insert into rejects (source, place, reason, payload)
    select * from unnest(
      ${rejects.map((r) => plain(r.source))}::text[],
      ${rejects.map((r) => plain(r.place))}::text[],
      ${rejects.map((r) => plain(r.reason))}::text[],
      ${rejects.map((r) => plain(r.payload))}::text[]
    )`;
}

/** The newest event of each stream of a batch, in a fixed order: two collectors must not wait for each other. */
function streamStatsOf(batch: Batch): StreamStats[] {
  const stats = new Map<string, StreamStats>();
  for (const [channel, rows] of batch.rows) {
    let last: StreamStats | undefined;
    for (const { event, receivedAt } of rows) {
      const [source, stream] = streamOf(event);
      if (!last || last.source !== source || last.stream !== stream) {
        const key: string = `${source} ${channel} ${stream}`;
        last = stats.get(key);
        if (!last) {
          last = {
            source,
            stream,
            channel,
            events: 0,
            ts: event.ts,
            receivedAt,
            firstId: event.kind === "trade" ? event.id : null,
            lastId: null,
          };
          stats.set(key, last);
        }
      }
      last.events++;
      if (event.kind === "trade") last.lastId = event.id;
      if (event.ts > last.ts) last.ts = event.ts;
      if (receivedAt > last.receivedAt) last.receivedAt = receivedAt;
    }
  }
  return [...stats].sort(([a], [b]) => a < b ? -1 : 1).map(([, one]) => one);
}

/**
 * Whether an error is no fault of what was to be written, so that writing it
 * again may succeed: the server is away, starting up, in recovery, full, hangs
 * or met a deadlock, or says something unknown. The rest, data that it cannot
 * take (SQLSTATE classes 22 and 23, limits of class 54, a raised exception) or
 * that cannot even be sent, is refused for good.
 */
export function isAway(error: unknown): boolean {
  const code = String((error as { code?: unknown }).code ?? "");
  if (/^(22|23|54)...$/.test(code) || code === "P0001") return false;
  return code !== "UNDEFINED_VALUE";
}
