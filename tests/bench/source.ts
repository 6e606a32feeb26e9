/**
 * A venue's socket for the benches, in a process of its own: sends Upbit trade
 * frames, all different, as fast as they are taken or `rate` a second. Prints its port.
 *
 *   deno run --allow-net=127.0.0.1 tests/bench/source.ts FRAMES [RATE]
 */
const frames = Number(Deno.args[0]);
const rate = Deno.args[1] ? Number(Deno.args[1]) : Infinity;
const encoder = new TextEncoder();

/** Distinct trades of one market: the id counts on, the time moves a millisecond every ten trades. */
function frame(i: number, base: number): Uint8Array {
  const ms = base + Math.floor(i / 10);
  const price = 150_000_000 + (i * 7919) % 500_000;
  return encoder.encode(
    `{"ty":"trade","cd":"KRW-BTC","tms":${
      ms + 40
    },"td":"2026-11-21","ttm":"00:00:00","ttms":${ms},` +
      `"tp":${price}.0,"tv":0.${String(10000000 + i % 90000000)},"ab":"${
        i % 2 ? "BID" : "ASK"
      }","pcp":149000000.00000000,` +
      `"c":"RISE","cp":${price - 149_000_000}.00000000,"sid":${ms}${
        String(i % 10).padStart(4, "0")
      },"st":"REALTIME"}`,
  );
}

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.log(port),
}, (request) => {
  const { socket, response } = Deno.upgradeWebSocket(request);
  let sent = 0;
  socket.onmessage = ({ data }) => {
    if (data === "PING" || sent > 0) return;
    const base = Date.now();
    const began = performance.now();
    const send = () => {
      const due = Math.min(
        frames,
        rate === Infinity
          ? sent + 2000
          : Math.floor((performance.now() - began) / 1000 * rate),
      );
      // Its buffer is the measure of what the other side has taken.
      while (sent < due && socket.bufferedAmount < 4_000_000) {
        socket.send(rate === Infinity ? frame(sent, base) : stamped(sent));
        sent++;
      }
      if (sent < frames && socket.readyState === WebSocket.OPEN) {
        setTimeout(send, rate === Infinity ? 0 : 2);
      }
    };
    send();
  };
  return response;
});

let lastMs = 0, inMs = 0;
/** A trade of this very moment; its id stays unique within the millisecond. */
function stamped(i: number): Uint8Array {
  const ms = Date.now();
  inMs = ms === lastMs ? inMs + 1 : 0;
  lastMs = ms;
  return encoder.encode(
    `{"ty":"trade","cd":"KRW-BTC","tms":${ms},"td":"2026-11-21","ttm":"00:00:00","ttms":${ms},"tp":${
      150_000_000 + i % 5000
    }.0,` +
      `"tv":0.00012345,"ab":"BID","pcp":149000000.00000000,"c":"RISE","cp":1.0,"sid":${ms}${
        String(inMs).padStart(4, "0")
      },"st":"REALTIME"}`,
  );
}
