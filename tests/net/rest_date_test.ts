/** Whose clock the `Date` of an answer is. */
import assert from "node:assert/strict";
import { Unreadable } from "../../collector/model/events.ts";
import { Rest } from "../../collector/net/rest.ts";
import { upbit } from "../../collector/venues/upbit.ts";

Deno.test("a Date counts where the venue itself answered: no error, no page of a cache, none that cannot be read", async () => {
  const answers: Response[] = [
    answer("upstream connect error", { status: 503 }),
    answer("<html>maintenance</html>"),
    answer("[]", { headers: { age: "7" } }),
    answer("[]", { date: "Sun, 22 Nov 2026 00:00:30 GMT" }),
  ];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => answers.shift()!,
  );
  const dates: string[] = [];
  const rest = new Rest({ ...upbit, restPauseMs: 0 }, {
    signal: new AbortController().signal,
    backoffMs: 1,
    onDate: (date) => dates.push(new Date(date).toISOString()),
  });
  const page = () =>
    rest.page(`http://127.0.0.1:${server.addr.port}/page`, (body) => {
      if (!body.startsWith("[")) throw new Unreadable("no list");
      return body;
    });
  try {
    // The error is asked for again, and what comes then is no page.
    await assert.rejects(page(), /maintenance/);
    assert.equal(await page(), "[]");
    assert.deepEqual(dates, []);
    assert.equal(await page(), "[]");
    assert.deepEqual(dates, ["2026-11-22T00:00:30.000Z"]);
  } finally {
    await server.shutdown();
  }
});

function answer(
  body: string,
  { status = 200, headers = {}, date = "Sun, 22 Nov 2026 00:00:00 GMT" } = {},
): Response {
  return new Response(body, { status, headers: { date, ...headers } });
}
