/**
 * A process that keeps numbered trades in a spool, to be recorded and cut off;
 * it notes each that is kept.
 *
 *   deno run -A tests/bench/power_spool_load.ts SPOOL ACKNOWLEDGED COUNT
 */
import { Batch } from "../../collector/store/batch.ts";
import { Spools } from "../../collector/store/spools.ts";

const [folder, acknowledged, count] = Deno.args as [string, string, string];
const notes = await Deno.open(acknowledged, { create: true, append: true });
const id = crypto.randomUUID();
// Small, so that it has many segments.
const spools = new Spools({ folder, maxBytes: 400_000 }, id, {
  refillable: (_, kind) => kind === "trade",
  onEvict: () => {},
  onDamage: () => {},
  log: () => {},
});
const spool = await spools.own();
for (let n = 1; n <= Number(count); n++) {
  const batch = new Batch(id, n);
  batch.add({
    kind: "trade",
    venue: "upbit",
    market: "KRW-BTC",
    id: String(n),
    ts: 1785395041124000 + n,
    price: "91368000",
    size: "0.00010945",
    side: "buy",
    fills: 1,
  }, n);
  batch.add({
    kind: "ticker",
    venue: "upbit",
    market: "KRW-BTC",
    ts: 1785395041124000 + n,
    last: "91368000",
  } as never, n);
  await spool.append(batch);
  notes.writeSync(new TextEncoder().encode(`kept ${n}\n`));
  // The oldest are taken out, as a database that is back does.
  if (n % 3 === 0) {
    const first = await spool.first();
    notes.writeSync(new TextEncoder().encode(`taken ${first!.number}\n`));
    await spool.shift();
  }
}
Deno.exit();
