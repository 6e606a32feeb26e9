/** One version, wherever a user can ask for it. */
import assert from "node:assert/strict";
import { api } from "../../collector/api/api.ts";
import { readPages } from "../../notebooks/site/pages.ts";
import { footer } from "../../notebooks/site/frame.ts";
import { i18n } from "../../notebooks/site/components/words/i18n.ts";
import { runTask } from "../support/run_task.ts";

const { version } = JSON.parse(await Deno.readTextFile("deno.json"));

Deno.test("tasks, API, pages and the list of changes say the same version", async () => {
  assert.match(version, /^\d+\.\d+\.\d+$/);
  for (const task of ["collect", "correlate", "preview"]) {
    const { code, out, err } = await runTask([task, "--version"]);
    assert.equal(code, 0, err);
    assert.equal(out, `crowdtape ${version}\n`);
  }
  const described = await api({ sql: null! }).request("/openapi.json");
  assert.equal((await described.json()).info.version, version);
  assert.match(
    footer("/en/index", i18n, await readPages()),
    new RegExp(`>crowdtape ${version.replaceAll(".", "\\.")}<`),
  );
  const changes = await Deno.readTextFile("CHANGELOG.md");
  const [, newest] = /^## (\S+)/m.exec(changes) ?? [];
  assert.equal(newest, version);
});
