import assert from "node:assert/strict";
import { dirname } from "node:path";
import { judge, problemsUnder } from "./import_rules.ts";

/** Files under a root of their own, gone after `use`. */
async function withFiles(
  files: Record<string, string>,
  use: (root: string) => Promise<void>,
): Promise<void> {
  const root = `${await Deno.realPath(await Deno.makeTempDir())}/`;
  try {
    for (
      const [path, text] of Object.entries({ "deno.json": "{}", ...files })
    ) {
      await Deno.mkdir(dirname(root + path), { recursive: true });
      await Deno.writeTextFile(root + path, text);
    }
    await use(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("what imports a later room is named, types included; what imports an earlier one is not", () =>
  withFiles({
    "collector/model/wire.ts": `import "../../tests/wire_test.ts";`,
    "collector/net/feed.ts": `import "../model/wire.ts"; export type A = 1;`,
    "collector/store/store.ts":
      `import type { A } from "../net/feed.ts"; export type B = A;`,
    "analytics/analyze.ts": `import type { C } from "../notebooks/site.ts";
      import type { B } from "../collector/store/store.ts"; export type D = B | C;`,
    "notebooks/site.ts":
      `export type C = 1; await import("../collector/net/feed.ts");`,
    "tests/wire_test.ts": "",
  }, async (root) => {
    const after = ", which stands after it in the order";
    assert.deepEqual(await problemsUnder(root), [
      `analytics/analyze.ts imports notebooks/site.ts${after}`,
      `collector/model/wire.ts imports tests/wire_test.ts${after}`,
      `collector/store/store.ts imports collector/net/feed.ts${after}`,
    ]);
  }));

Deno.test("each circle is named once, also one of types alone and one of three", () =>
  withFiles({
    "collector/net/a.ts": `import type { B } from "./b.ts"; export type A = B;`,
    "collector/net/b.ts":
      `import type { A } from "./a.ts"; export type B = 1 | A[];`,
    "collector/watch/c.ts": `import "./d.ts"; import "../net/a.ts";`,
    "collector/watch/d.ts": `import "./e.ts";`,
    "collector/watch/e.ts": `import "./c.ts";`,
    "notebooks/site/components/page.js": "",
  }, async (root) => {
    assert.deepEqual(await problemsUnder(root), [
      "circle: collector/net/a.ts, collector/net/b.ts",
      "circle: collector/watch/c.ts, collector/watch/d.ts, collector/watch/e.ts",
      "not type-checked: notebooks/site/components/page.js",
    ]);
  }));

Deno.test("a known problem is let through, and must be forgotten once it is solved", () => {
  assert.deepEqual(judge(["circle: a, b"], ["circle: a"]), []);
  assert.deepEqual(judge(["circle: a, b"], []), ["circle: a, b"]);
  assert.deepEqual(judge([], ["circle: a"]), [
    "solved, so no longer known: circle: a",
  ]);
});
