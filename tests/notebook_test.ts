import assert from "node:assert/strict";
import { test } from "./needs.ts";
import { makeMarts, NEIGHBOURS } from "./site_fixture.ts";

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

/** Runs the task as a user does. */
async function task(args: string[], env: Record<string, string>) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "notebooks/notebook.ts", ...args],
    env,
  }).output();
  const text = new TextDecoder();
  return { code, out: text.decode(stdout), err: text.decode(stderr) };
}

test("every notebook runs on the Deno kernel", ["jupyter"], async () => {
  const folder = await Deno.makeTempDir({ prefix: "crowdtape-notebook-" });
  try {
    await makeMarts(`${folder}/data`);
    const { code, err } = await task(["--execute", `--output=${folder}`], {
      CROWDTAPE_DATA: `${folder}/data`,
    });
    assert.equal(code, 0, err);
    const tables = await outputs(`${folder}/quickstart.ipynb`, "text/markdown");
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
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

test("a notebook without data fails with a sentence", ["jupyter"], async () => {
  const folder = await Deno.makeTempDir({ prefix: "crowdtape-notebook-" });
  try {
    const { code, err } = await task(["--execute", `--output=${folder}`], {
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
  const { code, err } = await task(["--execute"], { PATH: "/nonexistent" });
  assert.equal(code, 1);
  assert.match(err, /^error: Jupyter is not installed: .*pip install/);
  assert.equal(err.trim().split("\n").length, 1);
});

Deno.test("the notebooks in the repository hold their outputs", async () => {
  const path = "notebooks/quickstart.ipynb";
  assert.equal((await outputs(path, "image/svg+xml")).length, 2);
  assert.equal((await outputs(path, "text/markdown")).length, 3);
});
