import type { Random } from "./random.ts";

const NONSENSE = [
  "",
  " ",
  "null",
  "[]",
  "{}",
  "17",
  '"PING"',
  "{",
  "]",
  "\0\0\0",
  '{"type":"trade"}',
  '{"e":"aggTrade"}',
  '{"response_type":"DATA","channel":"TRADE","data":null}',
  '{"stream":"btcusdt@aggTrade","data":[]}',
  '{"ty":"trade","cd":"KRW-BTC","tp":-1,"tv":0,"sid":1}',
  "<html><body>502 Bad Gateway</body></html>",
  "[".repeat(5000),
];

/** A frame that means nothing. */
export function garbage(
  random: Random,
  binary: boolean,
): string | Uint8Array<ArrayBuffer> {
  if (!binary) return random.pick(NONSENSE);
  if (random.next() < 0.5) {
    return new TextEncoder().encode(random.pick(NONSENSE));
  }
  return Uint8Array.from(
    { length: random.below(300) },
    () => random.below(256),
  );
}
