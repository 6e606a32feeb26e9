import assert from "node:assert/strict";
import { frameParser } from "../../collector/model/frame_forms.ts";
import { parseExact } from "../../collector/model/wire.ts";
import { mutate } from "../support/mutate.ts";
import { randomFrom } from "../support/random.ts";

/** What comes on one socket: the same kinds again and again, and what only looks like them. */
const FRAMES = [
  '{"ty":"trade","cd":"KRW-BTC","ttms":1785395043779,"tp":91361000.0,"tv":5.485e-05,"ab":"ASK","sid":17853950437790001}',
  '{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","a":3812345678,"p":"91361.00000000","T":1785395043779,"m":true,"M":false}}',
  '{"arg":{"channel":"trades-all"},"data":[{"px":"42219.9","side":"buy","x":null}], "more" : [ ]}',
  '{"ty":"ticker","cd":"비트코인 (1)","tp":-0.0,"text":"a \\"quoted\\" [text]","on":true}',
  '{"ty":"trade","cd":"KRW-BTC","ttms":1785395043779,"tp":1E8,"tv":1,"ab":"BID","sid":1,"__proto__":2}',
  '{"b":[["1","2"],["3","4"]],"a":[{"p":1},{"p":2}],"__proto__":{"x":1},"x":1,"x":"2"}',
  '{"":1,"7":{"2":true,"1":null},"$.*":"^","a":{"b":{"c":[{"d":1.5}]}}}',
];

/** What a parser makes of a text; errors are alike. */
function outcome(parse: (text: string) => unknown, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    assert.ok(error instanceof SyntaxError, String(error));
    return "refused";
  }
}

/** Another number, text or truth in the place of some. */
const varied = (frame: string, random: () => number): string =>
  frame.replace(
    /-?\d[\d.eE+-]*|(?<=:)"[^"\\]*"(?=[,}])|true|false/g,
    (value) => {
      if (random() < 0.4) return value;
      const digits = String(Math.floor(random() * 10 ** (random() * 15)));
      if (/^[tf]/.test(value)) return String(random() < 0.5);
      if (value.startsWith('"')) {return `"${
          ["", "é-", "{"][+digits[0]! % 3]
        }${digits}"`;}
      return ["", "-"][+(random() < 0.2)] + digits +
        ["", ".0", ".050", "e-7", "E+2"][Math.floor(random() * 5)];
    },
  );

Deno.test("frames of known forms are read as parseExact reads them", () => {
  const random = randomFrom(5);
  const parse = frameParser();
  for (let i = 0; i < 10_000; i++) {
    const frame = FRAMES[Math.floor(random() ** 2 * FRAMES.length)]!;
    const text = varied(frame, random);
    assert.deepStrictEqual(parse(text), parseExact(text), text);
  }
});

Deno.test("a damaged frame is refused or read as parseExact does", () => {
  const random = randomFrom(6);
  const parse = frameParser();
  let refused = 0;
  for (let i = 0; i < 20_000; i++) {
    const whole = varied(
      FRAMES[Math.floor(random() ** 2 * FRAMES.length)]!,
      random,
    );
    const text = random() < 0.4 ? whole : mutate(whole, random, FRAMES);
    // Deeper than the comparison can follow; too long to have a form.
    if (text.length > 2000) continue;
    const expected = outcome(parseExact, text);
    assert.deepStrictEqual(outcome(parse, text), expected, text);
    if (expected === "refused") refused++;
  }
  assert.ok(refused > 1500, `${refused} refused`);
});

Deno.test("what a known form nearly matches is what it is", () => {
  const parse = frameParser();
  for (let i = 0; i < 100; i++) parse('{"id":1,"side":"buy","on":true}');
  for (
    const text of [
      '{"id":01,"side":"buy","on":true}',
      '{"id":1.,"side":"buy","on":true}',
      '{"id":+1,"side":"buy","on":true}',
      '{"id":1,"side":"bu\ny","on":true}',
      '{"id":1,"side":"buy","on":true}x',
      '{"id":1,"side":"buy","on":tru}',
      '{"id":1,"side":"buy\\","on":true}',
    ]
  ) assert.throws(() => parse(text), SyntaxError, text);
  assert.deepStrictEqual(
    parse('{"id":9007199254740993,"side":"","on":false}'),
    {
      id: "9007199254740993",
      side: "",
      on: false,
    },
  );
  assert.deepStrictEqual(parse('{"id":1,"side":"\\u0062uy","on":true}\n'), {
    id: "1",
    side: "buy",
    on: true,
  });
});
