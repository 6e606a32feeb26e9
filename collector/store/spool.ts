/**
 * What waits for an absent database, on disk: batches in their order, bounded.
 *
 * A spool is a folder of one process, locked while that lives. It holds
 * segments, each of two files of lines (see segment.ts): `<n>.refillable` with
 * the rows that can be fetched again from their source, and `<n>.rest` with
 * all else, one line a batch; and `lost`, the gaps of what was evicted.
 *
 * What is promised: once {@link Spool.append} has resolved, the batch is on the
 * disk (both files and their names are synced) and survives SIGKILL and a power cut. A batch
 * whose append was cut off leaves a torn line, which is dropped: nobody was told
 * that it is kept, and its spans' `seen` went with it. A file is removed only
 * after all its batches were committed, so a crash while draining commits some
 * again, which changes nothing.
 */
import { syncFolder } from "../database/durable.ts";
import {
  Batch,
  decodeBatch,
  encodeBatch,
  evictRows,
  type GapEntry,
  type Refillable,
} from "./batch.ts";
import {
  readLines,
  removeFile,
  replaceFile,
  sealed,
  writeAll,
} from "./segment.ts";

export interface SpoolOptions {
  /** Most bytes on disk; the two newest and oldest segments may exceed it. */
  maxBytes: number;
  /** What may be evicted first. */
  refillable: Refillable;
  /** Rows that were evicted, by kind. */
  onEvict?: (lost: Record<string, number>) => void;
  /** A damaged line. */
  onDamage?: (file: string, line: string) => void;
}

/** A gap and its number in this spool, so that it is written once. */
export interface Lost {
  step: number;
  gap: GapEntry;
}

interface Segment {
  number: number;
  bytes: { refillable: number; rest: number };
  /** Rows of its batches; unknown in a spool that was left behind until it is read. */
  rows: number;
  /** Only the ledger's part is left of it. */
  bare: boolean;
}

interface Reading {
  segment: Segment;
  rest: string[];
  refillable: Map<string, string>;
  at: number;
  batch: Batch | null;
}

/** Most bytes of one file of a segment. */
const SEGMENT = 16 * 2 ** 20;

export class Spool {
  #segments: Segment[] = [];
  #active: { rest: Deno.FsFile; refillable: Deno.FsFile } | null = null;
  #reading: Reading | null = null;
  #lost: Lost[] = [];
  #lostSteps = 0;
  #lastNumber = 0;
  #pending = 0;
  #closed = false;
  #turn: Promise<unknown> = Promise.resolve();
  #segmentBytes: number;

  private constructor(
    readonly folder: string,
    readonly options: SpoolOptions,
    readonly lock: Deno.FsFile,
  ) {
    this.#segmentBytes = Math.min(SEGMENT, options.maxBytes / 16);
  }

  /** Opens a folder whose lock the caller holds; the spool releases it when it is closed. */
  static async open(
    folder: string,
    options: SpoolOptions,
    lock: Deno.FsFile,
  ): Promise<Spool> {
    const spool = new Spool(folder, options, lock);
    await spool.#load();
    return spool;
  }

  /** The process that kept it, a UUID: the folder's name. */
  get id(): string {
    return this.folder.slice(this.folder.lastIndexOf("/") + 1);
  }

  get bytes(): number {
    let sum = 0;
    for (const { bytes } of this.#segments) {
      sum += bytes.refillable + bytes.rest;
    }
    return sum;
  }

  /** Rows that wait here, as far as they are known. */
  get rows(): number {
    let sum = 0;
    for (const { rows } of this.#segments) sum += rows;
    return sum;
  }

  get empty(): boolean {
    return this.#pending === 0 && this.#segments.length === 0 &&
      this.#lost.length === 0;
  }

  /** The gaps of what was evicted and not committed yet. */
  get lost(): readonly Lost[] {
    return this.#lost;
  }

  /** Forgets the gaps up to a number: they are committed. */
  forget(step: number): Promise<void> {
    return this.#exclusive(async () => {
      this.#lost = this.#lost.filter((lost) => lost.step > step);
      await this.#saveLost();
    });
  }

  /** Keeps a batch behind all others; resolves once it is safe. */
  append(batch: Batch): Promise<void> {
    this.#pending++;
    return this.#exclusive(() => this.#append(batch))
      .finally(() => this.#pending--);
  }

  /** The batch that waits longest, or null. */
  first(): Promise<Batch | null> {
    return this.#exclusive(() => this.#first());
  }

  /** Removes the first batch: it is committed. */
  shift(): Promise<void> {
    return this.#exclusive(async () => {
      const batch = await this.#first();
      const reading = this.#reading;
      if (!batch || !reading || this.#closed) return;
      reading.segment.rows -= batch.size;
      reading.batch = null;
      if (++reading.at === reading.rest.length) await this.#removeFirst();
    });
  }

  /** Releases the lock; what waits stays for the next process. An empty folder is removed. */
  async close(): Promise<void> {
    await this.#exclusive(async () => {
      if (this.#closed) return;
      this.#closed = true;
      this.#seal();
      if (this.#segments.length === 0 && this.#lost.length === 0) {
        await Deno.remove(this.folder, { recursive: true });
      }
      this.lock.close();
    });
  }

  #exclusive<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(act, act);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  #path(segment: Segment, part: "rest" | "refillable"): string {
    return `${this.folder}/${String(segment.number).padStart(8, "0")}.${part}`;
  }

  /** Looks at what is there. */
  async #load(): Promise<void> {
    const segments = new Map<number, Segment>();
    for await (const { name } of Deno.readDir(this.folder)) {
      const [, digits, part] = /^(\d{8})\.(rest|refillable)$/.exec(name) ?? [];
      if (!digits) continue;
      const segment = segments.get(Number(digits)) ??
        emptySegment(Number(digits));
      segments.set(segment.number, segment);
      const { size } = await Deno.stat(`${this.folder}/${name}`);
      segment.bytes[part as "rest" | "refillable"] = size;
    }
    this.#segments = [...segments.values()].sort((a, b) => a.number - b.number);
    this.#lastNumber = this.#segments.at(-1)?.number ?? 0;
    const { texts } = await readLines(`${this.folder}/lost`);
    this.#lost = texts.map((text) => JSON.parse(text));
    this.#lostSteps = this.#lost.at(-1)?.step ?? 0;
  }

  async #append(batch: Batch): Promise<void> {
    const { refillable, rest } = encodeBatch(batch, this.options.refillable);
    const lines = {
      refillable: refillable === null ? null : sealed(refillable),
      rest: sealed(rest),
    };
    const bytes = lines.rest.length + (lines.refillable?.length ?? 0);
    while (this.bytes + bytes > this.options.maxBytes) {
      if (!(await this.#evict())) break;
    }
    const segment = this.#active ? this.#segments.at(-1)! : await this.#open();
    const { rest: restFile, refillable: refillableFile } = this.#active!;
    try {
      // The refillable rows are written first: their line in the rest confirms them.
      if (lines.refillable) {
        await writeAll(refillableFile, lines.refillable);
        await refillableFile.syncData();
      }
      await writeAll(restFile, lines.rest);
      await restFile.syncData();
    } catch (error) {
      // Half a line may be on disk: nothing is appended after it.
      this.#seal();
      throw error;
    }
    segment.rows += batch.size;
    segment.bytes.rest += lines.rest.length;
    segment.bytes.refillable += lines.refillable?.length ?? 0;
    const { bytes: size } = segment;
    if (Math.max(size.rest, size.refillable) >= this.#segmentBytes) {
      this.#seal();
    }
  }

  async #open(): Promise<Segment> {
    const segment = emptySegment(++this.#lastNumber);
    const make = (part: "rest" | "refillable") =>
      Deno.open(this.#path(segment, part), { createNew: true, write: true });
    const rest = await make("rest");
    let refillable: Deno.FsFile | null = null;
    try {
      refillable = await make("refillable");
      await syncFolder(this.folder);
    } catch (error) {
      rest.close();
      refillable?.close();
      throw error;
    }
    this.#active = { rest, refillable };
    this.#segments.push(segment);
    return segment;
  }

  #seal(): void {
    this.#active?.rest.close();
    this.#active?.refillable.close();
    this.#active = null;
  }

  async #first(): Promise<Batch | null> {
    for (;;) {
      const segment = this.#segments[0];
      if (!segment) return null;
      if (this.#reading?.segment !== segment) {
        if (this.#segments.length === 1) this.#seal();
        this.#reading = await this.#read(segment);
      }
      const reading = this.#reading;
      const rest = reading.rest[reading.at];
      if (rest === undefined) {
        await this.#removeFirst();
        continue;
      }
      if (!reading.batch) {
        const refillable = reading.refillable.get(nameOf(rest));
        reading.batch = refillable
          ? decodeBatch(rest, refillable)
          : decodeBatch(rest);
      }
      return reading.batch;
    }
  }

  async #read(segment: Segment): Promise<Reading> {
    const rest = await readLines(this.#path(segment, "rest"));
    const refillable = await readLines(this.#path(segment, "refillable"));
    for (const part of ["rest", "refillable"] as const) {
      for (const line of (part === "rest" ? rest : refillable).damaged) {
        this.options.onDamage?.(this.#path(segment, part), line);
      }
    }
    return {
      segment,
      rest: rest.texts,
      refillable: new Map(
        refillable.texts.map((text) => [nameOf(text), text]),
      ),
      at: 0,
      batch: null,
    };
  }

  async #removeFirst(): Promise<void> {
    const segment = this.#segments[0]!;
    // Refillable rows without their line in the rest are ignored.
    await removeFile(this.#path(segment, "rest"));
    await removeFile(this.#path(segment, "refillable"));
    this.#segments.shift();
  }

  /**
   * Makes room: evicts the refillable rows of the newest segment that is neither
   * written nor read, for the newest is the easiest to refill; if there are
   * none, the other rows. Ledger entries always stay.
   * @returns whether there was anything to evict.
   */
  async #evict(): Promise<boolean> {
    const free = this.#segments.slice(
      1,
      this.#active ? -1 : this.#segments.length,
    );
    const last = free.findLast(({ bytes }) => bytes.refillable > 0);
    const segment = last ?? free.findLast(({ bare }) => !bare);
    if (!segment) return false;
    const { rest, refillable } = await this.#read(segment);
    const batches = rest.map((text) => {
      const again = refillable.get(nameOf(text));
      return again ? decodeBatch(text, again) : decodeBatch(text);
    });
    const { gaps, lost } = evictRows(
      batches,
      last ? this.options.refillable : () => true,
    );
    for (const gap of gaps) this.#lost.push({ step: ++this.#lostSteps, gap });
    // First the gaps, then the rows: a crash between claims too little.
    await this.#saveLost();
    const never = () => false;
    segment.bytes.rest = await replaceFile(
      this.#path(segment, "rest"),
      batches.map((batch) => sealed(encodeBatch(batch, never).rest)),
    );
    await removeFile(this.#path(segment, "refillable"));
    segment.bytes.refillable = 0;
    segment.bare = !last;
    segment.rows = batches.reduce((sum, { size }) => sum + size, 0);
    this.options.onEvict?.(lost);
    return true;
  }

  async #saveLost(): Promise<void> {
    const path = `${this.folder}/lost`;
    if (this.#lost.length === 0) await removeFile(path);
    else {
      await replaceFile(
        path,
        this.#lost.map((lost) => sealed(JSON.stringify(lost))),
      );
    }
  }
}

const emptySegment = (number: number): Segment => ({
  number,
  bytes: { rest: 0, refillable: 0 },
  rows: 0,
  bare: false,
});

/** Writer and number of a line; they stand first in it. */
function nameOf(text: string): string {
  return /^\{"writer":"[^"]*","number":\d+/.exec(text)![0];
}
