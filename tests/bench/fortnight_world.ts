/**
 * The simulator as a process of its own, so that it lives by the clock that it
 * was started with. The first line it prints is the configuration that points
 * at it; for each path that it reads it writes there what was traded since.
 */
import { sandboxTokens } from "../../collector/sandbox/community_simulators.ts";
import { startSandbox } from "../../collector/sandbox/sandbox.ts";

const rate = Number(Deno.args[0]);
const sandbox = await startSandbox({ days: 1, rate });
const since = Date.now();
console.log(JSON.stringify({ config: sandbox.config, tokens: sandboxTokens }));
const input = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
for await (const text of input) {
  const path = text.trim();
  const { venues } = sandbox.config as {
    venues: Record<string, { markets: string[] }>;
  };
  using file = await Deno.open(path, { create: true, write: true });
  for (const [venue, { markets }] of Object.entries(venues)) {
    const ahead = sandbox.clock(venue as "upbit") - Date.now();
    const from = (since + ahead) * 1000, to = (Date.now() + ahead) * 1000;
    for (const market of markets) {
      const lines = sandbox.world.trades(venue, market, from, to)
        .map(({ id, ts, size }) =>
          JSON.stringify({ venue, market, id, ts, size }) + "\n"
        );
      await file.write(new TextEncoder().encode(lines.join("")));
    }
  }
  console.log("written");
}
await sandbox.close();
