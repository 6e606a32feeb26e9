import assert from "node:assert/strict";
import { countsOf, sideBySide, skipsOf, testFiles } from "./run_tests.ts";
import { runTask } from "./run_task.ts";

Deno.test("what deno test says is counted, steps and ignored ones aside", () => {
  const output = `the API (skipped: needs psql (Debian: apt)) ... ignored (0ms)
ok | 3 passed (21 steps) | 0 failed | 1 ignored (6s)
`;
  assert.deepEqual(countsOf(output), { passed: 3, failed: 0 });
  assert.deepEqual(skipsOf(output), ["needs psql (Debian: apt)"]);
  assert.deepEqual(
    countsOf("FAILED | 2 passed (21 steps) | 1 failed (6s)"),
    { passed: 2, failed: 1 },
  );
  assert.deepEqual(countsOf("error: Module not found"), {
    passed: 0,
    failed: 0,
  });
});

Deno.test("the longest file comes first, and files that wait share a processor", async () => {
  const costs: Record<string, [number, number]> = {
    waits: [60, 0.3],
    "waits too": [50, 0.4],
    counts: [40, 1],
    "counts too": [30, 1],
    "by itself": [20, 3],
    short: [1, 0.3],
  };
  const begun: string[] = [];
  const end = new Map<string, () => void>();
  const all = sideBySide(Object.keys(costs).toReversed(), 2, (file) => {
    begun.push(file);
    return new Promise((resolve) => end.set(file, resolve));
  }, (file) => costs[file]!);
  const after = async (file?: string) => {
    if (file) end.get(file)!();
    await new Promise((wake) => setTimeout(wake));
    return begun.splice(0);
  };
  assert.deepEqual(await after(), ["waits", "waits too", "counts", "short"]);
  assert.deepEqual(await after("waits"), []);
  assert.deepEqual(await after("counts"), ["counts too"]);
  assert.deepEqual(await after("counts too"), []);
  assert.deepEqual(await after("short"), []);
  assert.deepEqual(await after("waits too"), ["by itself"]);
  end.get("by itself")!();
  await all;
});

Deno.test("a file that fails, hangs on to a process or does not load costs the others nothing", async () => {
  const folder = await Deno.makeTempDir({ dir: "tests" });
  try {
    const file = (name: string, text: string) =>
      Deno.writeTextFile(`${folder}/${name}_test.ts`, text);
    await file("a", `Deno.test("fine", () => {});`);
    await file("b", `Deno.test("not fine", () => { throw new Error("no"); });`);
    await file("c", `import "./nowhere.ts";`);
    await file(
      "d",
      `Deno.test("leaves a process", () => {
  const child = new Deno.Command("sleep", { args: ["600"] }).spawn();
  Deno.writeTextFileSync("${folder}/pid", String(child.pid));
  child.unref();
});`,
    );
    assert.equal(testFiles(folder).length, 4);
    const { code, out } = await runTask(["test", folder]);
    assert.equal(code, 1, out);
    assert.match(out, /ok {5}tests\/.*a_test\.ts \(1 passed/);
    assert.match(out, /FAILED tests\/.*b_test\.ts \(0 passed, 1 failed/);
    assert.match(out, /FAILED tests\/.*c_test\.ts \(0 passed, 1 failed/);
    assert.match(out, /once more, by itself: tests\/.*b_test\.ts/);
    assert.match(out, /\n\d passed, [23] failed\n$/);
    const pid = await Deno.readTextFile(`${folder}/pid`);
    const status = await Deno.readTextFile(`/proc/${pid}/status`)
      .catch(() => "State:\tX (gone)");
    assert.match(status, /State:\s+[XZ]/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a path that is not there is one sentence", async () => {
  const { code, err } = await runTask(["test", "tests/nowhere"]);
  assert.equal(code, 1);
  assert.equal(err, "error: There is no tests/nowhere.\n");
});
