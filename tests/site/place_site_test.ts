/** A site is put in place while it is read, and nothing else is touched. */
import assert from "node:assert/strict";
import { checkOutput, filesOf, placeSite } from "../../notebooks/place_site.ts";
import { preview } from "../../notebooks/preview.ts";
import { runTask } from "../support/run_task.ts";
import {
  bareMarts,
  buildAt,
  sharedBareSite,
  sharedMarts,
} from "../support/site_fixture.ts";

const HOUR = 3_600_000;

async function withFolder(run: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir({ prefix: "crowdtape-place-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A build with one page, a file that only this build has and one that all have. */
async function buildOf(folder: string, name: string): Promise<string> {
  const built = `${folder}/built-${name}`;
  await Deno.mkdir(`${built}/_file/data`, { recursive: true });
  await Deno.mkdir(`${built}/en`, { recursive: true });
  await Deno.writeTextFile(`${built}/_file/data/${name}.json`, name);
  await Deno.writeTextFile(`${built}/_file/all.0123abcd.js`, "all");
  await Deno.writeTextFile(`${built}/index.html`, name);
  await Deno.writeTextFile(
    `${built}/en/index.html`,
    `<a href="/_file/data/${name}.json">${name}</a>`,
  );
  return built;
}

/** Reads a site without a pause until it is told to stop; each page with what it asks for. */
function readConstantly(dist: string, paths: string[]) {
  const app = preview({ dist, api: "http://127.0.0.1:9" });
  const stop = new AbortController();
  const wrong: string[] = [];
  let answers = 0;
  const ask = async (path: string): Promise<string> => {
    const response = await app.request(path);
    const text = await response.text();
    answers++;
    if (response.status !== 200) wrong.push(`${response.status} ${path}`);
    return text;
  };
  const done = (async () => {
    while (!stop.signal.aborted) {
      for (const path of paths) {
        const text = await ask(path);
        for (const [, file] of text.matchAll(/"[./]*(_file\/[^"\\]+)"/g)) {
          await ask(`/${file}`);
        }
        // Whoever builds gets a turn.
        await new Promise((wake) => setTimeout(wake));
      }
    }
  })();
  return async () => {
    stop.abort();
    await done;
    return { wrong, answers };
  };
}

Deno.test("ten builds put in place under constant reading: every answer is 200", async () => {
  await withFolder(async (folder) => {
    const dist = `${folder}/dist`;
    await placeSite(await buildOf(folder, "0"), dist);
    const stop = readConstantly(dist, ["/", "/en/", "/_file/data/0.json"]);
    for (let n = 1; n <= 10; n++) {
      await placeSite(await buildOf(folder, `${n}`), dist);
      const page = await Deno.readTextFile(`${dist}/en/index.html`);
      assert.match(page, new RegExp(`>${n}<`));
      // A build takes milliseconds: it is read for a while as it is, too.
      await new Promise((wake) => setTimeout(wake, 20));
    }
    const { wrong, answers } = await stop();
    assert.deepEqual(wrong, []);
    assert.ok(answers > 20, `${answers} answers`);
  });
});

Deno.test("what older pages ask for goes an hour after they went, pages at once, other files never", async () => {
  await withFolder(async (folder) => {
    const dist = `${folder}/dist`;
    const now = Date.UTC(2026, 10, 21);
    const first = await buildOf(folder, "first");
    await Deno.mkdir(`${first}/en/coin`);
    await Deno.writeTextFile(`${first}/en/coin/gone.html`, "a market");
    await placeSite(first, dist, { now });
    await Deno.writeTextFile(`${dist}/CNAME`, "example.org");
    await Deno.writeTextFile(`${dist}/en/mine.txt`, "mine");

    await placeSite(await buildOf(folder, "second"), dist, {
      now: now + 5 * HOUR,
    });
    const names = async () => (await filesOf(dist)).sort();
    const always = [
      ".crowdtape-site.json",
      "CNAME",
      "_file/all.0123abcd.js",
      "en/index.html",
      "en/mine.txt",
      "index.html",
    ];
    assert.deepEqual(
      await names(),
      [...always, "_file/data/first.json", "_file/data/second.json"].sort(),
    );
    await placeSite(await buildOf(folder, "third"), dist, {
      now: now + 5.5 * HOUR,
    });
    assert.equal((await names()).length, always.length + 3);
    await placeSite(await buildOf(folder, "fourth"), dist, {
      now: now + 6.2 * HOUR,
    });
    // The first went when the second came, more than an hour ago.
    assert.deepEqual(
      await names(),
      [
        ...always,
        ...["second", "third", "fourth"].map((n) => `_file/data/${n}.json`),
      ].sort(),
    );
    await placeSite(await buildOf(folder, "fifth"), dist, {
      now: now + 24 * HOUR,
    });
    assert.deepEqual(
      await names(),
      [...always, "_file/data/fourth.json", "_file/data/fifth.json"].sort(),
    );
  });
});

Deno.test("a folder that this task did not make is left alone", async () => {
  await withFolder(async (folder) => {
    const theirs = `${folder}/theirs`;
    await Deno.mkdir(theirs);
    await Deno.writeTextFile(`${theirs}/thesis.txt`, "of years");
    const { code, err } = await runTask(["site", `--output=${theirs}`], {
      CROWDTAPE_DATA: await sharedMarts(),
    });
    assert.equal(code, 1);
    assert.match(
      err,
      /^error: The site cannot be put into \S+: it holds files that "deno task site" did not make, such as thesis\.txt\. .*--output\.\n$/,
    );
    assert.deepEqual(await filesOf(theirs), ["thesis.txt"]);

    const dist = `${folder}/dist`;
    await placeSite(await buildOf(folder, "first"), dist);
    await Deno.writeTextFile(`${dist}/en/mine.html`, "mine");
    const second = await buildOf(folder, "second");
    await Deno.writeTextFile(`${second}/en/mine.html`, "theirs");
    await assert.rejects(
      placeSite(second, dist),
      /en\/mine\.html was not made by "deno task site"/,
    );
    assert.equal(await Deno.readTextFile(`${dist}/en/mine.html`), "mine");
    assert.equal(await Deno.readTextFile(`${dist}/index.html`), "first");

    await Deno.writeTextFile(`${folder}/file`, "");
    await assert.rejects(
      checkOutput(`${folder}/file`, false),
      /^CliError: The site cannot be put into /,
    );
  });
});

Deno.test("a build that was cut off is known as ours, and the next one mends it", async () => {
  await withFolder(async (folder) => {
    const dist = `${folder}/dist`;
    await placeSite(await buildOf(folder, "first"), dist);
    const second = await buildOf(folder, "second");
    // A page that cannot be written, after other files have gone in.
    await Deno.mkdir(`${dist}/index.html.new/in the way`, { recursive: true });
    await assert.rejects(
      placeSite(second, dist),
      /What was there before is still there/,
    );
    await Deno.remove(`${dist}/index.html.new`, { recursive: true });
    for (const page of ["index.html", "en/index.html"]) {
      assert.match(await Deno.readTextFile(`${dist}/${page}`), /first/);
    }
    const files = await filesOf(dist);
    assert.deepEqual(files.filter((name) => name.endsWith(".new")), []);
    await placeSite(await buildOf(folder, "third"), dist);
    assert.equal(await Deno.readTextFile(`${dist}/index.html`), "third");
  });
});

Deno.test("a file that is there already is kept, not written again", async () => {
  await withFolder(async (folder) => {
    const dist = `${folder}/dist`;
    await placeSite(await buildOf(folder, "one"), dist);
    const all = `${dist}/_file/all.0123abcd.js`;
    const { mtime } = await Deno.stat(all);
    const there = await checkOutput(dist, false);
    assert.deepEqual([...there].sort(), [
      "_file/all.0123abcd.js",
      "_file/data/one.json",
    ]);
    // Long after, so that what no newer build has is gone.
    const now = Date.now() + 2 * HOUR;
    const second = await buildOf(folder, "two");
    await Deno.remove(`${second}/_file/all.0123abcd.js`);
    await placeSite(second, dist, { kept: ["_file/all.0123abcd.js"], now });
    const third = await buildOf(folder, "three");
    await Deno.remove(`${third}/_file/all.0123abcd.js`);
    await placeSite(third, dist, {
      kept: ["_file/all.0123abcd.js"],
      now: now + 2 * HOUR,
    });
    assert.deepEqual((await Deno.stat(all)).mtime, mtime);
    await assert.rejects(Deno.stat(`${dist}/_file/data/one.json`));
  });
});

Deno.test("simulated pages do not take the place of collected ones", async () => {
  await withFolder(async (folder) => {
    const dist = `${folder}/dist`;
    const build = await buildOf(folder, "one");
    await placeSite(build, dist, { simulated: true });
    await checkOutput(dist, true);
    await checkOutput(dist, false);
    await placeSite(build, dist, { simulated: false });
    await assert.rejects(checkOutput(dist, true), /show collected data/);
  });
});

/** More of them with CROWDTAPE_REBUILDS, since each takes seconds. */
const REBUILDS = Number(Deno.env.get("CROWDTAPE_REBUILDS") ?? 1);

/** Pages that are made anew of old data say how old those are. */
async function saysHowOld(dist: string, ended: number): Promise<void> {
  for (const page of ["en/index", "ko/index", "en/coin/upbit-KRW-BTC"]) {
    const html = await Deno.readTextFile(`${dist}/${page}.html`);
    const [, newest] = /data-newest="(\d+)"/.exec(html) ?? [];
    assert.ok(Math.abs(Number(newest) - ended) < 3 * 60_000, page);
    const times = [...html.matchAll(/<time datetime="([^"]+)"/g)];
    assert.deepEqual(
      times.map(([, at]) => Date.parse(at!)),
      [Number(newest)],
    );
  }
  const talk = await Deno.readTextFile(`${dist}/en/talk.html`);
  assert.match(talk, /data-newest=""[^>]*>Snapshot of unknown</);
}

Deno.test("the real site rebuilt of old data while it is read; a build that fails leaves it", async () => {
  await withFolder(async (folder) => {
    const data = `${folder}/data`;
    const dist = `${folder}/dist`;
    await new Deno.Command("cp", { args: ["-r", await sharedBareSite(), dist] })
      .output();
    const pages = (await filesOf(dist)).filter((name) =>
      name.endsWith(".html") && name !== "404.html"
    );
    const stop = readConstantly(dist, pages.map((page) => `/${page}`));
    for (let n = 0; n < REBUILDS; n++) {
      await bareMarts(data, 30);
      const ended = Date.now() - 30 * HOUR;
      await buildAt(data, dist);
      await saysHowOld(dist, ended);
    }
    await Deno.writeTextFile(`${data}/marts/premium.parquet`, "none");
    await assert.rejects(buildAt(data, dist), /error: .*\.\n$/);
    const { wrong, answers } = await stop();
    assert.deepEqual(wrong, []);
    assert.ok(answers > 100, `${answers} answers`);
  });
});
