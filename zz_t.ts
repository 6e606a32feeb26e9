import { connect } from "./collector/database.ts";
import { gapCounts, rejectRises, silence } from "./collector/api/health.ts";
import { feedsJson, tickersJson } from "./collector/api/feeds.ts";
const sql = connect(Deno.args[0]!, 6);
for (let i = 0; i < 3; i++) {
  for (
    const [n, f] of Object.entries({
      silence,
      rejectRises,
      gapCounts,
      feedsJson,
      tickersJson,
    })
  ) {
    const t = performance.now();
    await f(sql);
    console.log(n, (performance.now() - t).toFixed(0), "ms");
  }
}
console.log(
  await sql`select wait_event_type, wait_event, state, left(query,60) from pg_stat_activity where datname is not null`,
);
await sql.end();
