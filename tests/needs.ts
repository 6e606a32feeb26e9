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
export const REAL = new URL("../../shared/real/", import.meta.url);

/** The folder with PostgreSQL's server programs, or null. */
export const postgresPrograms: string | null = (() => {
  const root = "/usr/lib/postgresql";
  if (!exists(root)) return null;
  const versions = [...Deno.readDirSync(root)].map((entry) => entry.name)
    .filter((name) => exists(`${root}/${name}/bin/initdb`))
    .sort((a, b) => Number(b) - Number(a));
  return versions[0] ? `${root}/${versions[0]}/bin` : null;
})();

/** Something that a test can need. */
interface Needed {
  there(): boolean;
  /** What it is and how it comes to a machine. */
  remedy: string;
  /** False where `REQUIRE_ALL=1` lets it be missing; default true. */
  required?(): boolean;
}

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
  pgtap: {
    there: () =>
      ["15", "16", "17", "18"].some((v) =>
        exists(`/usr/share/postgresql/${v}/extension/pgtap.control`)
      ),
    remedy: "pgTAP (Debian: apt-get install postgresql-15-pgtap)",
  },
  chromium: {
    there: () => exists("/usr/bin/chromium"),
    remedy: "Chromium (Debian: apt-get install chromium)",
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
        "import talib, statsmodels, arch, scipy",
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
} satisfies Record<string, Needed>;

/** What a test can need. */
export type Thing = keyof typeof things;

/**
 * A test with needs.
 * @example
 * ```ts
 * test("reads the recorded frames", ["real"], async () => { … });
 * ```
 */
export function test(
  name: string,
  needs: Thing[],
  fn: (t: Deno.TestContext) => void | Promise<void>,
  options: Omit<Deno.TestDefinition, "name" | "fn" | "ignore"> = {},
): void {
  const missing = needs.filter((need) => !things[need].there());
  const required = missing.some((need) =>
    (things[need] as Needed).required?.() ?? true
  );
  if (missing.length === 0) {
    Deno.test({ name, fn, ...options });
    return;
  }
  const reason = `needs ${
    missing.map((need) => things[need].remedy).join(" and ")
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
