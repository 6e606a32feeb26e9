/** What was called lost is taken back when a page holds it after all. */
import assert from "node:assert/strict";
import { openDatabase } from "../../collector/database/client.ts";
import { reopenVerified } from "../../collector/backfill/uncertain.ts";
import type { Trade } from "../../collector/model/events.ts";
import { emptyData } from "../support/empty_database.ts";

const START = Date.UTC(2026, 10, 20) * 1000;
/** Seconds after the start, as the ledger's times. */
const at = (seconds: number) => START + seconds * 1e6;

/** A page with a trade a second. */
const page = (from: number, to: number): Trade[] =>
  Array.from({ length: to - from + 1 }, (_, i) => ({
    kind: "trade",
    venue: "coinone",
    market: "KRW-BTC",
    id: String(1000 + from + i),
    ts: at(from + i),
    price: "1",
    size: "1",
    side: "buy",
    fills: 1,
  }));

Deno.test("a page takes back what it holds, and no more", async () => {
  const data = await emptyData();
  const { sql, close } = await openDatabase({ data });
  const gap = async (
    from: number,
    to: number | null,
    state: string,
    market = "KRW-BTC",
  ) => {
    const [row] = await sql`
      insert into gaps (venue, market, channel, from_id, to_id, from_ts, to_ts, reason, state)
      values ('coinone', ${market}, 'trade', ${1000 + from}, ${
      to === null ? null : 1000 + to
    }, to_timestamp(${at(from) / 1e6}::float8),
        ${
      to === null ? null : new Date(at(to) / 1000)
    }, 'cut', ${state}) returning gap_id`;
    return row!.gap_id as string;
  };
  const rows = async (market = "KRW-BTC") =>
    (await sql`
      select (extract(epoch from from_ts) - ${
      START / 1e6
    })::int as "from", (extract(epoch from to_ts) - ${
      START / 1e6
    })::int as "to", state
      from gaps where market = ${market} order by from_ts, to_ts`).map((
      { from, to, state },
    ) => [from, to, state]);
  const trades = page(98, 430);
  const held = {
    first: trades[0]!,
    newest: trades.findLast(({ ts }) => ts <= at(400))!,
  };
  try {
    await gap(0, 50, "unrecoverable");
    await gap(90, 120, "unrecoverable");
    await gap(150, 160, "unrecoverable");
    await gap(200, 210, "open");
    const own = await gap(220, 230, "open");
    await gap(395, 398, "open");
    await gap(396, null, "open");
    await gap(500, null, "open");
    await gap(150, 160, "unrecoverable", "KRW-ETH");
    await reopenVerified(
      sql,
      "coinone",
      "KRW-BTC",
      held,
      own,
    );
    assert.deepEqual(await rows(), [
      [0, 50, "unrecoverable"], // before the page
      [90, 100, "unrecoverable"],
      [100, 120, "repaired"],
      [150, 160, "repaired"],
      [200, 210, "repaired"],
      [220, 230, "open"], // whose errand the page was
      [395, 398, "open"], // frames of a new socket may be on their way
      [396, 400, "repaired"],
      [400, null, "open"],
      [500, null, "open"],
    ]);
    assert.deepEqual(await rows("KRW-ETH"), [[150, 160, "unrecoverable"]]);
    // Once more changes nothing.
    const before = await rows();
    await reopenVerified(
      sql,
      "coinone",
      "KRW-BTC",
      held,
      own,
    );
    assert.deepEqual(await rows(), before);
  } finally {
    await close();
    await Deno.remove(data, { recursive: true });
  }
});
