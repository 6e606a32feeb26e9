/**
 * A process that stores numbered trades, for tests that kill it. The ledger is
 * told of each as seen. Prints `kept N` once the first N trades are on disk.
 *
 *   deno run -A tests/support/store_writer.ts URL FOLDER FIRST COUNT
 */
import { connect } from "../../collector/database/client.ts";
import { Store } from "../../collector/store/store.ts";
import { pause } from "../../collector/model/pause.ts";

const [url, folder] = Deno.args as [string, string];
const first = Number(Deno.args[2]);
const count = Number(Deno.args[3]);
const TS = 1785395041124000;
const span = crypto.randomUUID();
const store = new Store(connect(url), {
  spool: { folder, maxBytes: 1e9 },
  stuckMs: 200,
  batchRows: 500,
});
const signal = new AbortController().signal;

for (let i = first; i < first + count; i++) {
  if (i === first) {
    store.ledger({
      kind: "begin",
      span,
      venue: "upbit",
      markets: ["KRW-BTC"],
      channels: ["trade"],
      from: TS + i,
      reason: "start",
    });
  }
  store.write([{
    kind: "trade",
    venue: "upbit",
    market: "KRW-BTC",
    id: String(17853950411240000n + BigInt(i)),
    ts: TS + i,
    price: "91368000",
    size: "0.00010945",
    side: "buy",
    fills: 1,
  }], TS + i);
  store.ledger({ kind: "seen", span, to: TS + i, first: [], last: [] });
  if (i % 200 === 0) await pause(5, signal);
}
if (count > 0) {
  while (store.spooled.rows < count) await pause(20, signal);
  console.log(`kept ${count}`);
}
await store.flush();
await store.close();
console.log("written");
Deno.exit();
