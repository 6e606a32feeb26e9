import type postgres from "postgres";
import { audit } from "../audit/report.ts";
import { CliError } from "../cli/errors.ts";
import {
  type Candle,
  type Micros,
  type Trade,
  Unreadable,
} from "../model/events.ts";
import { recordImport } from "../audit/imports.ts";
import { masked } from "../cli/secrets.ts";
import { claimComplete, whyIncomplete } from "./claim.ts";
import { checkTrades, findColumns } from "./columns.ts";
import { candlesOfTrades } from "./candles_of_trades.ts";
import { openRows, type RowFile } from "./file.ts";
import type { FileRow } from "./format.ts";
import { otherMarket } from "./same_market.ts";
import { readCandle, readTrade, type RowMeaning } from "./rows.ts";
import type { ImportOptions, ImportReport } from "./import_report.ts";
import { timeReader } from "./times.ts";
import {
  type Placed,
  type RejectedRow,
  writeCandles,
  writeRejects,
  writeTrades,
} from "./write.ts";
import { DAY, MINUTE } from "../model/time.ts";

/** Rows that are looked at before the first is written. */
const SAMPLE = 1000;
const BATCH = 5000;

/**
 * Imports a file, in bounded memory: rows are written batch by batch, so that
 * an import that was broken off goes on when it is started again.
 * @param sql null: only check the file
 * @throws {CliError} when the file is not what was said, before anything is written.
 */
export async function importFile(
  sql: postgres.Sql | null,
  options: ImportOptions,
): Promise<ImportReport> {
  const file = await openRows(options.file);
  try {
    return await new Import(sql, options, file).run();
  } catch (error) {
    // What a file holds may stand in the sentence.
    throw error instanceof CliError
      ? new CliError(oneLine(error.message))
      : error;
  } finally {
    await file.close();
  }
}

class Import {
  #report: ImportReport;
  #meaning!: RowMeaning;
  #batch: Placed<Candle | Trade>[] = [];
  #rejects: RejectedRow[] = [];
  #reasons = new Map<string, ImportReport["reasons"][number]>();
  /** The least and greatest id of the good trades. */
  #ids: [bigint, bigint] | null = null;
  /** Days from the epoch that hold a trade of the file. */
  #days = new Set<number>();
  #first = Infinity;
  #last = -Infinity;
  #before = -Infinity;
  #now: Micros;

  constructor(
    readonly sql: postgres.Sql | null,
    readonly options: ImportOptions,
    readonly file: RowFile,
  ) {
    const { venue, market, kind, interval } = options;
    this.#now = options.now?.() ?? Date.now() * 1000;
    this.#report = {
      file: options.file,
      format: file.format,
      unit: file.unit,
      venue,
      market,
      kind,
      interval: kind === "candles" ? interval : null,
      columns: {},
      unused_columns: [],
      times: "",
      notes: file.notes,
      dry_run: sql === null,
      rows: 0,
      added: 0,
      replaced: 0,
      unchanged: 0,
      rejected: 0,
      good: 0,
      reasons: [],
      unordered: 0,
      from: null,
      to: null,
      complete: false,
      gaps_closed: 0,
      candles: 0,
      audit: null,
    };
  }

  async run(): Promise<ImportReport> {
    const sample: FileRow[] = [];
    for await (const row of this.file.rows) {
      if (this.#report.columns.ts !== undefined) await this.#take(row);
      else if (sample.push(row) === SAMPLE) await this.#begin(sample);
    }
    if (this.#report.columns.ts === undefined) await this.#begin(sample);
    await this.#write();
    await this.#finish();
    return this.#report;
  }

  /** Determines the columns, refuses the wrong file, and returns the rows it read for that. */
  async #begin(sample: FileRow[]): Promise<void> {
    const { file, venue, kind, mapping, unit, zone } = this.options;
    if (sample.length === 0) throw new CliError(`${file} holds no rows.`);
    if (sample.every((row) => row.fault !== undefined)) {
      const { at, fault } = sample[0]!;
      throw new CliError(
        `No row of ${file} can be read; ${this.file.unit} ${at}: ${fault}. ` +
          "Rows have to be those of a table, an array, or one object a line.",
      );
    }
    const columns = findColumns(file, kind, sample, mapping);
    if (kind === "trades") checkTrades(file, venue, columns);
    const values = sample.filter((row) => row.fault === undefined)
      .map((row) => row.values[columns.of.ts!]);
    const times = timeReader(String(columns.says.ts), values, unit, zone);
    this.#meaning = { ...this.options, columns, times, now: this.#now };
    this.#checkSample(sample);
    this.#report.columns = columns.says;
    this.#report.unused_columns = columns.unused;
    this.#report.times = times.says;
    for (const row of sample) await this.#take(row);
  }

  /** A file with mostly bad rows is not what was named. */
  #checkSample(sample: FileRow[]): void {
    const { file, kind, interval, step } = this.options;
    const bad = sample.map((row) => ({ row, fault: this.#fault(row) }))
      .filter(({ fault }) => fault !== null);
    if (kind === "candles") {
      const apart = spacing(sample.map((row) => this.#timeOf(row)));
      if (apart !== null && apart > step) {
        throw new CliError(
          `The rows of ${file} are ${
            apart / MINUTE
          } minutes apart, not ${interval}. Say it with --interval.`,
        );
      }
    }
    const [first] = bad;
    if (
      first && first.row === sample.find(({ fault }) => fault === undefined)
    ) {
      const other = otherMarket(first.row, this.#meaning.columns, this.options);
      if (other !== null) {
        throw new CliError(
          `${file} is not what was named; ${this.file.unit} ${first.row.at}: ${other}. ` +
            "Name its own with --venue and --market.",
        );
      }
    }
    if (bad.length * 2 <= sample.length) return;
    throw new CliError(
      `Of the first ${sample.length} rows of ${file} ${bad.length} are no ${kind}; ${this.file.unit} ${
        first!.row.at
      }: ${
        first!.fault
      }. Check --kind, --columns, --interval, --time-unit and --zone.`,
    );
  }

  #timeOf(row: FileRow): Micros | null {
    try {
      return this.#meaning.times.read(
        row.values[this.#meaning.columns.of.ts!],
      );
    } catch {
      return null;
    }
  }

  #read(row: FileRow): Candle | Trade {
    if (row.fault !== undefined) throw new Unreadable(row.fault);
    const { columns } = this.#meaning;
    const other = otherMarket(row, columns, this.options);
    if (other !== null) throw new Unreadable(other);
    return this.options.kind === "candles"
      ? readCandle(row, this.#meaning)
      : readTrade(row, this.#meaning);
  }

  /** What is wrong with a row, or null. */
  #fault(row: FileRow): string | null {
    try {
      this.#read(row);
      return null;
    } catch (error) {
      if (error instanceof Unreadable) return error.message;
      throw error;
    }
  }

  async #take(row: FileRow): Promise<void> {
    this.#report.rows++;
    try {
      const event = this.#read(row);
      this.#report.good++;
      if (event.ts < this.#before) this.#report.unordered++;
      this.#before = event.ts;
      this.#first = Math.min(this.#first, event.ts);
      this.#last = Math.max(this.#last, event.ts);
      if (event.kind === "trade") this.#note(event);
      if (this.sql) this.#batch.push({ event, at: row.at, raw: row.raw });
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      this.#reject(row, error.message);
    }
    if (this.#batch.length + this.#rejects.length >= BATCH) await this.#write();
    const { rows, added, rejected } = this.#report;
    if (rows % BATCH === 0) {
      const part = this.file.progress();
      this.options.onProgress?.({ rows, added, rejected, part });
    }
  }

  #note({ id, ts }: Trade): void {
    const [least, most] = this.#ids ?? [BigInt(id), BigInt(id)];
    const own = BigInt(id);
    this.#ids = [own < least ? own : least, own > most ? own : most];
    this.#days.add(Math.floor(ts / DAY));
  }

  #reject({ at, raw }: { at: number; raw: string }, words: string): void {
    const { file, venue, market } = this.options;
    const reason = oneLine(words);
    this.#report.rejected++;
    // Reasons that differ only in their numbers are one in the report.
    const kind = reason.replaceAll(/\d[\d.:TZ-]*/g, "");
    const known = this.#reasons.get(kind);
    if (known) known.rows++;
    else if (this.#reasons.size < 1000) {
      this.#reasons.set(kind, { reason, rows: 1, first: at });
    }
    if (!this.sql) return;
    const place = `${venue} ${market} ${file}:${at}`;
    this.#rejects.push({ place, reason, payload: raw });
  }

  async #write(): Promise<void> {
    const { sql, options: { kind, replace } } = this;
    if (!sql) return;
    const batch = this.#batch;
    this.#batch = [];
    const write = { receivedAt: this.#now, replace };
    const written = kind === "candles"
      ? await writeCandles(sql, batch as Placed<Candle>[], write)
      : await writeTrades(sql, batch as Placed<Trade>[], write);
    this.#report.added += written.added;
    this.#report.replaced += written.replaced;
    this.#report.unchanged += written.unchanged;
    for (const { row, reason } of written.differing) this.#reject(row, reason);
    if (this.#rejects.length > 0) await writeRejects(sql, this.#rejects);
    this.#rejects = [];
  }

  async #finish(): Promise<void> {
    const report = this.#report;
    report.reasons = [...this.#reasons.values()]
      .sort((a, b) => b.rows - a.rows);
    if (this.#first > this.#last) return;
    report.from = iso(this.#first);
    report.to = iso(this.#last);
    const { venue, market, kind, complete, step, interval } = this.options;
    if (!this.sql) return;
    if (complete) await this.#claim(this.sql);
    await this.#record(this.sql);
    if (kind === "trades") {
      report.candles = await candlesOfTrades(this.sql, {
        venue,
        market,
        from: this.#first,
        to: this.#last,
        days: report.complete ? null : this.#days,
        now: this.#now,
      });
    }
    const span = {
      from: Math.floor(this.#first / 1000),
      to: kind === "candles"
        ? (this.#last + step) / 1000
        : Math.floor(this.#last / 1000) + 1,
    };
    const scope = kind === "candles"
      ? { channel: "candle", interval, source: "venue" }
      : { channel: "trade" };
    report.audit = await audit(this.sql, {
      venue,
      market,
      ...span,
      ...scope,
    });
  }

  /** Keeps what came in, for the audit. */
  async #record(sql: postgres.Sql): Promise<void> {
    const { venue, market, kind, file } = this.options;
    const { from, to, rows, rejected, complete, interval } = this.#report;
    const [first, last] = this.#ids ?? [null, null];
    await recordImport(sql, {
      venue,
      market,
      kind,
      interval: interval ?? "",
      file: masked(file.slice(file.lastIndexOf("/") + 1)),
      from: from!,
      to: to!,
      rows: rows - rejected,
      first_id: first === null ? null : String(first),
      last_id: last === null ? null : String(last),
      rejected,
      complete,
    });
  }

  /** Enters the span as observed, unless it can be seen that something is missing in it. */
  async #claim(sql: postgres.Sql): Promise<void> {
    const { venue, market } = this.options;
    const report = this.#report;
    const why = report.rejected > 0
      ? `${report.rejected} rows were rejected`
      : await whyIncomplete(sql, venue, market, this.#first, this.#last);
    if (why !== null) {
      report.notes.push(`--complete is not entered: ${why}`);
      return;
    }
    report.complete = true;
    report.gaps_closed = await claimComplete(
      sql,
      venue,
      market,
      this.#first,
      this.#last,
    );
  }
}

/** The least distance of two rows, or null where there are too few to tell. */
function spacing(times: (Micros | null)[]): Micros | null {
  const known = [...new Set(times.filter((ts) => ts !== null))]
    .sort((a, b) => a - b);
  if (known.length < 3) return null;
  return known.slice(1).reduce(
    (least, ts, i) => Math.min(least, ts - known[i]!),
    Infinity,
  );
}

const oneLine = (text: string) => text.replaceAll(/\p{Cc}+/gu, " ");

const iso = (ts: Micros) => new Date(ts / 1000).toISOString();
