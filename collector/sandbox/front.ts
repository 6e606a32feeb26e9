/** One TCP connection that passes through the {@link Front}. */
interface Line {
  client: Deno.Conn;
  server: Deno.Conn;
  /** The path of its WebSocket, or null for plain HTTP. */
  socket: string | null;
  lastTraffic: number;
}

/**
 * A TCP relay before the simulator's HTTP server. It exists because a server
 * that speaks HTTP ends a WebSocket politely, while a lost connection ends it
 * with no close frame at all: only below HTTP can that be shown.
 */
export class Front {
  #lines = new Set<Line>();
  #listener: Deno.TcpListener;
  #running: Promise<void>;

  /**
   * @param inner the HTTP server's port
   * @param port where to listen; 0 for a free one
   * @param idleMs WebSockets without traffic for so long are dropped
   */
  constructor(readonly inner: number, port: number, readonly idleMs: number) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port });
    this.#running = this.#accept();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  async #accept(): Promise<void> {
    const relays = new Set<Promise<void>>();
    for await (const client of this.#listener) {
      const relay = this.#relay(client).finally(() => relays.delete(relay));
      relays.add(relay);
    }
    await Promise.all(relays);
  }

  async #relay(client: Deno.Conn): Promise<void> {
    let server: Deno.TcpConn;
    try {
      server = await Deno.connect({ hostname: "127.0.0.1", port: this.inner });
    } catch {
      client.close();
      return;
    }
    const line: Line = { client, server, socket: null, lastTraffic: 0 };
    this.#lines.add(line);
    await Promise.all([
      this.#pass(line, client, server, true),
      this.#pass(line, server, client, false),
    ]);
    this.#drop(line);
  }

  /** Copies one direction until either end is gone. */
  async #pass(
    line: Line,
    from: Deno.Conn,
    to: Deno.Conn,
    requests: boolean,
  ): Promise<void> {
    const buffer = new Uint8Array(65536);
    try {
      for (;;) {
        const read = await from.read(buffer);
        if (read === null) break;
        line.lastTraffic = performance.now();
        if (requests && line.socket === null) {
          const head = new TextDecoder().decode(buffer.subarray(0, read));
          if (/^upgrade:\s*websocket/im.test(head)) {
            line.socket = /^GET ([^\s?]+)/.exec(head)?.[1] ?? "";
          }
        }
        for (let sent = 0; sent < read;) {
          sent += await to.write(buffer.subarray(sent, read));
        }
      }
    } catch {
      // One end went away; the other must not wait for it.
    }
    this.#drop(line);
  }

  #drop(line: Line): void {
    if (!this.#lines.delete(line)) return;
    for (const end of [line.client, line.server]) {
      try {
        end.close();
      } catch {
        // Already closed.
      }
    }
  }

  /** Ends WebSockets by their path, without a close frame. Returns how many. */
  cut(path: RegExp): number {
    const lines = [...this.#lines].filter((line) =>
      line.socket !== null && path.test(line.socket)
    );
    for (const line of lines) this.#drop(line);
    return lines.length;
  }

  /** Ends the WebSockets that have been silent for too long. */
  dropIdle(): void {
    const before = performance.now() - this.idleMs;
    for (const line of this.#lines) {
      if (line.socket !== null && line.lastTraffic < before) this.#drop(line);
    }
  }

  /** Stops listening and ends every connection. */
  async close(): Promise<void> {
    this.#listener.close();
    for (const line of this.#lines) this.#drop(line);
    await this.#running;
  }
}
