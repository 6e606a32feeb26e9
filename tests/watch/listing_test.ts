import assert from "node:assert/strict";
import { CliError } from "../../collector/cli/errors.ts";
import type { Market } from "../../collector/model/events.ts";
import { chooseMarkets } from "../../collector/watch/listing.ts";
import { upbit } from "../../collector/venues/upbit.ts";
import { REAL, test } from "../support/requirements.ts";
import { readRecording } from "../support/recording.ts";

const market = (code: string, base: string, quote: string, active = true) => ({
  venue: "v",
  market: code,
  base,
  quote,
  koreanName: null,
  englishName: null,
  active,
  warning: null,
});

const korean: Market[] = [
  market("KRW-XRP", "XRP", "KRW"),
  market("KRW-BTC", "BTC", "KRW"),
  market("KRW-OLD", "OLD", "KRW", false),
  market("BTC-XRP", "XRP", "BTC"),
  market("USDT-BTC", "BTC", "USDT"),
];
const joined: Market[] = [
  market("BTCUSDT", "BTC", "USDT"),
  market("ETHUSDT", "ETH", "USDT"),
  market("ETHBTC", "ETH", "BTC"),
  market("USDTBRL", "USDT", "BRL"),
];

Deno.test("patterns take the open markets, codes what they name, each once", () => {
  const choose = (...wanted: string[]) => chooseMarkets("v", wanted, korean);
  assert.deepEqual(choose("KRW-*"), ["KRW-BTC", "KRW-XRP"]);
  assert.deepEqual(choose("*-XRP", "KRW-*"), ["BTC-XRP", "KRW-XRP", "KRW-BTC"]);
  assert.deepEqual(choose("KRW-XRP", "KRW-*"), ["KRW-XRP", "KRW-BTC"]);
  assert.deepEqual(choose("KRW-OLD"), ["KRW-OLD"]);
  assert.deepEqual(choose("*").length, 4);
  assert.deepEqual(choose("K*-*P"), ["KRW-XRP"]);
  assert.deepEqual(chooseMarkets("v", ["*USDT"], joined), [
    "BTCUSDT",
    "ETHUSDT",
  ]);
});

Deno.test("what matches nothing is told with what may have been meant", () => {
  const says = (listed: Market[], wanted: string, pattern: RegExp) =>
    assert.throws(() => chooseMarkets("v", [wanted], listed), (error) => {
      assert.ok(error instanceof CliError);
      assert.match(error.message, pattern);
      assert.match(error.message, /Set venues\.v\.markets/);
      return true;
    });
  says(korean, "KRV-*", /no open market that matches KRV-\*.*mean KRW-\*/);
  says(korean, "krw-*", /mean KRW-\*/);
  says(korean, "USD-*", /mean USDT-\*/);
  says(korean, "KRW-OL*", /no open market/);
  says(korean, "KRW.*", /mean KRW-\*/); // a dot is a dot
  says(joined, "*USD", /mean \*USDT/);
  says(joined, "*-USDT", /mean \*USDT/);
  says(korean, "BTC-KRW", /no market BTC-KRW\. Did you mean KRW-BTC/);
  says([], "KRW-*", /matches KRW-\*\. Set/);
});

test("KRW-* of the recorded list, on as many sockets as it needs", [
  "real",
], async () => {
  const [page] = await readRecording(new URL("upbit/UPBIT.0", REAL));
  const listed = upbit.markets.read(page!.payload);
  const won = chooseMarkets("upbit", ["KRW-*"], listed);
  assert.equal(won.length, listed.filter((m) => m.quote === "KRW").length);
  assert.ok(won.length > 100 && won.every((code) => code.startsWith("KRW-")));
  const every = chooseMarkets("upbit", ["*"], listed);
  assert.equal(every.length, 294);
  const sockets = upbit.connections("ws://x", every, ["trade"]);
  assert.deepEqual(sockets.flatMap((one) => one.markets), every);
});
