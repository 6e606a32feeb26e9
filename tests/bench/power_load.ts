/**
 * A process that keeps the embedded database busy, to be recorded and cut off:
 * trades and the ledger's claims through the store, gaps that are refilled, and
 * two clients that note each row that was acknowledged.
 *
 *   deno run -A tests/bench/power_load.ts DATA ACKNOWLEDGED SECONDS
 */
import { openDatabase } from "../../collector/database/client.ts";
import { pause } from "../../collector/model/pause.ts";
import { Store } from "../../collector/store/store.ts";
import type { Trade } from "../../collector/model/events.ts";
import { BEGAN, GAP, idOf, MARKETS, timeOf, VENUE } from "./power_claims.ts";

const [data, acknowledged, seconds] = Deno.args as [string, string, string];
const notes = await Deno.open(acknowledged, { create: true, append: true });
const encoder = new TextEncoder();
const note = (line: string) => notes.writeSync(encoder.encode(`${line}\n`));
const never = new AbortController().signal;

const db = await openDatabase({ data, max: 8 });
await db
  .sql`create table power_rows (client int, n int, filler text, primary key (client, n))`;
note("table");
console.log("ready");

const store = new Store(db.sql, {
  spool: { folder: `${data}/spool`, maxBytes: 1e9 },
  batchRows: 1000,
});
const until = Date.now() + Number(seconds) * 1000;
const running = () => Date.now() < until;

async function client(number: number): Promise<void> {
  for (let n = 0; running(); n++) {
    await db.sql`insert into power_rows values (${number}, ${n}, ${
      "x".repeat(n % 700)
    })`;
    note(`row ${number} ${n}`);
    // Rows that are updated and removed make pages torn in other ways.
    if (n % 5 === 4) {
      await db
        .sql`update power_rows set filler = 'y' where client = ${number} and n between ${
        n - 4
      } and ${n}`;
    }
  }
}

const trade = (market: string, n: number): Trade => ({
  kind: "trade",
  venue: VENUE,
  market,
  id: idOf(n),
  ts: timeOf(n),
  price: "91368000",
  size: "0.00010945",
  side: "buy",
  fills: 1,
});

/** Trades in their order; every 400th begins a gap, which is refilled later. */
async function feed(): Promise<void> {
  const span = crypto.randomUUID();
  store.ledger({
    kind: "begin",
    span,
    venue: VENUE,
    markets: MARKETS,
    channels: ["trade"],
    from: BEGAN,
    reason: "start",
  });
  const refills: Promise<void>[] = [];
  for (let n = 1; running();) {
    for (const market of MARKETS) {
      const part: Trade[] = [];
      for (let i = n; i < n + 20; i++) {
        if (!missed(i)) part.push(trade(market, i));
        else if (!missed(i - 1)) {
          store.write(part.splice(0), BEGAN);
          store.ledger({
            kind: "gap",
            venue: VENUE,
            market,
            channel: "trade",
            from: timeOf(i),
            to: timeOf(i + GAP - 1),
            fromId: idOf(i - 1),
            toId: idOf(i + GAP),
            reason: "an id left out",
          });
          refills.push(refill(market, i));
        }
      }
      store.write(part, BEGAN);
    }
    n += 20;
    store.ledger({
      kind: "seen",
      span,
      to: timeOf(n - 1),
      first: [],
      last: [],
    });
    await pause(10, never);
  }
  await Promise.all(refills);
}

const missed = (n: number) => n % 400 >= 400 - GAP;

async function refill(market: string, first: number): Promise<void> {
  await pause(700, never);
  store.write(
    Array.from({ length: GAP }, (_, i) => trade(market, first + i)),
    BEGAN,
  );
  await store.flush();
  await db.sql`
    update gaps set state = 'repaired', recovered = ${GAP}, closed_at = now()
    where venue = ${VENUE} and market = ${market} and from_id = ${
    idOf(first - 1)
  }`;
}

/** The server makes one by itself only every few minutes. */
async function checkpoints(): Promise<void> {
  while (running()) {
    await pause(1500, never);
    await db.sql`checkpoint`;
  }
}

await Promise.all([client(1), client(2), feed(), checkpoints()]);
await store.close();
await db.close();
Deno.exit();
