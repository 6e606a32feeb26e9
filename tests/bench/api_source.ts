/**
 * The API for `bench api`, in a process of its own as while collecting. At
 * `/whole` it answers as `/v1/candles` would if it read the market's whole
 * history for each answer. Prints its port.
 *
 *   deno run --allow-net=127.0.0.1 … tests/bench/api_source.ts DATABASE_URL
 */
import { api } from "../../collector/api/api.ts";
import { Front } from "../../collector/api/front.ts";
import { connect } from "../../collector/database/client.ts";

const sql = connect(Deno.args[0]!, 2);
const app = api({ sql });
app.get("/whole", async (c) => {
  const { venue = "", market = "", limit = "" } = c.req.query();
  const candles = await sql`
    select * from (
      select distinct on (ts) ts, open::text, high::text, low::text, close::text, volume::text,
        quote_volume::text, trade_count, source, state, revision
      from candles where venue = ${venue} and market = ${market} and interval = '1m'
      order by ts desc, state = 'partial', source = 'trades' limit ${limit}) as newest
    order by ts`;
  return c.json({ candles });
});
const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
new Front(listener, app.fetch);
console.log(listener.addr.port);
