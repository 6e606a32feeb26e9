/** A coin that is talked up leads its own market, in a world where all share rhythm and news; and no other does. */
import assert from "node:assert/strict";
import { analyze } from "../../analytics/analyze.ts";
import { fillWorld } from "../bench/demo_worlds.ts";
import { ask, withData } from "../bench/fill_lake.ts";

Deno.test("only the coin that is talked up leads, and only its own market", async () => {
  await withData(async (data) => {
    await fillWorld(data, {
      seed: 1,
      planted: { lagBuckets: 3, strength: 0.6, coin: "XRP" },
      only: ["KRW-XRP", "KRW-BTC", "XRPUSDT"],
    });
    await analyze({ data, only: "coin_verdicts" });
    const rows = await ask(
      data,
      `select source, coin, talk, market, against, bucket, verdict, verdict_en, verdict_ko, lag_minutes, n::integer as n,
         r, low, high, p, p_adjusted, granger_talk_p, events, same_sign, left_out
       from marts.coin_verdicts order by all`,
    ) as Record<string, string & number>[];
    // All talk holds the talk of that coin, and all markets its market.
    const leads = rows.filter(({ coin, verdict }) =>
      coin !== "*" && /_(leads|adds)$/.test(verdict!)
    );
    assert.ok(leads.length > 0);
    for (const row of leads) {
      assert.match(row.market!, /XRP/, JSON.stringify(row));
      assert.deepEqual(
        [row.coin, row.talk, row.against, row.bucket, row.lag_minutes],
        ["XRP", "posts", "volume", "5m", 15],
      );
      assert.ok(row.granger_talk_p! < 0.05, JSON.stringify(row));
    }
    // A coin with its own markets, all talk with all markets, and nothing across.
    const compared = new Set(
      rows.map(({ coin, market }) => `${coin} ${market}`),
    );
    assert.deepEqual([...compared].sort(), [
      "* *",
      "BTC KRW-BTC",
      "XRP KRW-XRP",
      "XRP XRPUSDT",
    ]);
    const talks = new Set(rows.map(({ talk, bucket }) => `${talk} ${bucket}`));
    for (
      const one of ["posts 5m", "posts 1h", "posts_deduplicated 1h", "tone 1h"]
    ) assert.ok(talks.has(one), one);
    for (const row of rows) {
      assert.ok(row.verdict_en && row.verdict_ko);
      if (row.p !== null) assert.ok(row.p_adjusted! >= row.p!);
      if (row.low !== null) {
        assert.ok(row.low! <= row.r! && row.r! <= row.high!);
      }
    }
    assert.ok(
      rows.every(({ against }) =>
        ["volume", "volatility", "return"].includes(against!)
      ),
    );
  });
});
