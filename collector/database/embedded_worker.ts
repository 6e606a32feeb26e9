/**
 * The embedded PostgreSQL (PGlite) on a thread of its own, served on loopback
 * so that there is one client everywhere. It gets `{ folder, password, port }`,
 * answers `{ port }` or `{ error }`, and closes the database on `"close"`.
 * `"clients"` is answered with the number of open connections. When PostgreSQL
 * gives up, as on a full disk, it says `{ ended }` and does nothing more.
 */
import type { PGlite } from "@electric-sql/pglite";
import { openPostgres } from "./embedded_files.ts";
import {
  EmbeddedServer,
  type EmbeddedServerOptions,
} from "./embedded_server.ts";

/** What the thread is asked to open. */
export interface Opening extends EmbeddedServerOptions {
  folder: string;
}

/** What the thread says. */
export type Said =
  | { port: number }
  | { error: string }
  | { clients: number }
  | { closed: true }
  | { ended: string };

const thread = self as unknown as {
  postMessage(message: Said): void;
  onmessage: ((event: MessageEvent) => void) | null;
};

const { promise: opened, resolve: open } = Promise.withResolvers<
  { db: PGlite; server: EmbeddedServer }
>();

let current: EmbeddedServer | null = null;

thread.onmessage = async ({ data: message }: MessageEvent) => {
  if (message === "clients") {
    const { server } = await opened;
    thread.postMessage({ clients: server.clients });
  } else if (message === "close") {
    const { db, server } = await opened;
    await server.stop();
    await db.close();
    thread.postMessage({ closed: true });
  } else {
    const { folder, ...options } = message as Opening;
    const ended = (reason: string) => {
      current?.abandon();
      thread.postMessage({ ended: reason });
    };
    try {
      const db = await openPostgres(folder, ended);
      const server = current = new EmbeddedServer(db, options);
      open({ db, server });
      thread.postMessage({ port: server.port });
    } catch (error) {
      thread.postMessage({ error: (error as Error).message });
    }
  }
};
