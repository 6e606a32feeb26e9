/** What a task says before it starts. */
import assert from "node:assert/strict";
import { checkDeno, OLDEST_DENO } from "../../collector/cli/errors.ts";

Deno.test("a Deno that is too old is told in one sentence, which the READMEs agree with", async () => {
  for (const version of [OLDEST_DENO, "2.9.7", "2.10.0", "3.0.0", "2.9.6+1a"]) {
    checkDeno(version);
  }
  for (const version of ["2.7.14", "2.0.6", "1.46.3"]) {
    assert.throws(
      () => checkDeno(version),
      (error: Error) =>
        error.name === "CliError" &&
        error.message.startsWith(`This is Deno ${version}, and crowdtape `) &&
        !error.message.includes("\n"),
    );
  }
  for (const name of ["README.md", "README.ko.md"]) {
    const text = await Deno.readTextFile(
      new URL(`../../${name}`, import.meta.url),
    );
    assert.ok(text.includes(`Deno ${OLDEST_DENO}`), name);
  }
});
