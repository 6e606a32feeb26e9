/**
 * Where backups are kept: objects by the hash of their bytes, each written once
 * however many backups hold it, and a record a backup.
 */
import { createHash } from "node:crypto";
import { CliError } from "../cli/errors.ts";
import { type BackupRecord, recordSchema } from "./record.ts";

/** An object's name and length. */
export interface Stored {
  sha256: string;
  bytes: number;
}

/** A folder of backups. */
export class Vault {
  constructor(readonly folder: string) {}

  /** Makes the folder where it is not there. @throws {CliError} where it holds something else. */
  async create(): Promise<void> {
    await Deno.mkdir(this.folder, { recursive: true, mode: 0o700 });
    const names = await Array.fromAsync(
      Deno.readDir(this.folder),
      ({ name }) => name,
    );
    if (names.length > 0 && !names.includes("objects")) {
      throw new CliError(
        `${this.folder} holds something other than backups of crowdtape. Set CROWDTAPE_BACKUP to an empty or a new folder.`,
      );
    }
    for (const name of ["objects", "backups"]) {
      await Deno.mkdir(`${this.folder}/${name}`, { recursive: true });
    }
  }

  #path(sha256: string): string {
    return `${this.folder}/objects/${sha256.slice(0, 2)}/${sha256}`;
  }

  /** Whether an object of this length is there. */
  async has({ sha256, bytes }: Stored): Promise<boolean> {
    try {
      return (await Deno.stat(this.#path(sha256))).size === bytes;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  }

  /** Writes an object; it has its name once it is whole and synced. */
  async put(bytes: ReadableStream<Uint8Array>): Promise<Stored> {
    const staged = `${this.folder}/objects/.${crypto.randomUUID()}`;
    const hash = createHash("sha256");
    let length = 0;
    const file = await Deno.open(staged, { createNew: true, write: true });
    try {
      for await (const part of bytes) {
        hash.update(part);
        length += part.length;
        for (let at = 0; at < part.length;) {
          at += await file.write(part.subarray(at));
        }
      }
      await file.sync();
    } catch (error) {
      await Deno.remove(staged);
      throw error;
    } finally {
      file.close();
    }
    const stored = { sha256: hash.digest("hex"), bytes: length };
    const path = this.#path(stored.sha256);
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.rename(staged, path);
    return stored;
  }

  /** An object's bytes. @throws {CliError} where it is missing. */
  async get({ sha256 }: Stored): Promise<ReadableStream<Uint8Array>> {
    try {
      return (await Deno.open(this.#path(sha256))).readable;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      throw new CliError(`${this.#path(sha256)} is missing.`);
    }
  }

  /** Reads an object whole. @returns the place and what is wrong with it, or null. */
  async fault(stored: Stored): Promise<string | null> {
    const path = this.#path(stored.sha256);
    if (!(await this.has(stored))) {
      return `${path} is missing, or not ${stored.bytes} bytes long`;
    }
    const hash = createHash("sha256");
    for await (const part of await this.get(stored)) hash.update(part);
    return hash.digest("hex") === stored.sha256
      ? null
      : `${path} does not hold what its name says`;
  }

  /** When backups were made, the newest last. */
  async list(): Promise<string[]> {
    try {
      return (await Array.fromAsync(Deno.readDir(`${this.folder}/backups`)))
        .flatMap(({ name }) =>
          name.endsWith(".json") && !name.startsWith(".")
            ? [name.slice(0, -5)]
            : []
        ).sort();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  }

  /** A backup's record. @throws {CliError} where it cannot be read. */
  async read(when: string): Promise<BackupRecord> {
    const path = `${this.folder}/backups/${when}.json`;
    let read: unknown;
    try {
      read = JSON.parse(await Deno.readTextFile(path));
    } catch (error) {
      throw new CliError(`${path} cannot be read: ${(error as Error).message}`);
    }
    const { data, error } = recordSchema.safeParse(read);
    if (data) return data;
    const [issue] = error.issues;
    throw new CliError(
      `${path} is no backup's record: ${issue!.path.join(".")}: ${
        issue!.message
      }`,
    );
  }

  /** Writes a record down: from now on the backup is there. */
  async write(when: string, record: BackupRecord): Promise<void> {
    const path = `${this.folder}/backups/${when}.json`;
    const staged = `${this.folder}/backups/.${when}.json`;
    await Deno.writeTextFile(staged, JSON.stringify(record));
    using file = await Deno.open(staged, { write: true });
    await file.sync();
    await Deno.rename(staged, path);
  }

  /** Removes all but the newest backups, and the objects that none of those holds. @returns how many backups. */
  async keep(newest: number): Promise<number> {
    const all = await this.list();
    const gone = all.slice(0, Math.max(0, all.length - newest));
    for (const when of gone) {
      await Deno.remove(`${this.folder}/backups/${when}.json`);
    }
    const held = new Set<string>();
    for (const when of all.slice(gone.length)) {
      for (const { sha256 } of objectsOf(await this.read(when))) {
        held.add(sha256);
      }
    }
    for await (const { name, isDirectory } of Deno.readDir(this.#objects)) {
      const path = `${this.#objects}/${name}`;
      // What a backup that was killed left behind.
      if (!isDirectory) await Deno.remove(path);
      else {
        for await (const object of Deno.readDir(path)) {
          if (!held.has(object.name)) {
            await Deno.remove(`${path}/${object.name}`);
          }
        }
      }
    }
    return gone.length;
  }

  get #objects(): string {
    return `${this.folder}/objects`;
  }
}

/** Every object of a backup, with what it is of. */
export function objectsOf(
  { tables, files }: BackupRecord,
): (Stored & { of: string })[] {
  return [
    ...tables.flatMap(({ name, parts }) =>
      parts.map((part) => ({
        ...part,
        of: `table ${name}${part.day && ` of ${part.day}`}`,
      }))
    ),
    ...files.map((file) => ({ ...file, of: file.path })),
  ];
}
