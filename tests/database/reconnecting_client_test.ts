/** A database that goes away and comes back: statements fail in between, and nothing else does. */
import assert from "node:assert/strict";
import { connect } from "../../collector/database/client.ts";
import { test } from "../support/requirements.ts";
import { startPostgres } from "../support/postgres_server.ts";

const sleep = (ms: number) => new Promise((wake) => setTimeout(wake, ms));

test(
  "a client outlives its server: no statement is left without an answer, no connection stays dumb",
  ["postgres"],
  async () => {
    const server = await startPostgres();
    const most = 4;
    const sql = connect(server.url, most);
    await sql`create table t (a integer)`;
    let answered = 0, refused = 0, stop = false;
    const busy = async (i: number) => {
      while (!stop) {
        try {
          // Small writes within a transaction are what postgres.js puts off.
          await sql.begin(async (tx) => {
            await tx`insert into t values (${i}::int)`;
            await tx`select 1`;
          });
          answered++;
        } catch {
          refused++;
          await sleep(20);
        }
      }
    };
    const all = Array.from({ length: 6 }, (_, i) => busy(i));
    try {
      for (let round = 0; round < 5; round++) {
        await sleep(200);
        await server.halt(round % 2 ? "fast" : "immediate");
        await sleep(300);
        await server.resume();
        const before = answered;
        const deadline = Date.now() + 15_000;
        while (answered < before + 50) {
          assert.ok(Date.now() < deadline, "no answers after the return");
          await sleep(20);
        }
      }
      stop = true;
      await Promise.all(all);
      assert.ok(refused > 0);
      // Each connection of the pool works.
      await Promise.all(
        Array.from({ length: most }, () => sql`select pg_sleep(0.2)`),
      );
    } finally {
      stop = true;
      await sql.end({ timeout: 1 });
      await server.stop();
    }
    await assert.rejects(async () => await sql`select 1`, /CONNECTION_ENDED/);
  },
);

/** A program that meets an error which nobody catches, beside the client's module. */
async function meets(thrown: string): Promise<{ code: number; out: string }> {
  const module = new URL(
    "../../collector/database/reconnecting_client.ts",
    import.meta.url,
  );
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      `import net from "node:net";
       import "${module}";
       const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
       const { port } = listener.addr;
       listener.close();
       ${thrown}
       setTimeout(() => console.log("goes on"), 300);`,
    ],
    stdout: "piped",
    stderr: "null",
  }).output();
  return { code, out: new TextDecoder().decode(stdout) };
}

Deno.test("a socket without listeners that is refused or reset does not end the process; other errors do", async () => {
  const reset = `
    const server = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const socket = new net.Socket();
    socket.connect(server.addr.port, "127.0.0.1");
    const other = await server.accept();
    socket.write("x");
    await new Promise((wake) => setTimeout(wake, 100));
    // What has not been read makes the end a reset.
    other.close();
    server.close();`;
  assert.deepEqual(await meets(reset), { code: 0, out: "goes on\n" });
  assert.deepEqual(
    await meets("new net.Socket().connect(port, '127.0.0.1');"),
    { code: 0, out: "goes on\n" },
  );
  assert.equal(
    (await meets("setTimeout(() => { throw new Error('a defect'); });")).code,
    1,
  );
});
