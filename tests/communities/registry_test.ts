/** What is declared of a community, and what derives from it. */
import assert from "node:assert/strict";
import * as list from "../../collector/communities/list.ts";
import { communities } from "../../collector/communities/registry.ts";
import { countedSeries } from "../../collector/communities/watch.ts";
import { checkConfig } from "../../collector/config.ts";
import {
  communitySimulators,
  sandboxTokens,
} from "../../collector/sandbox/community_simulators.ts";

const ROOT = new URL("../../", import.meta.url);

Deno.test("a community stands in the list and in the registry under its id, with names in both languages and a simulator", () => {
  for (const [name, community] of Object.entries(list)) {
    assert.equal(community.id, name);
    assert.equal(communities[name], community);
    assert.ok(community.names.en && community.names.ko, name);
  }
  assert.deepEqual(
    communitySimulators.map(({ id }) => id),
    Object.keys(communities),
  );
  assert.deepEqual(
    Object.keys(checkConfig({}, "a test").communities),
    ["dcinside", "x"],
  );
});

Deno.test("each community can be configured, by its own hosts where nothing else is said, and names its series", () => {
  for (const id of Object.keys(communities)) {
    const config = checkConfig({ communities: { [id]: {} } }, "a test");
    const [[name, settings] = ["", {}]] = Object.entries(config.communities);
    assert.equal(name, id);
    assert.match(JSON.stringify(settings), /"(https|wss):\/\//, id);
    const { series, every } = countedSeries(id, settings);
    assert.ok(series.length > 0 && every >= 60, id);
  }
  assert.throws(
    () => checkConfig({ communities: { nowhere: {} } }, "a test"),
    (error: Error) =>
      Object.keys(communities).every((id) => error.message.includes(id)),
  );
});

Deno.test("a token may be read by the collector, and the simulator accepts one", async () => {
  const { tasks } = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", ROOT)),
  );
  const [, variables = ""] = /--allow-env=([\w,*]+)/.exec(
    tasks.collect.command,
  )!;
  const wanted = Object.values(communities)
    .flatMap(({ token }) => token ? [token.variable] : []);
  assert.ok(wanted.length > 0);
  assert.deepEqual(Object.keys(sandboxTokens).sort(), wanted.sort());
  for (const variable of wanted) {
    assert.ok(variables.split(",").includes(variable), variable);
  }
});

/** The code below some folders, without what a build leaves there. */
async function* code(folders: string[]): AsyncGenerator<[string, string]> {
  for (const folder of folders) {
    for await (const entry of Deno.readDir(new URL(folder, ROOT))) {
      const path = `${folder}${entry.name}`;
      if (entry.isDirectory && !/^(\.|node_modules)/.test(entry.name)) {
        yield* code([`${path}/`]);
      } else if (/\.(ts|sql|css)$/.test(entry.name)) {
        yield [path, await Deno.readTextFile(new URL(encodeURI(path), ROOT))];
      }
    }
  }
}

Deno.test("no mart, page, API, audit or watch names a community", async () => {
  const ids = Object.keys(communities);
  // One letter may be anything; as a source it is compared or given.
  const named = new RegExp(
    `["'\`](${ids.filter((id) => id.length > 1).join("|")})["'\`]` +
      `|\\bsource['"]?\\s*(=+|!==|<>|:|(not )?in \\()\\s*["'](${
        ids.join("|")
      })["']`,
  );
  assert.match("where source <> 'x'", named);
  assert.match('group.source === "x"', named);
  assert.match('source: "dcinside"', named);
  const found: string[] = [];
  for await (
    const [path, text] of code([
      "analytics/",
      "notebooks/",
      "collector/api/",
      "collector/audit/",
      "collector/store/",
      "collector/watch/",
    ])
  ) {
    for (const line of text.split("\n")) {
      if (named.test(line)) found.push(`${path}: ${line.trim()}`);
    }
  }
  assert.deepEqual(found, []);
});
