/** The pages' code as it stands in its folder: all of it checked, in rooms with one direction, in functions of a screen's length. */
import assert from "node:assert/strict";

const SITE = new URL("../../notebooks/site/", import.meta.url);

/** The rooms, each of which may use itself and those before it. */
const ROOMS = ["words", "parts", "charts", "pages"];

/** Lines of the longest function. */
const LONGEST = 80;

/** Paths and texts of the files below a folder of the site, without what a build leaves there. */
async function* files(folder = ""): AsyncGenerator<[path: string, URL]> {
  for await (const entry of Deno.readDir(new URL(folder, SITE))) {
    const path = `${folder}${entry.name}`;
    if (entry.isFile) yield [path, new URL(encodeURI(path), SITE)];
    else if (!entry.name.startsWith(".")) yield* files(`${path}/`);
  }
}

/** The components with their texts. */
async function components(): Promise<[path: string, text: string][]> {
  const found: [string, string][] = [];
  for await (const [path, url] of files("components/")) {
    if (path.endsWith(".ts")) found.push([path, await Deno.readTextFile(url)]);
  }
  assert.ok(found.length > 30, `${found.length} components`);
  return found;
}

Deno.test("no part of the site goes without a type check", async () => {
  for await (const [path] of files()) {
    assert.doesNotMatch(path, /\.[cm]?jsx?$/, `${path} is not TypeScript`);
  }
  for (const [path, text] of await components()) {
    assert.doesNotMatch(text, /@ts-(nocheck|ignore|expect-error)/, path);
  }
});

Deno.test("no page and no loader reads a sentence that a mart holds", async () => {
  for await (const [path, url] of files()) {
    if (!path.endsWith(".ts")) continue;
    const text = await Deno.readTextFile(url);
    assert.doesNotMatch(text, /verdict_(en|ko)/, path);
  }
});

Deno.test("pages use charts, charts use parts, parts use words, and never the other way round", async () => {
  for (const [path, text] of await components()) {
    const room = ROOMS.indexOf(path.split("/")[1]!);
    assert.ok(room >= 0, `${path} is in no room`);
    for (const [, from] of text.matchAll(/ from "(\.[^"]+)"/g)) {
      const { pathname } = new URL(from!, new URL(path, SITE));
      const used = pathname.split("/components/")[1]?.split("/")[0];
      if (used === undefined) continue;
      assert.ok(ROOMS.indexOf(used) <= room, `${path} uses ${from}`);
    }
  }
});

Deno.test("no function of a page is longer than a screen", async () => {
  for (const [path, text] of await components()) {
    if (path.startsWith("components/words/")) continue;
    const lines = text.split("\n");
    // As formatted, what begins in the first column ends in it.
    let begun = 0;
    for (const [i, line] of lines.entries()) {
      if (/^[a-z]/.test(line)) begun = i;
      if (!/^[})\]]/.test(line) || /[{(]$/.test(line)) continue;
      assert.ok(
        i - begun < LONGEST,
        `${path}:${begun + 1} has ${i - begun + 1} lines`,
      );
    }
  }
});
