/**
 * A venue for `bench live`, in a process of its own: it speaks Upbit's protocol
 * about so many markets, each with a ticker and a book a second and a trade
 * every two. Prints its port.
 *
 *   deno run --allow-net=127.0.0.1 tests/bench/live_source.ts MARKETS
 */
const count = Number(Deno.args[0]);
const codes = Array.from({ length: count }, (_, i) => `KRW-C${i}`);
const encoder = new TextEncoder();
const STEPS = 20;

/** The newest trades of each market, as its REST page has them. */
const pages = new Map<string, string[]>(codes.map((code) => [code, []]));
const sockets = new Map<WebSocket, Set<string>>();
let last = 0;

/** An id as Upbit makes it: milliseconds and a number within them. */
function nextId(ms: number): string {
  last = Math.max(last + 1, ms * 10_000);
  return String(last);
}

/** What one market says in a step of a second. */
function frames(code: string, i: number, second: number): string[] {
  const ms = Date.now();
  const price = 1000 + (i * 7919 + second * 31) % 5000;
  const said = [
    `{"ty":"ticker","cd":"${code}","tp":${price}.0,"scr":0.00${
      second % 90 + 10
    },"atv24h":${i * 1000 + second}.12345678,"atp24h":${
      i * 1000 + second
    }000.5,"tms":${ms}}`,
    `{"ty":"orderbook","cd":"${code}","tms":${ms},"obu":[${
      Array.from({ length: 10 }, (_, level) =>
        `{"ap":${price + 1 + level}.0,"as":${level + 1}.25,"bp":${
          price - level
        }.0,"bs":${level + 1}.75}`)
    }]}`,
  ];
  if ((i + second) % 2 === 0) {
    const id = nextId(ms);
    said.push(
      `{"ty":"trade","cd":"${code}","ttms":${ms},"tp":${price}.0,"tv":0.5,"ab":"BID","sid":${id}}`,
    );
    const page = pages.get(code)!;
    page.unshift(
      `{"market":"${code}","timestamp":${ms},"trade_price":${price}.0,"trade_volume":0.5,"ask_bid":"BID","sequential_id":${id}}`,
    );
    page.splice(200);
  }
  return said;
}

let step = 0;
setInterval(() => {
  const second = Math.floor(step / STEPS);
  for (let i = step++ % STEPS; i < count; i += STEPS) {
    const code = codes[i]!;
    const said = frames(code, i, second).map((text) => encoder.encode(text));
    for (const [socket, wanted] of sockets) {
      if (!wanted.has(code) || socket.readyState !== WebSocket.OPEN) continue;
      for (const frame of said) socket.send(frame);
    }
  }
}, 1000 / STEPS);

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.log(port),
}, (request) => {
  const { pathname, searchParams } = new URL(request.url);
  if (request.headers.get("upgrade") === "websocket") {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onmessage = ({ data }) => {
      const wanted = [...String(data).matchAll(/KRW-C\d+/g)].map(([code]) =>
        code
      );
      if (wanted.length > 0) sockets.set(socket, new Set(wanted));
    };
    socket.onclose = () => sockets.delete(socket);
    return response;
  }
  const json = (body: string) =>
    new Response(body, { headers: { "content-type": "application/json" } });
  if (pathname === "/v1/market/all") {
    return json(
      `[${
        codes.map((code) =>
          `{"market":"${code}","korean_name":"${code}","english_name":"${code}"}`
        )
      }]`,
    );
  }
  const cursor = searchParams.get("cursor");
  const page = pages.get(searchParams.get("market") ?? "") ?? [];
  if (pathname === "/v1/trades/ticks") {
    const id = (row: string) => BigInt(/"sequential_id":(\d+)/.exec(row)![1]!);
    return json(
      `[${cursor ? page.filter((row) => id(row) < BigInt(cursor)) : page}]`,
    );
  }
  return json("[]");
});
