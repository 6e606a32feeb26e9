/** What a machine lacks is skipped or required, each where it should be. */
import assert from "node:assert/strict";

/** How a test that needs the recorded data ends in a repository with these folders beside it. */
async function ends(beside: string[]): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "crowdtape-requirements-" });
  try {
    const tests = `${folder}/clone/tests/support`;
    await Deno.mkdir(tests, { recursive: true });
    for (const path of beside) {
      await Deno.mkdir(`${folder}/${path}`, { recursive: true });
    }
    await Deno.copyFile(
      new URL("./requirements.ts", import.meta.url),
      `${tests}/requirements.ts`,
    );
    await Deno.writeTextFile(
      `${tests}/some_test.ts`,
      `import { test } from "./requirements.ts"; test("some", ["real"], () => {});`,
    );
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "-A", "--no-check", "--no-config", tests],
      env: { NO_COLOR: "1", REQUIRE_ALL: "1" },
      stderr: "null",
    }).output();
    const text = new TextDecoder().decode(stdout);
    return /^some.*$/m.exec(text)![0].replace(/ \([^)]*s\)$/, "");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("REQUIRE_ALL=1 wants the recorded data where their folder lies, and skips them elsewhere", async () => {
  assert.equal(
    await ends([]),
    "some (skipped: needs the recorded data in ../shared/real) ... ignored",
  );
  assert.equal(await ends(["shared"]), "some ... FAILED");
  assert.equal(await ends(["shared/real"]), "some ... ok");
});
