/**
 * The embedded PostgreSQL (PGlite) on a thread of its own, served on loopback
 * so that there is one client everywhere. It gets one message, the folder,
 * answers `{ port }` or `{ error }`, and closes the database on `"close"`.
 * `"clients"` is answered with the number of open connections.
 */
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";

const thread = self as unknown as {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent) => void) | null;
};

const { promise: opened, resolve: open } = Promise.withResolvers<
  { db: PGlite; server: PGLiteSocketServer }
>();

thread.onmessage = async ({ data: message }: MessageEvent) => {
  if (message === "clients") {
    const { server } = await opened;
    thread.postMessage({ clients: server.getStats().activeConnections });
  } else if (message === "close") {
    const { db, server } = await opened;
    await server.stop();
    await db.close();
    thread.postMessage({ closed: true });
  } else {
    try {
      const db = await PGlite.create({ dataDir: message.folder });
      const probe = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const port = probe.addr.port;
      probe.close();
      const server = new PGLiteSocketServer({
        db,
        host: "127.0.0.1",
        port,
        maxConnections: 100,
      });
      await server.start();
      open({ db, server });
      thread.postMessage({ port });
    } catch (error) {
      thread.postMessage({ error: (error as Error).message });
    }
  }
};
