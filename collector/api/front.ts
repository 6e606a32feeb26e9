/**
 * The API on its port. Deno's server holds some 150 kB of a connection for as
 * long as it lives, and cannot end one that is stuck; so a connection that
 * begins by asking for `/v1/live` is written to as it is, and every other one
 * is passed on to Deno's server, which listens on loopback.
 */

/** An HTTP app. */
export type App = (request: Request) => Response | Promise<Response>;

export interface FrontOptions {
  /** A connection of `/v1/live` that takes nothing for so long is closed. Default 5,000. */
  patienceMs?: number;
  onError?: (error: Error) => void;
}

/** Most bytes of a request's head. */
const HEAD = 16_384;
/** How long a head may take to come, in milliseconds. */
const HEAD_WITHIN = 10_000;

/** Serves an app until it is shut down; the listener is its own from now on. */
export class Front {
  #inner: Deno.HttpServer<Deno.NetAddr>;
  #open = new Set<Deno.TcpConn>();
  #live = 0;
  #closed = false;

  constructor(
    readonly listener: Deno.TcpListener,
    readonly app: App,
    readonly options: FrontOptions = {},
  ) {
    this.#inner = Deno.serve({
      hostname: "127.0.0.1",
      port: 0,
      onListen: () => {},
      onError: (error) => {
        this.#tell(error);
        return new Response("The API failed; its log says why.", {
          status: 500,
        });
      },
    }, app);
    this.#accept();
  }

  /** Connections that follow `/v1/live`. */
  get following(): number {
    return this.#live;
  }

  async shutdown(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.listener.close();
    for (const connection of this.#open) close(connection);
    await this.#inner.shutdown();
  }

  #tell(error: unknown): void {
    if (!this.#closed) this.options.onError?.(error as Error);
  }

  async #accept(): Promise<void> {
    while (!this.#closed) {
      try {
        this.#serve(await this.listener.accept());
      } catch (error) {
        if (this.#closed) return;
        // Out of file descriptors, for example: others may end.
        this.#tell(error);
        await new Promise((wake) => setTimeout(wake, 100));
      }
    }
  }

  async #serve(connection: Deno.TcpConn): Promise<void> {
    this.#open.add(connection);
    try {
      const late = setTimeout(() => close(connection), HEAD_WITHIN);
      const begun = await readHead(connection).finally(() =>
        clearTimeout(late)
      );
      if (begun === null) return;
      const { bytes, request } = begun;
      if (request) await this.#follow(connection, request);
      else await this.#pass(connection, bytes);
    } catch (error) {
      if (!isGone(error)) this.#tell(error);
    } finally {
      this.#open.delete(connection);
      close(connection);
    }
  }

  /** Passes both directions on as they come. */
  async #pass(connection: Deno.TcpConn, begun: Uint8Array): Promise<void> {
    const { hostname, port } = this.#inner.addr;
    const inner = await Deno.connect({ hostname, port });
    try {
      await writeAll(inner, begun);
      await Promise.all([
        connection.readable.pipeTo(inner.writable),
        inner.readable.pipeTo(connection.writable),
      ]);
    } finally {
      close(inner);
    }
  }

  /** Writes one answer, whose body may have no end, and closes. */
  async #follow(connection: Deno.TcpConn, request: Request): Promise<void> {
    const response = await this.app(request);
    const { patienceMs = 5000 } = this.options;
    const reader = response.body?.getReader();
    this.#live++;
    // A write that is stuck ends with the connection.
    const write = async (bytes: Uint8Array) => {
      const late = setTimeout(() => close(connection), patienceMs);
      await writeAll(connection, bytes).finally(() => clearTimeout(late));
    };
    try {
      const headers = [...response.headers, ["connection", "close"]];
      await write(
        new TextEncoder().encode(
          `HTTP/1.1 ${response.status} ${response.statusText}\r\n${
            headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")
          }\r\n`,
        ),
      );
      for (;;) {
        const piece = await reader?.read();
        if (!piece || piece.done) break;
        await write(piece.value);
      }
    } finally {
      this.#live--;
      await reader?.cancel().catch(() => {});
    }
  }
}

/**
 * What a connection says first: the request where it is one for `/v1/live`, else
 * as much of it as was read. Null where it is closed before.
 */
async function readHead(
  connection: Deno.TcpConn,
): Promise<{ bytes: Uint8Array; request: Request | null } | null> {
  const buffer = new Uint8Array(HEAD);
  let length = 0;
  for (;;) {
    const read = await connection.read(buffer.subarray(length));
    if (read === null) return null;
    length += read;
    const bytes = buffer.subarray(0, length);
    const text = new TextDecoder().decode(bytes);
    const live = "GET /v1/live";
    const begins = text.startsWith(live)
      ? text.length === live.length || /[ ?]/.test(text[live.length]!)
      : live.startsWith(text);
    const end = text.indexOf("\r\n\r\n");
    if (!begins || end < 0 && length === HEAD) return { bytes, request: null };
    if (end < 0) continue;
    const [first = "", ...lines] = text.slice(0, end).split("\r\n");
    try {
      const headers = new Headers(
        lines.map((line): [string, string] => {
          const at = line.indexOf(":");
          return [line.slice(0, at), line.slice(at + 1).trim()];
        }),
      );
      const url = new URL(first.split(" ")[1]!, "http://127.0.0.1");
      return { bytes, request: new Request(url, { headers }) };
    } catch {
      // Not well formed: the server says so.
      return { bytes, request: null };
    }
  }
}

async function writeAll(
  connection: Deno.TcpConn,
  bytes: Uint8Array,
): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await connection.write(bytes.subarray(at));
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}

/** Whether an error only says that the other side, or we, ended the connection. */
const isGone = (error: unknown): boolean =>
  [
    "BadResource",
    "BrokenPipe",
    "ConnectionReset",
    "ConnectionAborted",
    "Interrupted",
    "NotConnected",
    "UnexpectedEof",
  ].includes((error as Error).name);
