import {
  type Sandbox,
  type SandboxOptions,
  startSandbox,
} from "../../collector/sandbox/sandbox.ts";

/** A Wednesday on which the simulator's clock stands still: 12:00:30Z. */
export const NOON = Date.UTC(2026, 10, 18, 12, 0, 30);
/** Talk first, by a quarter of an hour. */
export const planted = { lagBuckets: 3, strength: 0.6 };

/** A clock that runs sixty times as fast as the wall's. */
export function hurried(): () => number {
  const start = Date.now();
  return () => start + 60 * (Date.now() - start);
}

/** Runs with a kind simulator; its clock stands still unless told otherwise. */
export async function withSandbox(
  options: SandboxOptions,
  run: (sandbox: Sandbox) => Promise<void>,
): Promise<void> {
  const sandbox = await startSandbox({
    now: () => NOON,
    conditions: "kind",
    ...options,
  });
  try {
    await run(sandbox);
  } finally {
    await sandbox.close();
  }
}

/** One answer as text; waits where the simulator asks for it. */
export async function get(
  url: string,
  init: RequestInit = {},
): Promise<string> {
  for (;;) {
    const response = await fetch(url, init);
    const text = await response.text();
    if (response.status !== 429) return text;
    await new Promise((resume) => setTimeout(resume, 200));
  }
}

/** A socket that collects what it hears as text until it has heard enough. */
export async function hear(
  url: string,
  say: string[],
  enough: (heard: string[]) => boolean,
): Promise<{ heard: string[]; binary: boolean[]; code: number | null }> {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  const heard: string[] = [];
  const binary: boolean[] = [];
  let code: number | null = null;
  await new Promise<void>((done, fail) => {
    const late = setTimeout(
      () => fail(new Error(`heard only ${heard.slice(-3)}`)),
      20_000,
    );
    const end = () => {
      clearTimeout(late);
      done();
    };
    socket.onopen = () => say.forEach((text) => socket.send(text));
    socket.onmessage = ({ data }) => {
      binary.push(typeof data !== "string");
      heard.push(
        typeof data === "string" ? data : new TextDecoder().decode(data),
      );
      if (enough(heard)) end();
    };
    socket.onclose = (event) => {
      code = event.code;
      end();
    };
  });
  if (code === null) {
    const closed = new Promise((done) => socket.onclose = done);
    socket.close();
    await closed;
  }
  return { heard, binary, code };
}

/** A subscription to one type on Upbit. */
export const ask = (type: string, codes: string[], more = {}) =>
  JSON.stringify([{ ticket: "test" }, { type, codes, ...more }]);
