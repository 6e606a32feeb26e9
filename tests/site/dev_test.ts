/** `deno task dev`: the pages, and the socket over which a browser is told of changes. */
import assert from "node:assert/strict";
import { runTask, startTask } from "../support/run_task.ts";
import { sharedMarts } from "../support/site_fixture.ts";

/** What a browser that shows a page is told over its socket, one message after another. */
async function follow(origin: string, path: string) {
  const html = await (await fetch(`${origin}${path}`)).text();
  const [, hash] = /hash: "(\w+)"/.exec(html) ?? [];
  const socket = new WebSocket(`${origin}/_observablehq`);
  const heard: string[] = [];
  let wake = () => {};
  socket.onmessage = ({ data }) => {
    heard.push(data);
    wake();
  };
  await new Promise((open) => socket.onopen = open);
  socket.send(JSON.stringify({ type: "hello", path, hash }));
  return {
    html,
    next: async () => {
      while (heard.length === 0) {
        await new Promise<void>((resolve) => wake = resolve);
      }
      return heard.shift()!;
    },
    close: async () => {
      const closed = new Promise((done) => socket.onclose = done);
      socket.close();
      await closed;
    },
  };
}

Deno.test("dev serves the pages, and a browser that shows one is told of changes", async () => {
  const env = { CROWDTAPE_DATA: await sharedMarts() };
  await using task = startTask(["dev", "--port=0"], env);
  await task.says(/The site is at /);
  const [origin] = /http:\/\/127\.0\.0\.1:\d+/.exec(task.said())!;
  const browser = await follow(origin, "/en/health");
  assert.match(browser.html, /crowdtape/);
  assert.match(await browser.next(), /"welcome"/);
  await browser.close();
  task.stop("SIGINT");
  const { code, err } = await task.ended;
  assert.equal(code, 0, err);
});

Deno.test("dev: without marts, or with a port that is taken, one sentence says what to do", async () => {
  const fails = async (
    words: RegExp,
    env: Record<string, string>,
    ...args: string[]
  ) => {
    const { code, err } = await runTask(["dev", ...args], env);
    assert.equal(code, 1);
    assert.match(err, words);
    assert.equal(err.trim().split("\n").length, 1, err);
  };
  await fails(/^error: The mart .* is missing: .*deno task demo/, {
    CROWDTAPE_DATA: "/nonexistent",
  });
  await fails(/^error: --port must be a whole number/, {}, "--port=high");
  const env = { CROWDTAPE_DATA: await sharedMarts() };
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = `--port=${taken.addr.port}`;
  await fails(/^error: Port \d+ is in use: .*--port\.\n$/, env, port);
  const { code, out } = await runTask(["dev", "--help"]);
  assert.equal(code, 0);
  assert.match(out, /deno task dev/);
});
