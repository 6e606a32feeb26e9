/** The spool folder: this process's spool and those that others left behind. */
import { syncFolder } from "../database/durable.ts";
import type { Refillable } from "./batch.ts";
import { Spool, type SpoolOptions } from "./spool.ts";

/** Where events wait while the database is away. */
export interface SpoolPlace {
  folder: string;
  /** Most bytes there. */
  maxBytes: number;
}

/** What the spools need to know, and whom they tell. */
export interface SpoolsOptions {
  refillable: Refillable;
  /** Rows that were evicted because a spool was full, by kind. */
  onEvict: (lost: Record<string, number>) => void;
  /** A damaged line. */
  onDamage: (file: string, line: string) => void;
  log: (line: string) => void;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export class Spools {
  /** In the order in which they are to be written; this process's own is the last. */
  #all: Spool[] = [];
  #own: Spool | null = null;
  #making: Promise<Spool> | null = null;
  /** Resolves once what earlier processes left is known. */
  readonly ready: Promise<void>;

  constructor(
    /** Null: nothing can be kept on disk. */
    readonly place: SpoolPlace | null,
    /** Names the own one: the process's UUID. */
    readonly id: string,
    readonly options: SpoolsOptions,
  ) {
    this.ready = place ? this.#adopt(place) : Promise.resolve();
  }

  get bytes(): number {
    return this.#all.reduce((sum, spool) => sum + spool.bytes, 0);
  }

  /** Rows that wait; those that were left behind are known once they are read. */
  get rows(): number {
    return this.#all.reduce((sum, spool) => sum + spool.rows, 0);
  }

  /** The spool that comes first of those that hold something, or null. */
  get next(): Spool | null {
    return this.#all.find((spool) => !spool.empty) ?? null;
  }

  /** Whether something is there that an earlier process kept. */
  get inherited(): boolean {
    return this.#all.some((spool) => spool !== this.#own && !spool.empty);
  }

  /**
   * The spool of this process, made when it is needed.
   * @throws when it cannot be made.
   */
  own(): Promise<Spool> {
    return this.#making ??= this.#make().catch((error) => {
      this.#making = null;
      throw error;
    });
  }

  /** Ends the use of an inherited spool that is empty. @returns whether it was one */
  async retire(spool: Spool): Promise<boolean> {
    if (spool === this.#own) return false;
    this.#all = this.#all.filter((other) => other !== spool);
    await spool.close();
    return true;
  }

  /** What waits stays for the next process. */
  async close(): Promise<void> {
    for (const spool of this.#all) await spool.close();
  }

  async #make(): Promise<Spool> {
    await this.ready;
    const { folder, maxBytes } = this.place!;
    // Locked before it can be seen; the lock moves with the folder.
    await Deno.mkdir(`${folder}/.${this.id}`, { recursive: true, mode: 0o700 });
    const lock = await openLock(`${folder}/.${this.id}`);
    await lock.lock(true);
    await Deno.rename(`${folder}/.${this.id}`, `${folder}/${this.id}`);
    await syncFolder(folder);
    const spool = await Spool.open(
      `${folder}/${this.id}`,
      this.#settings(Math.max(maxBytes - this.bytes, maxBytes / 4)),
      lock,
    );
    this.#all.push(spool);
    return this.#own = spool;
  }

  /** Takes over the spools whose processes have ended, oldest first. */
  async #adopt({ folder, maxBytes }: SpoolPlace): Promise<void> {
    const found: { spool: Spool; at: number }[] = [];
    try {
      for (const name of await folders(folder)) {
        const spool = await this.#lockAndOpen(`${folder}/${name}`, maxBytes);
        if (!spool) continue;
        const { mtime } = await Deno.stat(`${folder}/${name}/lock`);
        found.push({ spool, at: mtime?.getTime() ?? 0 });
      }
    } catch (error) {
      this.options.log(
        `the spool ${folder} cannot be read (${(error as Error).message})`,
      );
    }
    found.sort((a, b) => a.at - b.at);
    for (const { spool } of found) {
      if (spool.empty) await spool.close();
      else this.#all.push(spool);
    }
    if (this.bytes > 0) {
      this.options.log(
        `${megabytes(this.bytes)} that an earlier process kept go first`,
      );
    }
  }

  async #lockAndOpen(folder: string, maxBytes: number): Promise<Spool | null> {
    let lock: Deno.FsFile;
    try {
      lock = await openLock(folder);
    } catch (error) {
      // Another process has just removed it.
      if (error instanceof Deno.errors.NotFound) return null;
      throw error;
    }
    try {
      if (await lock.tryLock(true)) {
        return await Spool.open(folder, this.#settings(maxBytes), lock);
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) {
        lock.close();
        throw error;
      }
    }
    lock.close();
    return null;
  }

  #settings(maxBytes: number): SpoolOptions {
    const { refillable, onEvict, onDamage, log } = this.options;
    return {
      maxBytes,
      refillable,
      onEvict: (lost) => {
        const kinds = Object.entries(lost).map(([kind, n]) => `${n} ${kind}`);
        log(
          `the spool is full: evicted ${
            kinds.join(", ") || "nothing"
          } events, see the table gaps`,
        );
        onEvict(lost);
      },
      onDamage: (file, line) => {
        log(`a damaged line in ${file} was passed over`);
        onDamage(file, line);
      },
    };
  }
}

/** Opened for writing, so that it says when its process began. */
const openLock = (folder: string) =>
  Deno.open(`${folder}/lock`, { create: true, write: true });

async function folders(root: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(root)) {
      if (isDirectory && UUID.test(name)) names.push(name);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return names;
}

/** Bytes as a reader takes them. */
export const megabytes = (bytes: number): string =>
  bytes < 1e6
    ? `${Math.ceil(bytes / 1000)} kB`
    : `${(bytes / 1e6).toFixed(1)} MB`;
