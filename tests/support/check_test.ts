import assert from "node:assert/strict";
import { runTask } from "./run_task.ts";
import { concerned } from "./check.ts";

Deno.test("a change concerns its own tests first, then those that import it, no others", () => {
  const tests = new Map([
    ["tests/a/one_test.ts", `import "../../collector/store/store.ts";`],
    ["tests/a/two_test.ts", `import "../support/run_task.ts";`],
    ["tests/b/three_test.ts", `import "../../collector/store/spool_store.ts";`],
    ["tests/b/four_test.ts", ""],
  ]);
  assert.deepEqual(
    concerned(
      ["collector/store/store.ts", "tests/b/four_test.ts", "README.md"],
      tests,
    ),
    ["tests/b/four_test.ts", "tests/a/one_test.ts"],
  );
  assert.deepEqual(concerned(["tests/support/run_task.ts"], tests), [
    "tests/a/two_test.ts",
  ]);
  assert.deepEqual(concerned([], tests), []);
});

Deno.test("the task says what it checks", async () => {
  const { code, out } = await runTask(["check", "--help"]);
  assert.equal(code, 0);
  assert.match(out, /deno task check/);
});
