import assert from "node:assert/strict";
import { REAL, test } from "../support/requirements.ts";
import { runTask } from "../support/run_task.ts";
import { NEIGHBOURS, sharedMarts } from "../support/site_fixture.ts";

/** The largest id of the made-up trades: a double would be off by one. */
const LAST = String(BigInt(NEIGHBOURS[0]) + 49n);

interface Cell {
  cell_type: string;
  outputs?: { output_type: string; data?: Record<string, string | string[]> }[];
}

/** All outputs of one kind in a notebook, as texts. */
async function outputs(path: string, type: string): Promise<string[]> {
  const { cells } = JSON.parse(await Deno.readTextFile(path)) as {
    cells: Cell[];
  };
  return cells.flatMap((cell) => cell.outputs ?? [])
    .map((output) => output.data?.[type])
    .filter((text) => text !== undefined)
    .map((text) => Array.isArray(text) ? text.join("") : text);
}

/** A home of its own, where Jupyter knows no kernel of Deno yet; packages are those of this machine. */
async function newHome(folder: string): Promise<Record<string, string>> {
  const home = `${folder}/home`;
  await Deno.mkdir(home);
  const kept = Deno.env.get("DENO_DIR") ??
    `${Deno.env.get("HOME")}/.cache/deno`;
  return { HOME: home, DENO_DIR: kept, JUPYTER_DATA_DIR: "" };
}

test(
  "every notebook runs on the Deno kernel, which nobody has installed before",
  ["jupyter"],
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "crowdtape-notebook-" });
    try {
      const { code, err } = await runTask([
        "notebook",
        "--execute",
        `--output=${folder}`,
      ], {
        ...await newHome(folder),
        CROWDTAPE_DATA: await sharedMarts(),
      });
      assert.equal(code, 0, err);
      const tables = await outputs(
        `${folder}/quickstart.ipynb`,
        "text/markdown",
      );
      const drawings = await outputs(
        `${folder}/quickstart.ipynb`,
        "image/svg+xml",
      );
      assert.equal(tables.length, 3);
      assert.equal(drawings.length, 2);
      assert.ok(
        tables.some((table) => /\| upbit \| KRW-BTC \| 50 \|/.test(table)),
      );
      assert.ok(
        tables.some((table) => table.includes(`| ${LAST} |`)),
        "ids as text",
      );
      for (const drawing of drawings) {
        assert.match(drawing, /^<svg/);
        assert.doesNotMatch(drawing, /NaN/);
        assert.ok(drawing.length > 3000);
      }
      await checkCorrelation(`${folder}/correlation.ipynb`, hasRecorded());
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

const RECORDED = new URL("series/joined_hourly_tweets_x_coinbase.csv", REAL);

const hasRecorded = (): boolean => {
  try {
    return Deno.statSync(RECORDED).isFile;
  } catch {
    return false;
  }
};

/** Holds an executed correlation notebook against what was planted and recorded. */
async function checkCorrelation(path: string, recorded: boolean) {
  const texts = await outputs(path, "text/markdown");
  const drawings = await outputs(path, "image/svg+xml");
  const reports = await outputs(path, "text/plain");
  const says = (words: RegExp) =>
    assert.ok(texts.some((text) => words.test(text)), String(words));
  says(/Planted at \+3\. .*prewhitened: \*\*\+3\*\*/);
  says(/\| talk, volume one hour later \| 4 \|\n\| volume, talk \| −3 \|/);
  for (
    const code of ["x_leads", "y_leads", "together", "nothing", "unit_roots"]
  ) says(new RegExp(`\\| \`${code}\` \\|`));
  says(/\| two random walks \| `unit_roots` \| Not interpretable/);
  says(
    /\| a rhythm \| 0\.276 \| 0\.235 … 0\.316 \| < 0\.001 \|.*\| `nothing` \|/,
  );
  says(/\| ten events \| .*\| `one_event` \|/);
  says(/\| 200 hours unknown \| 1816 \| `x_leads` \| 3 \|/);
  assert.equal(drawings.length, recorded ? 10 : 7);
  for (const drawing of drawings) assert.match(drawing, /^<svg/);
  for (const text of [...texts, ...drawings, ...reports]) {
    assert.doesNotMatch(text, /NaN|undefined|null|Infinity/);
  }
  if (recorded) {
    says(/\| logs \| 0\.560 \| 0\.456 \| 11,777 \| 61 \| 0\.441 … 0\.470 \|/);
    assert.equal(reports.length, 1);
    assert.match(
      reports[0]!,
      /n and Volume BTC move mostly in the same bucket/,
    );
    assert.doesNotMatch(reports[0]!, /leads/);
  } else {
    says(/The recorded series is not here: there is no file `.*\.csv`/);
    assert.equal(reports.length, 0);
  }
  // The saved outputs are those of a run: the same again wherever the file is.
  const saved = "notebooks/correlation.ipynb";
  const firstDrawings = (await outputs(saved, "image/svg+xml")).slice(0, 7);
  assert.deepEqual(drawings.slice(0, 7), firstDrawings);
  if (recorded) {
    assert.deepEqual(texts, await outputs(saved, "text/markdown"));
    assert.deepEqual(reports, await outputs(saved, "text/plain"));
  }
}

test("the correlation notebook runs where the recorded series is missing", [
  "jupyter",
], async () => {
  const folder = await Deno.makeTempDir({ prefix: "crowdtape-notebook-" });
  try {
    // The repository with nothing beside it.
    await Deno.mkdir(`${folder}/crowdtape/notebooks`, { recursive: true });
    for (
      const name of [
        "analytics",
        "collector",
        "supabase",
        "node_modules",
        "deno.json",
        "deno.lock",
        "notebooks/notebook.ts",
        "notebooks/correlation.ipynb",
      ]
    ) {
      await Deno.symlink(
        await Deno.realPath(name),
        `${folder}/crowdtape/${name}`,
      );
    }
    const { code, err } = await runTask(
      ["notebook", "--execute", `--output=${folder}`],
      {},
      `${folder}/crowdtape`,
    );
    assert.equal(code, 0, err);
    await checkCorrelation(`${folder}/correlation.ipynb`, false);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

test("a notebook without data fails with a sentence", ["jupyter"], async () => {
  const folder = await Deno.makeTempDir({ prefix: "crowdtape-notebook-" });
  try {
    const { code, err } = await runTask([
      "notebook",
      "--execute",
      `--output=${folder}`,
    ], {
      CROWDTAPE_DATA: `${folder}/nothing`,
    });
    assert.equal(code, 1);
    assert.match(
      err,
      /^error: notebooks\/quickstart\.ipynb failed: .*deno task demo --once/,
    );
    assert.equal(err.trim().split("\n").length, 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("without Jupyter the task says what to install", async () => {
  const { code, err } = await runTask(["notebook", "--execute"], {
    PATH: "/nonexistent",
  });
  assert.equal(code, 1);
  assert.match(err, /^error: Jupyter is not installed: .*pip install/);
  assert.equal(err.trim().split("\n").length, 1);
});

test(
  "where Jupyter does not look the kernel is of no use, and a sentence says so",
  [
    "jupyter",
  ],
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "crowdtape-notebook-" });
    try {
      const { code, err } = await runTask(["notebook", "--execute"], {
        ...await newHome(folder),
        JUPYTER_DATA_DIR: `${folder}/elsewhere`,
      });
      assert.equal(code, 1);
      assert.match(
        err,
        /^error: Deno's kernel was installed .*JUPYTER_DATA_DIR/,
      );
      assert.equal(err.trim().split("\n").length, 1);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

Deno.test("the notebooks in the repository hold their outputs", async () => {
  const path = "notebooks/quickstart.ipynb";
  assert.equal((await outputs(path, "image/svg+xml")).length, 2);
  assert.equal((await outputs(path, "text/markdown")).length, 3);
  await checkCorrelation("notebooks/correlation.ipynb", true);
});
