/**
 * The clients of `bench live`, in a process of their own: connections that read
 * what comes and count the events. Prints what they saw, as JSON.
 *
 *   deno run --allow-net=127.0.0.1 tests/bench/live_clients.ts PORT CLIENTS SECONDS
 */
const [port, count, seconds] = Deno.args.map(Number) as [
  number,
  number,
  number,
];
const ask = new TextEncoder().encode(
  "GET /v1/live HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\nAccept-Encoding: gzip\r\n\r\n",
);
/** An empty stored block ends each flushed event (RFC 1979, 2.1). */
const END = [0, 0, 0xff, 0xff];

const events = new Uint32Array(count);
let bytes = 0, closed = 0;
async function follow(i: number): Promise<void> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(ask);
  const buffer = new Uint8Array(65_536);
  let matched = 0;
  for (;;) {
    const read = await connection.read(buffer).catch(() => null);
    if (read === null) break;
    bytes += read;
    for (let at = 0; at < read; at++) {
      const byte = buffer[at]!;
      matched = byte === END[matched] ? matched + 1 : byte === 0 ? 1 : 0;
      if (matched < END.length) continue;
      events[i]!++;
      matched = 0;
    }
  }
  closed++;
}

for (let i = 0; i < count; i++) {
  follow(i);
  if (i % 50 === 49) await new Promise((wake) => setTimeout(wake, 50));
}
await new Promise((wake) => setTimeout(wake, seconds * 1000));
console.log(JSON.stringify({
  least: Math.min(...events),
  mb: bytes / 1e6,
  closed,
}));
Deno.exit();
