/** `deno task preview`: serves the built site, and the collector's API beside it. */
import { Hono } from "hono";
import { compress } from "hono/compress";
import { secureHeaders } from "hono/secure-headers";
import { CliError, readOptions, runTask } from "../collector/cli/errors.ts";
import { parsePort } from "../collector/cli/port.ts";

const HELP =
  `deno task preview [--port 3000] [--host 127.0.0.1] [--dist dist] [--api http://127.0.0.1:8787]

Serves the site that "deno task site" built; /v1 and /healthz come from the collector.`;

const TYPES: Record<string, string> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  json: "application/json",
  svg: "image/svg+xml",
  png: "image/png",
  txt: "text/plain; charset=utf-8",
};

/** Where the pages and the live data come from. */
export interface PreviewOptions {
  /** Folder of the built site. */
  dist: string;
  /** Address of the collector's API. */
  api: string;
}

/**
 * The site as a Hono app: files of `dist`, clean addresses, a policy that
 * forbids every third party, and `/v1/*` passed on to the collector. Where the
 * collector is away `/v1/live` answers 204, which ends an EventSource quietly.
 */
export function preview({ dist, api }: PreviewOptions): Hono {
  const app = new Hono();
  app.use(secureHeaders({
    crossOriginResourcePolicy: "same-origin",
    referrerPolicy: "no-referrer",
    strictTransportSecurity: false,
    xFrameOptions: "DENY",
  }));

  const pass = async (request: Request): Promise<Response> => {
    const { pathname, search } = new URL(request.url);
    const live = pathname === "/v1/live";
    try {
      const response = await fetch(new URL(pathname + search, api), {
        method: request.method,
        headers: { accept: request.headers.get("accept") ?? "*/*" },
      });
      if (live && !response.ok) {
        await response.body?.cancel();
        return new Response(null, { status: 204 });
      }
      const headers = new Headers();
      for (const name of ["content-type", "cache-control", "etag"]) {
        const value = response.headers.get(name);
        if (value) headers.set(name, value);
      }
      return new Response(response.body, { status: response.status, headers });
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      if (live) return new Response(null, { status: 204 });
      return Response.json(
        { error: `no collector answers at ${api}: start "deno task collect"` },
        { status: 503 },
      );
    }
  };
  app.get("/v1/*", (c) => pass(c.req.raw));
  app.get("/healthz", (c) => pass(c.req.raw));

  app.use(compress());
  app.get("*", async (c) => {
    const path = decodePath(c.req.path);
    const found = path === null ? null : await read(dist, path);
    const file = found ?? await read(dist, "/404.html");
    if (!file) return c.text("Not found", 404);
    const headers: Record<string, string> = {
      "content-type": TYPES[file.name.slice(file.name.lastIndexOf(".") + 1)] ??
        "application/octet-stream",
      // Framework puts a hash into the names below these folders.
      "cache-control": /^\/_\w+\/.*\.[0-9a-f]{8}\.\w+$/.test(file.name)
        ? "public, max-age=31536000, immutable"
        : "no-cache",
    };
    if (file.name.endsWith(".html")) {
      headers["content-security-policy"] = await policy(file.bytes);
    }
    return c.body(file.bytes, found ? 200 : 404, headers);
  });
  return app;
}

/** The path without escapes, or null where it is malformed, leaves the folder or is hidden in it. */
function decodePath(path: string): string | null {
  try {
    const plain = decodeURIComponent(path);
    return plain.includes("/.") || plain.includes("\0") ? null : plain;
  } catch {
    return null;
  }
}

/** The file a path stands for: itself, its `.html`, or its folder's index. */
async function read(
  dist: string,
  path: string,
): Promise<{ name: string; bytes: Uint8Array<ArrayBuffer> } | null> {
  const names = path.endsWith("/")
    ? [`${path}index.html`]
    : [path, `${path}.html`];
  for (const name of names) {
    try {
      return { name, bytes: await Deno.readFile(dist + name) };
    } catch (error) {
      // A folder without its slash reads as an error of the system.
      if (
        !(error instanceof Deno.errors.NotFound ||
          error instanceof Deno.errors.IsADirectory ||
          error instanceof Deno.errors.NotADirectory)
      ) throw error;
    }
  }
  return null;
}

const policies = new Map<string, string>();

/** Same origin only; the inline scripts of this very page by their hashes. */
async function policy(html: Uint8Array<ArrayBuffer>): Promise<string> {
  const text = new TextDecoder().decode(html);
  const known = policies.get(text);
  if (known) return known;
  const hashes = [];
  for (
    const [, script] of text.matchAll(
      /<script(?![^>]*\bsrc=)[^>]*>([^]*?)<\/script>/g,
    )
  ) {
    const digest = await crypto.subtle.digest(
      "SHA-256",
      new TextEncoder().encode(script),
    );
    hashes.push(
      `'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`,
    );
  }
  const made = [
    "default-src 'none'",
    `script-src 'self' ${hashes.join(" ")}`,
    // Charts set style attributes.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'self'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  if (policies.size > 200) policies.clear();
  policies.set(text, made);
  return made;
}

/**
 * Serves the preview on a port of this machine.
 * @throws {CliError} where the site is not built, or the port is in use.
 */
export async function servePreview(
  { host = "127.0.0.1", port = 3000, ...options }:
    & { host?: string; port?: number }
    & PreviewOptions,
): Promise<Deno.HttpServer<Deno.NetAddr>> {
  try {
    await Deno.stat(`${options.dist}/index.html`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new CliError(
      `There is no site in ${options.dist}/: run "deno task site" first.`,
    );
  }
  try {
    return Deno.serve(
      { hostname: host, port, onListen: () => {} },
      preview(options).fetch,
    );
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    throw new CliError(
      `Port ${port} is in use: stop what listens there, or choose another ` +
        `with "deno task preview --port ${port + 1}".`,
    );
  }
}

// It is served to others, so it may read neither the data folder nor .env.
if (import.meta.main) {
  await runTask(async (args) => {
    const values = readOptions("preview", args, {
      port: { type: "string", default: "3000" },
      host: { type: "string", default: "127.0.0.1" },
      dist: { type: "string", default: "dist" },
      api: { type: "string", default: "http://127.0.0.1:8787" },
      help: { type: "boolean", short: "h" },
    });
    if (values.help) {
      console.log(HELP);
      return;
    }
    const port = parsePort(values.port, "--port");
    if (!URL.canParse(values.api)) {
      throw new CliError(
        `--api must be an address such as http://127.0.0.1:8787, not "${values.api}".`,
      );
    }
    const server = await servePreview({ ...values, port });
    const stop = () => server.shutdown();
    Deno.addSignalListener("SIGINT", stop);
    Deno.addSignalListener("SIGTERM", stop);
    console.log(
      `The site is at http://${values.host}:${server.addr.port}/ (Ctrl-C ends it); ` +
        `live prices from ${values.api}.`,
    );
    await server.finished;
  }, { settings: false });
}
