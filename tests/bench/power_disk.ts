/**
 * A disk whose power can be cut, made from a recording of what a process asked
 * of the real one.
 *
 * `strace` writes down every call that changes a file: what was written where,
 * what was renamed, removed, cut, and what was synced. Played again into
 * {@link PowerDisk}, the calls change only what waits in memory; a sync makes
 * safe what PostgreSQL may rely on and nothing else:
 *
 * - syncing a file makes its content safe, and its name with all that happened
 *   to names before (a journal is written in order);
 * - syncing a folder makes its names safe in the same way, and no content.
 *
 * A cut between any two calls leaves what is safe and, of what waits, as chance
 * has it: some of the changes of names, in their order; and of what was written,
 * any sectors of 512 bytes in any order, so that a page is torn and a later
 * write can be there without an earlier one. That is less than any disk and
 * file system promise, needs no rights, and one recording gives any number of
 * cuts.
 */
import { Buffer } from "node:buffer";

const CALLS =
  "openat,open,creat,write,writev,pwrite64,pwritev,pwritev2,fsync,fdatasync,ftruncate,truncate," +
  "rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,link,linkat,symlink,symlinkat," +
  "fallocate,copy_file_range,sendfile,sync_file_range,sync,syncfs,mmap";

/** Most bytes of one write; a longer one could not be played again. */
const LONGEST = 32 * 2 ** 20;

/** Starts a program whose calls are written to `trace`. */
export function record(trace: string, args: string[]): Deno.ChildProcess {
  return new Deno.Command("strace", {
    args: [
      ...["-f", "-y", "-qq", "--seccomp-bpf", "-s", String(LONGEST)],
      ...["-e", `trace=${CALLS}`, "-e", "signal=none", "-o", trace],
      ...args,
    ],
    env: { NO_COLOR: "1", DATABASE_URL: "" },
    stdout: "piped",
  }).spawn();
}

/** One call, or the beginning or end of one during which others went on. */
export interface Call {
  thread: string;
  name: string;
  /** Its arguments; empty where this is the end of a call. */
  args: string;
  /** What it returned; null where this is the beginning of a call. */
  result: number | null;
  ends: boolean;
}

/** The calls of a recording, in the order in which they began and ended. */
export async function* calls(trace: string): AsyncGenerator<Call> {
  for await (const line of lines(trace)) {
    const [, thread, rest] = /^(\d+) +([^]*)$/.exec(line) ?? [];
    if (!thread || !rest) continue;
    const resumed = /^<\.\.\. (\w+) resumed>/.exec(rest);
    const result = /\) += (-?\d+)[^"]*$/.exec(rest.slice(-400));
    if (resumed) {
      yield {
        thread,
        name: resumed[1]!,
        args: "",
        result: result ? Number(result[1]) : -1,
        ends: true,
      };
      continue;
    }
    const name = /^(\w+)\(/.exec(rest)?.[1];
    if (!name) continue;
    const begun = rest.endsWith("<unfinished ...>");
    yield {
      thread,
      name,
      args: rest.slice(name.length + 1),
      result: begun ? null : result ? Number(result[1]) : -1,
      ends: false,
    };
  }
}

async function* lines(path: string): AsyncGenerator<string> {
  using file = await Deno.open(path);
  const part = Buffer.alloc(1 << 20);
  let held: string[] = [];
  for (;;) {
    const read = await file.read(part);
    if (read === null) break;
    const text = part.toString("latin1", 0, read);
    let from = 0;
    for (let at; (at = text.indexOf("\n", from)) >= 0; from = at + 1) {
      held.push(text.slice(from, at));
      yield held.join("");
      held = [];
    }
    held.push(text.slice(from));
  }
}

type Change = { at: number; bytes: Uint8Array } | { size: number };

/** The content of a file, whatever its name. */
class File {
  /** What is safe. */
  safe: Uint8Array = new Uint8Array(0);
  size = 0;
  /** What waits, in its order. */
  waiting: Change[] = [];
  /** Where the next write without an offset goes. */
  end = 0;

  apply(change: Change): void {
    if ("size" in change) {
      if (change.size < this.size) this.safe.fill(0, change.size, this.size);
      this.#grow(change.size);
      this.size = change.size;
      return;
    }
    const { at, bytes } = change;
    this.#grow(at + bytes.length);
    this.safe.set(bytes, at);
    this.size = Math.max(this.size, at + bytes.length);
  }

  #grow(size: number): void {
    if (size <= this.safe.length) return;
    const larger = new Uint8Array(Math.max(size, this.safe.length * 2));
    larger.set(this.safe);
    this.safe = larger;
  }

  /** What a cut leaves of it. */
  left(keep: number, random: () => number): Uint8Array {
    const copy = new File();
    copy.safe = this.safe.slice(0, this.size);
    copy.size = this.size;
    for (const change of this.waiting) {
      const whole = random();
      if ("size" in change) {
        if (whole < keep) copy.apply(change);
        continue;
      }
      const { at, bytes } = change;
      // A third of the writes is kept or lost as a whole, the others by sectors.
      const byMany = random() < 2 / 3;
      for (let from = 0; from < bytes.length;) {
        const sector = SECTOR - (at + from) % SECTOR;
        const to = Math.min(bytes.length, from + sector);
        if ((byMany ? random() : whole) < keep) {
          copy.apply({ at: at + from, bytes: bytes.subarray(from, to) });
        }
        from = to;
      }
    }
    return copy.safe.subarray(0, copy.size);
  }
}

const SECTOR = 512;

/** A change of names. */
interface Naming {
  make(names: Names): void;
  /** The paths and the file that it is about. */
  about: string[];
  file: File | null;
}
/** Path to file; null for a folder. */
type Names = Map<string, File | null>;

/** What a process has done to a folder, and what of it is safe. */
export class PowerDisk {
  #now: Names = new Map();
  #safe: Names = new Map();
  #waiting: Naming[] = [];
  /** By thread: what the call that is under way will make safe. */
  #syncing = new Map<string, () => void>();
  /** A sync does nothing and says that it did. */
  lies = false;

  /** @param root the folder that counts; all else is passed over */
  constructor(readonly root: string) {
    this.#now.set(root, null);
    this.#safe.set(root, null);
  }

  /** @throws when the call is one that cannot be played again. */
  play(call: Call): void {
    const { name, args, result, ends, thread } = call;
    if (ends) {
      // What was written counts from its beginning; a sync only from its end.
      const sync = this.#syncing.get(thread);
      this.#syncing.delete(thread);
      if (sync && result === 0) sync();
      return;
    }
    if (!args.includes(this.root)) return;
    if (result !== null && result < 0) return;
    switch (name) {
      case "open":
      case "openat":
        return this.#open(args);
      case "pwrite64":
      case "write": {
        const file = this.#of(args);
        if (!file) return;
        const { text, after } = quoted(args);
        const bytes = unescaped(text);
        const offset = name === "write"
          ? file.end
          : Number(/^, \d+, (\d+)/.exec(after)![1]);
        if (name === "write") file.end += bytes.length;
        file.waiting.push({ at: offset, bytes });
        return;
      }
      case "ftruncate": {
        const size = Number(/>, (\d+)/.exec(args)![1]);
        this.#of(args)?.waiting.push({ size });
        return;
      }
      case "truncate": {
        const { text, after } = quoted(args);
        const size = Number(/^, (\d+)/.exec(after)![1]);
        this.#now.get(text)?.waiting.push({ size });
        return;
      }
      case "fsync":
      case "fdatasync": {
        const sync = this.#sync(descriptor(args));
        if (result === null) this.#syncing.set(thread, sync);
        else sync();
        return;
      }
      case "mkdir":
        return this.#name([quoted(args).text], null, (names, [path]) => {
          names.set(path!, null);
        });
      case "unlink":
      case "rmdir":
        return this.#remove(quoted(args).text);
      case "unlinkat":
        return this.#remove(at(args));
      case "rename":
      case "renameat":
      case "renameat2": {
        const first = quoted(args);
        const second = quoted(first.after);
        return this.#rename(first.text, second.text);
      }
      case "mmap":
        if (/MAP_SHARED/.test(args) && /PROT_WRITE/.test(args)) break;
        return;
      case "sync_file_range":
        return;
    }
    throw new Error(`cannot play ${name}(${args.slice(0, 200)} again`);
  }

  /**
   * Writes what a cut at this moment leaves to a folder.
   * @param keep share of what waits that is there all the same: 0 leaves what was synced alone
   */
  async cut(
    folder: string,
    keep: number,
    random: () => number,
  ): Promise<void> {
    const names = new Map(this.#safe);
    const some = keep === 0
      ? 0
      : Math.floor(random() * (this.#waiting.length + 1));
    for (const naming of this.#waiting.slice(0, some)) naming.make(names);
    await Deno.mkdir(folder, { recursive: true });
    for (const path of [...names.keys()].sort()) {
      const file = names.get(path);
      const to = folder + path.slice(this.root.length);
      if (file === null) await Deno.mkdir(to, { recursive: true });
      else if (file) await Deno.writeFile(to, file.left(keep, random));
    }
  }

  #open(args: string): void {
    const { text, after } = quoted(args);
    const path = text.startsWith("/") ? text : `${descriptor(args)}/${text}`;
    const flags = /^, ([A-Z_|]+)/.exec(after)![1]!;
    if (!this.#inside(path)) return;
    let file = this.#now.get(path);
    if (file === undefined) {
      if (!flags.includes("O_CREAT")) return;
      const made = file = new File();
      this.#name([path], made, (names, [path]) => names.set(path!, made));
    }
    if (!file) return;
    if (flags.includes("O_TRUNC")) {
      file.waiting.push({ size: 0 });
      file.end = 0;
    } else if (!flags.includes("O_APPEND")) file.end = 0;
  }

  #remove(path: string): void {
    this.#name([path], this.#now.get(path) ?? null, (names, [path]) => {
      names.delete(path!);
    });
  }

  #rename(from: string, to: string): void {
    const file = this.#now.get(from) ?? null;
    this.#name([from, to], file, (names) => {
      const moved = [...names].filter(([path]) =>
        path === from || path.startsWith(`${from}/`)
      );
      for (const [path] of moved) names.delete(path);
      for (const [path, file] of moved) {
        names.set(to + path.slice(from.length), file);
      }
    });
  }

  #name(
    about: string[],
    file: File | null,
    act: (names: Names, about: string[]) => void,
  ): void {
    if (!about.some((path) => this.#inside(path))) return;
    const naming = {
      about,
      file,
      make: (names: Names) => act(names, about),
    };
    naming.make(this.#now);
    this.#waiting.push(naming);
  }

  /** What a sync that begins now makes safe when it has ended. */
  #sync(path: string): () => void {
    const file = this.#now.get(path);
    if (file === undefined || this.lies) return () => {};
    const written = file?.waiting.at(-1);
    const last = this.#waiting.findLast((naming) =>
      file
        ? naming.file === file
        : naming.about.some((about) =>
          about === path || about.slice(0, about.lastIndexOf("/")) === path
        )
    );
    return () => {
      for (const change of upTo(written, file?.waiting ?? [])) {
        file!.apply(change);
      }
      for (const naming of upTo(last, this.#waiting)) naming.make(this.#safe);
    };
  }

  #of(args: string): File | null {
    return this.#now.get(descriptor(args)) ?? null;
  }

  #inside(path: string): boolean {
    return path === this.root || path.startsWith(`${this.root}/`);
  }
}

/** Takes off a list what comes up to one of it. */
function upTo<T>(last: T | undefined, list: T[]): T[] {
  return last === undefined ? [] : list.splice(0, list.indexOf(last) + 1);
}

/** The path of a call's first argument, a descriptor: `15</path>`. */
function descriptor(args: string): string {
  return /^(?:\d+|AT_FDCWD)<([^>]*)>/.exec(args)?.[1] ?? "";
}

/** The path of unlinkat and its like. */
function at(args: string): string {
  const { text } = quoted(args);
  return text.startsWith("/") ? text : `${descriptor(args)}/${text}`;
}

/** The first quoted argument and what follows it. */
function quoted(args: string): { text: string; after: string } {
  const from = args.indexOf('"');
  let to = from + 1;
  for (;;) {
    to = args.indexOf('"', to);
    if (to < 0) throw new Error(`no end of text in ${args.slice(0, 200)}`);
    let escapes = 0;
    while (args[to - 1 - escapes] === "\\") escapes++;
    if (escapes % 2 === 0) break;
    to++;
  }
  const after = args.slice(to + 1);
  if (after.startsWith("...")) throw new Error("a write was recorded in part");
  return { text: args.slice(from + 1, to), after };
}

const ESCAPES: Record<string, number> = { n: 10, r: 13, t: 9, v: 11, f: 12 };

/** The bytes of a text as strace writes it: `\n`, `\"`, `\0`, `\377`. */
function unescaped(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  let size = 0;
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (code === 92) {
      const next = text[++i]!;
      if (next >= "0" && next <= "7") {
        code = 0;
        let digits = 0;
        for (; digits < 3; digits++) {
          const digit = text.charCodeAt(i + digits) - 48;
          if (!(digit >= 0 && digit <= 7)) break;
          code = code * 8 + digit;
        }
        i += digits - 1;
      } else code = ESCAPES[next] ?? next.charCodeAt(0);
    }
    bytes[size++] = code;
  }
  return bytes.slice(0, size);
}
