import assert from "node:assert/strict";
import { openDuckdb } from "../../analytics/lake/lake.ts";
import { buildAt, sharedMarts } from "../support/site_fixture.ts";

/** What a page says of the file that it reads, and the file. */
async function dataOf(dist: string, page: string) {
  const html = await Deno.readTextFile(`${dist}/${page}.html`);
  const path = /"path":"(?:\.\.\/)*(_file\/data\/[^"]+)"/.exec(html)![1]!;
  return {
    html,
    path,
    data: JSON.parse(await Deno.readTextFile(`${dist}/${path}`)),
  };
}

Deno.test("new data and new markets are put into the pages that are there", async () => {
  const folder = await Deno.makeTempDir({ prefix: "crowdtape-update-" });
  const data = `${folder}/data`, dist = `${folder}/dist`;
  try {
    const { success } = await new Deno.Command("cp", {
      args: ["-r", await sharedMarts(), data],
    }).output();
    assert.ok(success);
    await buildAt(data, dist);
    const built = await Deno.stat("notebooks/site/.observablehq/pages.json");
    const market = /data-newest="(\d+)"/;
    const before = await dataOf(dist, "en/index");
    const { connection, close } = await openDuckdb(data);
    const overview = `${data}/marts/overview.parquet`;
    await connection.run(
      `create table o as select * replace (last_ts + interval 1 hour as last_ts) from '${overview}';
       insert into o select * replace ('KRW-NEW' as market, 'NEW' as base)
       from o where venue = 'upbit' order by market limit 1;
       copy o to '${overview}.new' (format parquet)`,
    );
    close();
    await Deno.rename(`${overview}.new`, overview);
    await buildAt(data, dist);
    const after = await dataOf(dist, "en/index");
    assert.equal(
      Number(market.exec(after.html)![1]),
      Number(market.exec(before.html)![1]) + 3_600_000,
    );
    assert.notEqual(after.path, before.path);
    const fresh = await dataOf(dist, "ko/coin/upbit-KRW-NEW");
    assert.equal(fresh.data.base, "NEW");
    assert.match(fresh.html, /<title>upbit KRW-NEW · crowdtape<\/title>/);
    assert.doesNotMatch(fresh.html, /__[a-z_]+__/);
    assert.match(fresh.html, /href="[./]*en\/coin\/upbit-KRW-NEW"/);
    // Who has the page of before open still finds what it reads.
    assert.ok((await Deno.stat(`${dist}/${before.path}`)).isFile);
    const now = await Deno.stat("notebooks/site/.observablehq/pages.json");
    assert.equal(
      now.mtime!.getTime(),
      built.mtime!.getTime(),
      "no page was built anew",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
