/**
 * Tests that need more than Deno. Where the thing is missing the test is
 * skipped and its name says why; with `REQUIRE_ALL=1` it fails instead, unless
 * the thing is one that nobody can install.
 */

const exists = (path: string): boolean => {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
};

const onPath = (program: string): boolean =>
  (Deno.env.get("PATH") ?? "").split(":").some((dir) =>
    exists(`${dir}/${program}`)
  );

/** Runs a program quietly; one that is not there has not succeeded. */
const runs = (program: string, ...args: string[]): { success: boolean } => {
  try {
    return new Deno.Command(program, { args, stdout: "null", stderr: "null" })
      .outputSync();
  } catch {
    return { success: false };
  }
};

/** Recorded data that lies beside the repository, never in it. */
export const REAL = new URL("../../../shared/real/", import.meta.url);

/** The folder with PostgreSQL's server programs, or null. */
export const postgresPrograms: string | null = (() => {
  const root = "/usr/lib/postgresql";
  if (!exists(root)) return null;
  const versions = [...Deno.readDirSync(root)].map((entry) => entry.name)
    .filter((name) => exists(`${root}/${name}/bin/initdb`))
    .sort((a, b) => Number(b) - Number(a));
  return versions[0] ? `${root}/${versions[0]}/bin` : null;
})();

/** The library that gives a process another time, or null. */
export const fakeTimeLibrary: string | null = (() => {
  for (const machine of ["x86_64-linux-gnu", "aarch64-linux-gnu"]) {
    const path = `/usr/lib/${machine}/faketime/libfaketimeMT.so.1`;
    if (exists(path)) return path;
  }
  return null;
})();

/** Chromium's program, or null: the one without windows takes a third of the processor. */
export const chromiumProgram: string | null = [
  "/usr/bin/chromium-headless-shell",
  "/usr/bin/chromium",
].find(exists) ?? null;

/** Something that a test can need. */
interface Requirement {
  there(): boolean;
  /** What it is and how it comes to a machine. */
  remedy: string;
  /** False where `REQUIRE_ALL=1` lets it be missing; default true. */
  required?(): boolean;
}

const isRoot = Deno.build.os !== "windows" && Deno.uid() === 0;

/** Whether this process may mount: root, and not one in a closed container. */
const mayMount = (): boolean => {
  if (!isRoot) return false;
  const folder = Deno.makeTempDirSync();
  const mounted =
    runs("mount", "-t", "tmpfs", "-o", "size=1m", "none", folder).success;
  if (mounted) runs("umount", folder);
  Deno.removeSync(folder);
  return mounted;
};

const things = {
  real: {
    there: () => exists(REAL.pathname),
    remedy: "the recorded data in ../shared/real",
    // It is no part of the repository; where its folder lies, it lies there whole.
    required: () => exists(new URL("..", REAL).pathname),
  },
  postgres: {
    there: () => postgresPrograms !== null,
    remedy: "a PostgreSQL server (Debian: apt-get install postgresql)",
  },
  faketime: {
    there: () => fakeTimeLibrary !== null,
    remedy: "libfaketime (Debian: apt-get install faketime)",
  },
  pgcron: {
    there: () =>
      postgresPrograms !== null && exists(
        `/usr/share/postgresql/${
          postgresPrograms.split("/")[4]
        }/extension/pg_cron.control`,
      ),
    remedy: "pg_cron (Debian: apt-get install postgresql-15-cron)",
  },
  pgtap: {
    there: () =>
      ["15", "16", "17", "18"].some((v) =>
        exists(`/usr/share/postgresql/${v}/extension/pgtap.control`)
      ),
    remedy: "pgTAP (Debian: apt-get install postgresql-15-pgtap)",
  },
  chromium: {
    there: () => chromiumProgram !== null,
    remedy: "Chromium (Debian: apt-get install chromium-headless-shell)",
  },
  jupyter: {
    there: () => onPath("jupyter-nbconvert"),
    remedy: "Jupyter's nbconvert (pip install nbconvert jupyter-client)",
  },
  oracles: {
    there: () => {
      const { success } = runs(
        "python3",
        "-c",
        // To import them takes seconds.
        `from importlib.util import find_spec
exit(not all(map(find_spec, ["talib", "statsmodels", "arch", "scipy"])))`,
      );
      return success;
    },
    remedy:
      "Python with TA-Lib, statsmodels, arch and scipy (pip install TA-Lib statsmodels arch scipy)",
  },
  supabase: {
    there: () => onPath("supabase"),
    remedy: "the Supabase CLI (npm install -g supabase)",
  },
  strace: {
    there: () => runs("strace", "-qq", "-o", "/dev/null", "true").success,
    remedy: "strace that may trace (Debian: apt-get install strace)",
  },
  psql: {
    there: () => onPath("psql"),
    remedy: "psql (Debian: apt-get install postgresql-client)",
  },
  anotherUser: {
    there: () => isRoot && onPath("setpriv"),
    remedy: "root, to act as another user",
    required: () => false,
  },
  mounts: {
    there: mayMount,
    remedy: "root that may mount a file system",
    required: () => false,
  },
  loop: {
    there: () =>
      exists("/dev/loop-control") && onPath("mkfs.ext4") && onPath("perl") &&
      mayMount(),
    remedy: "root that may mount a loop device, mkfs.ext4 and perl",
    required: () => false,
  },
} satisfies Record<string, Requirement>;

/** What a test can need. */
export type Thing = keyof typeof things;

/** Whether a thing is there. */
export const available = (thing: Thing): boolean => things[thing].there();

/**
 * A test with requirements.
 * @example
 * ```ts
 * test("reads the recorded frames", ["real"], async () => { … });
 * ```
 */
export function test(
  name: string,
  requirements: Thing[],
  fn: (t: Deno.TestContext) => void | Promise<void>,
  options: Omit<Deno.TestDefinition, "name" | "fn" | "ignore"> = {},
): void {
  const missing = requirements.filter((thing) => !things[thing].there());
  const required = missing.some((thing) =>
    (things[thing] as Requirement).required?.() ?? true
  );
  if (missing.length === 0) {
    Deno.test({ name, fn, ...options });
    return;
  }
  const reason = `needs ${
    missing.map((thing) => things[thing].remedy).join(" and ")
  }`;
  if (required && Deno.env.get("REQUIRE_ALL") === "1") {
    Deno.test({
      name,
      fn: () => {
        throw new Error(`REQUIRE_ALL=1 and this test ${reason}`);
      },
    });
  } else {
    Deno.test({
      name: `${name} (skipped: ${reason})`,
      ignore: true,
      fn: () => {},
    });
  }
}
