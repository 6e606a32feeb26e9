/**
 * The embedded PostgreSQL (PGlite) on a thread of its own, served on loopback
 * so that there is one client everywhere. It gets one message, the folder,
 * answers `{ port }` or `{ error }`, and closes the database on `"close"`.
 * `"clients"` is answered with the number of open connections.
 */
import { PGlite } from "@electric-sql/pglite";
import { EmbeddedServer } from "./embedded_server.ts";

const thread = self as unknown as {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent) => void) | null;
};

const { promise: opened, resolve: open } = Promise.withResolvers<
  { db: PGlite; server: EmbeddedServer }
>();

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
    try {
      const db = await PGlite.create({ dataDir: message.folder });
      const server = new EmbeddedServer(db);
      open({ db, server });
      thread.postMessage({ port: server.port });
    } catch (error) {
      thread.postMessage({ error: (error as Error).message });
    }
  }
};
