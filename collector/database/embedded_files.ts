/**
 * The files of the embedded PostgreSQL, in a folder of the disk.
 *
 * PostgreSQL keeps its promises by the order of its writes and its syncs.
 * PGlite on its own lets every sync succeed without doing it, and switches
 * them off. Here each one reaches the disk, so that PostgreSQL's own protocol
 * holds: the log is synced before a commit is answered, pages before the log
 * that explains them is reused, a new file before it takes its name.
 */
import nodeFs from "node:fs";
import { PGlite } from "@electric-sql/pglite";
import { EmscriptenBuiltinFilesystem } from "@electric-sql/pglite/basefs";
import { removeTree, syncFolder, syncTree } from "./durable.ts";

/** Where PGlite looks for its folder. */
const MOUNT = "/pglite/data";

/**
 * PGlite's defaults without `-F` (no syncs). The log is synced with fsync, for
 * PGlite's fdatasync does nothing. On the command line, so that no setting kept
 * in the folder overrides them.
 */
const ARGUMENTS = [
  ...(PGlite as unknown as { defaultStartParams: string[] })
    .defaultStartParams.filter((argument) => argument !== "-F"),
  ...[
    "fsync=on",
    "full_page_writes=on",
    "wal_sync_method=fsync",
    "max_wal_size=256MB",
  ].flatMap((setting) => ["-c", setting]),
];

/** What ended a backend: its own last words. */
export type Ended = (reason: string) => void;

/** Emscripten's part of PGlite that is used here. */
interface Module {
  FS: {
    filesystems: { NODEFS: NodeFiles };
    mkdir(path: string): void;
    mount(files: NodeFiles, options: { root: string }, at: string): void;
    quit(): void;
  };
}
interface NodeFiles {
  realPath(node: unknown): string;
  tryFSOperation(act: () => void): void;
  stream_ops: { fsync?: (stream: Stream) => number };
}
interface Stream {
  node: unknown;
  /** The file's number; a folder has none. */
  nfd?: number;
}
type Options = Awaited<
  ReturnType<EmscriptenBuiltinFilesystem["init"]>
>["emscriptenOpts"];

/** A line of PostgreSQL's log: time, process, rank, words. */
const SAID = /^\S+ \S+ \S+ \[\d+\] (ERROR|FATAL|PANIC): +(.*)/;

/**
 * NODEFS of Emscripten with real syncs. PGlite goes on after a FATAL or a PANIC,
 * with a state that PostgreSQL has given up: here it ends there, for every
 * function of it fails from then on.
 */
class SyncedFiles extends EmscriptenBuiltinFilesystem {
  /** The error that PostgreSQL told last on its standard error. */
  said = "";
  /** Whether PGlite has opened it; what goes wrong before, it throws. */
  opened = false;
  #folder: string;
  #ended: Ended;
  #module: Module | null = null;

  constructor(folder: string, ended: Ended) {
    super(folder);
    this.#folder = folder;
    this.#ended = ended;
  }

  override init(pg: PGlite, options: Options) {
    this.pg = pg;
    const mount = (module: unknown) => {
      const { FS } = this.#module = module as Module;
      const files = FS.filesystems.NODEFS;
      files.stream_ops.fsync = (stream) => {
        files.tryFSOperation(() => sync(stream, files.realPath(stream.node)));
        return 0;
      };
      FS.mkdir(MOUNT);
      FS.mount(files, { root: this.#folder }, MOUNT);
    };
    const emscriptenOpts = {
      ...options,
      printErr: (line: string) => {
        const [, rank, words] = SAID.exec(line) ?? [];
        if (!rank || !words) return;
        this.said = words;
        if (rank !== "ERROR") this.#end();
      },
      onAbort: () => this.#end(),
      preRun: [...(options.preRun ?? []), mount],
    } as Options;
    return Promise.resolve({ emscriptenOpts });
  }

  /** @throws always, once it has been opened */
  #end(): void {
    if (!this.opened) return;
    const reason = this.said || "it stopped without a word";
    const fail = () => {
      throw new Error(reason);
    };
    const module = this.#module as unknown as Record<string, unknown>;
    for (const [name, value] of Object.entries(module)) {
      if (typeof value === "function") module[name] = fail;
    }
    this.#ended(reason);
    fail();
  }

  override closeFs(): Promise<void> {
    this.#module!.FS.quit();
    return Promise.resolve();
  }
}

function sync({ nfd }: Stream, path: string): void {
  if (nfd !== undefined) return nodeFs.fsyncSync(nfd);
  // A file's name is safe once its folder is; Windows has no way to ask for it.
  if (Deno.build.os === "windows") return;
  const folder = nodeFs.openSync(path, "r");
  try {
    nodeFs.fsyncSync(folder);
  } finally {
    nodeFs.closeSync(folder);
  }
}

/**
 * Opens the PostgreSQL under a folder, which is made when it is not there. After
 * a crash PostgreSQL repeats its log.
 * @param ended called when PostgreSQL gives up, as on a full disk: every later
 * call of the PGlite fails
 * @throws with PostgreSQL's own words when it cannot be opened.
 */
export async function openPostgres(
  folder: string,
  ended: Ended,
): Promise<PGlite> {
  if (!(await isFile(`${folder}/PG_VERSION`))) await make(folder, ended);
  await Deno.chmod(folder, 0o700);
  // The caller's lock says that no other process is there; a power cut may have left this one empty.
  await Deno.remove(`${folder}/postmaster.pid`).catch(() => {});
  return await start(folder, ended);
}

/** What a number of Emscripten's means, of those that a disk can answer. */
const ERRORS: Record<number, string> = {
  2: "Permission denied",
  19: "Disk quota exceeded",
  29: "Input/output error",
  51: "No space left on device",
  63: "Operation not permitted",
  69: "Read-only file system",
};

async function start(folder: string, ended: Ended): Promise<PGlite> {
  const fs = new SyncedFiles(folder, ended);
  try {
    const db = await PGlite.create({ fs, startParams: ARGUMENTS });
    fs.opened = true;
    return db;
  } catch (error) {
    const { errno } = error as { errno?: number };
    const said = fs.said || (errno !== undefined && ERRORS[errno]);
    throw said ? new Error(said) : error;
  }
}

/** Makes it beside its place and moves it there once it is safe: after a power cut it is whole or not there. */
async function make(folder: string, ended: Ended): Promise<void> {
  const begun = `${folder}.new`;
  await removeTree(begun);
  await Deno.mkdir(begun, { mode: 0o700 });
  const db = await start(begun, ended);
  await db.close();
  await syncTree(begun);
  await Deno.rename(begun, folder);
  await syncFolder(`${folder}/..`);
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
