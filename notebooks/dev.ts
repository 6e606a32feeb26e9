/** `deno task dev`: the site, made anew in the browser whenever a file of it is saved. */
import { demoFolder } from "../collector/cli/data_folder.ts";
import { CliError, readOptions, runTask } from "../collector/cli/errors.ts";
import { readContents } from "./marts.ts";
import { readPages } from "./site/pages.ts";
import { withoutNetwork } from "./site.ts";

const HELP = `deno task dev [--port 3000]

Serves the site over the demo's marts, or those in CROWDTAPE_DATA; a page that
is saved changes in the browser at once. "deno task demo --once" makes marts.

  --port  where it is served (default: 3000)`;

/** @throws {CliError} where something listens at the port; Framework has no word for it. */
function claim(port: number): void {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    throw new CliError(
      `Port ${port} is in use: stop what listens there, or choose another with --port.`,
    );
  }
}

if (import.meta.main) {
  await runTask(async (args) => {
    const values = readOptions("dev", args, {
      port: { type: "string", default: "3000" },
      help: { type: "boolean", short: "h" },
    });
    if (values.help) {
      console.log(HELP);
      return;
    }
    const port = Number(values.port);
    if (!Number.isInteger(port) || port < 0 || port > 65535) {
      throw new CliError(
        `--port must be a whole number from 0 to 65535, not "${values.port}".`,
      );
    }
    Deno.env.set("CROWDTAPE_DATA", demoFolder());
    Deno.env.set("OBSERVABLE_TELEMETRY_DISABLE", "true");
    await readContents(await readPages());
    claim(port);
    const ended = Promise.withResolvers<void>();
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      Deno.addSignalListener(signal, () => ended.resolve());
    }
    // A library of Framework's that opens a browser, unused here, looks at its
    // import for Windows' Linux, in files that no permission but all opens.
    Deno.env.set("__IS_WSL_TEST__", "1");
    const { PreviewServer } = await import(
      "@observablehq/framework/dist/preview.js"
    );
    const { log } = console;
    await withoutNetwork(async () => {
      const { server } = await PreviewServer.start({
        root: "notebooks/site",
        config: "notebooks/site/observablehq.config.ts",
        hostname: "127.0.0.1",
        port,
        open: false,
        verbose: false,
      });
      const { port: taken } = server.address() as { port: number };
      log(`The site is at http://127.0.0.1:${taken}/ (Ctrl-C ends it).`);
      await ended.promise;
      server.close();
    });
  }, { settings: false });
}
