/** One TCP connection that passes through the {@link Front}. */
interface Tunnel {
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
  #tunnels = new Set<Tunnel>();
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
    const tunnel: Tunnel = { client, server, socket: null, lastTraffic: 0 };
    this.#tunnels.add(tunnel);
    await Promise.all([
      this.#pass(tunnel, client, server, true),
      this.#pass(tunnel, server, client, false),
    ]);
    this.#drop(tunnel);
  }

  /** Copies one direction until either end is gone. */
  async #pass(
    tunnel: Tunnel,
    from: Deno.Conn,
    to: Deno.Conn,
    requests: boolean,
  ): Promise<void> {
    const buffer = new Uint8Array(65536);
    try {
      for (;;) {
        const read = await from.read(buffer);
        if (read === null) break;
        tunnel.lastTraffic = performance.now();
        if (requests && tunnel.socket === null) {
          const head = new TextDecoder().decode(buffer.subarray(0, read));
          if (/^upgrade:\s*websocket/im.test(head)) {
            tunnel.socket = /^GET ([^\s?]+)/.exec(head)?.[1] ?? "";
          }
        }
        for (let sent = 0; sent < read;) {
          sent += await to.write(buffer.subarray(sent, read));
        }
      }
    } catch {
      // One end went away; the other must not wait for it.
    }
    this.#drop(tunnel);
  }

  #drop(tunnel: Tunnel): void {
    if (!this.#tunnels.delete(tunnel)) return;
    for (const end of [tunnel.client, tunnel.server]) {
      try {
        end.close();
      } catch {
        // Already closed.
      }
    }
  }

  /** Ends WebSockets by their path, without a close frame. Returns how many. */
  cut(path: RegExp): number {
    const tunnels = [...this.#tunnels].filter((tunnel) =>
      tunnel.socket !== null && path.test(tunnel.socket)
    );
    for (const tunnel of tunnels) this.#drop(tunnel);
    return tunnels.length;
  }

  /** Ends the WebSockets that have been silent for too long. */
  dropIdle(): void {
    const before = performance.now() - this.idleMs;
    for (const tunnel of this.#tunnels) {
      if (tunnel.socket !== null && tunnel.lastTraffic < before) {
        this.#drop(tunnel);
      }
    }
  }

  /** Stops listening and ends every connection. */
  async close(): Promise<void> {
    this.#listener.close();
    for (const tunnel of this.#tunnels) this.#drop(tunnel);
    await this.#running;
  }
}
