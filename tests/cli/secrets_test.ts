import assert from "node:assert/strict";
import { keepSecret, masked } from "../../collector/cli/secrets.ts";
import { openDatabase } from "../../collector/database/client.ts";
import { Store } from "../../collector/store/store.ts";
import { api } from "../../collector/api/api.ts";
import { runTask } from "../support/run_task.ts";
import { emptyData } from "../support/empty_database.ts";

/** What no message may hold; percent-encoded `h%23nter2`. */
const SECRET = "h#nter2";

Deno.test("a password is masked in every form of address", () => {
  const cases: [text: string, shown: string][] = [
    ["postgres://me:h#nter2@host:5432/db", "postgres://me:***@host:5432/db"],
    ["postgres://me:h%23nter2@host/db", "postgres://me:***@host/db"],
    ["postgres://me:a@h#nter2@host/db", "postgres://me:***@host/db"],
    ["postgresql://me:a/h#nter2@host/db", "postgresql://me:***@host/db"],
    ["postgres://:h#nter2@host", "postgres://:***@host"],
    ["postgres://me@host/db", "postgres://me@host/db"],
    ["postgres://host/db", "postgres://host/db"],
    [
      "postgres://host/db?user=me&password=h#nter2&sslmode=require",
      "postgres://host/db?user=me&password=***&sslmode=require",
    ],
    [
      "postgres://host/db?pass%77ord=h%23nter2 failed",
      "postgres://host/db?pass%77ord=*** failed",
    ],
    [
      "GET /connect?url=postgres%3A%2F%2Fme%3Ah%23nter2%40host%2Fdb",
      "GET /connect?url=postgres%3A%2F%2F***%40host%2Fdb",
    ],
    [
      "/x?url=postgres://host%3Fpassword%3Dh%23nter2%26a%3D1",
      "/x?url=postgres://host%3Fpassword%3D***%26a%3D1",
    ],
    [
      "host=h user=me password=h#nter2 dbname=d",
      "host=h user=me password=*** dbname=d",
    ],
    ["password = 'it\\'s h#nter2' host=h", "password = *** host=h"],
    ["PGPASSWORD=h#nter2 psql", "PGPASSWORD=*** psql"],
    ["wss://hunter2token@host/stream", "wss://***@host/stream"],
    [
      "https://rates.example/live?access_key=h#nter2&symbols=KRW",
      "https://rates.example/live?access_key=***&symbols=KRW",
    ],
    [
      "https://hooks.slack.test/services/T00000000/B00000000/hunter2hunter2hunter2aa: 404",
      "https://hooks.slack.test/services/T00000000/B00000000/***: 404",
    ],
    [
      "POST https://api.telegram.test/bot123456789:AAhunter2hunter2_h/sendMessage",
      "POST https://api.telegram.test/***/sendMessage",
    ],
    [
      "https://h/api/webhooks/123456789012345678/hunter2-hunter2-hunter2-hunter2",
      "https://h/api/webhooks/123456789012345678/***",
    ],
    [
      "https://h/v1/candles/minutes/1?market=KRW-BTC https://h/board/bitcoins_new1/lists",
      "https://h/v1/candles/minutes/1?market=KRW-BTC https://h/board/bitcoins_new1/lists",
    ],
    ["https://h/a?app_id=h%23nter2", "https://h/a?app_id=***"],
    [
      "https://s3/b?X-Amz-Credential=A&X-Amz-Signature=h#nter2",
      "https://s3/b?X-Amz-Credential=***&X-Amz-Signature=***",
    ],
    [
      "authorization: Bearer AAAAAAAAAAAAAAAA%2Bh#nter2",
      "authorization: Bearer ***",
    ],
    ["with bearer AAAAAAAAAAAAAAAAAAAAA in it", "with bearer *** in it"],
    ['{"password":"h#n\\"ter2","a":1}', '{"password":"***","a":1}'],
    ["{ user: 'me', password: 'h#nter2' }", "{ user: 'me', password: '***' }"],
  ];
  for (const [text, shown] of cases) {
    assert.equal(masked(text), shown);
  }
});

Deno.test("what is masked in a text of JSON leaves it one", () => {
  for (
    const value of [
      { url: "postgres://me:a@b@host/db", more: ["x@y"] },
      { said: 'host=h password=x"y', next: "@" },
      { said: JSON.stringify({ password: 'x"y', a: "b" }), next: 1 },
      { url: 'https://h/?token=x\\y"z', next: "password=" },
    ]
  ) {
    const text = masked(JSON.stringify(value));
    assert.deepEqual(Object.keys(JSON.parse(text)), Object.keys(value), text);
    assert.match(text, /\*\*\*/);
  }
});

Deno.test("what is no secret stays as it is", () => {
  for (
    const text of [
      "password authentication failed for user me",
      "X_BEARER_TOKEN is not set, so the counts of X are not read",
      "posts by author=a, tokens: 3, 12:30:01Z upbit trade+ticker: connected",
      "https://gall.dcinside.com/board/lists/?id=bitcoins_new1&page=2",
      "wss://api.upbit.com/websocket/v1 and mail@example.org",
      'Key (venue, market)=(upbit, KRW-BTC) already exists; "keys": "a"',
    ]
  ) assert.equal(masked(text), text);
});

Deno.test("a known secret is masked wherever a library puts it", () => {
  keepSecret(
    "postgres://me:corr%40ct%20horse@host/db?sslpassword=battery-staple",
  );
  keepSecret("AAAAbearerAAAA");
  assert.equal(
    masked(
      "role corr@ct horse, corr%40ct%20horse, battery-staple and AAAAbearerAAAA",
    ),
    "role ***, ***, *** and ***",
  );
  // The user, the host and short words say nothing.
  assert.equal(masked("me at host"), "me at host");
});

Deno.test("rejects, gaps and metrics are masked", async () => {
  const data = await emptyData();
  const db = await openDatabase({ data });
  const store = new Store(db.sql);
  const url = "https://me:hunter22@host/?access_key=hunter22";
  store.reject({
    source: `rates ${url}`,
    place: url,
    reason: `${url} gave nothing`,
    payload: `{"token":"hunter22","at":"${url}"}`,
  });
  store.ledger({
    kind: "gap",
    venue: "upbit",
    market: "KRW-BTC",
    channel: "trade",
    from: 1785395041000000,
    to: 1785395042000000,
    fromId: null,
    toId: null,
    reason: { code: "socket_failed", message: url },
  });
  await store.close();
  const rows = await db.sql`
    select place || reason || payload as said from rejects
    union all select detail::text from gaps`;
  assert.equal(rows.length, 2);
  for (const { said } of rows) {
    assert.match(said, /\*\*\*/);
    assert.doesNotMatch(said, /hunter/);
  }
  const metrics = await (await api({ sql: db.sql }).request("/metrics")).text();
  assert.match(
    metrics,
    /crowdtape_rejects\{source="rates https:\/\/me:\*\*\*@host/,
  );
  assert.doesNotMatch(metrics, /hunter/);
  await db.close();
  await Deno.remove(data, { recursive: true });
});

Deno.test("whatever a task prints is masked", async () => {
  const { code, out, err } = await runTask(["audit"], {
    DATABASE_URL: `postgres://me:a@${SECRET}@127.0.0.1:1/db?token=${SECRET}`,
  });
  assert.equal(code, 1);
  assert.match(err, /^error: /m);
  assert.doesNotMatch(out + err, /nter2/);
  // An error of a library, which nobody expected, and one in a timer.
  for (
    const failure of [
      "throw error",
      "Promise.reject(error)",
      "setTimeout(() => { throw error; })",
      "console.warn(error, { password: 'hunter22' })",
    ]
  ) {
    const program = `
      import { runTask } from "./collector/cli/errors.ts";
      await runTask(async () => {
        const error = new Error("cannot reach https://me:hunter22@host");
        ${failure};
        await new Promise((wake) => setTimeout(wake, 200));
      });`;
    const run = await new Deno.Command(Deno.execPath(), {
      args: ["eval", program],
      env: { NO_COLOR: "1" },
    }).output();
    const said = new TextDecoder().decode(run.stderr);
    assert.match(said, /https:\/\/me:\*\*\*@host/);
    assert.doesNotMatch(said, /hunter/);
    assert.equal(run.code, failure.startsWith("console") ? 0 : 1, failure);
  }
});
