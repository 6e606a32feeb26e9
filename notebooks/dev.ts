/** `deno task dev`: the site, made anew in the browser whenever a file of it is saved. */
import { demoFolder } from "../collector/cli/data_folder.ts";
import { readOptions, runTask } from "../collector/cli/errors.ts";
import { claimPort, parsePort } from "../collector/cli/port.ts";
import { readContents } from "./marts.ts";
import { readPages } from "./site/pages.ts";
import { withoutNetwork } from "./site.ts";

const HELP = `deno task dev [--port 3000]

Serves the site over the demo's marts, or those in CROWDTAPE_DATA; a page that
is saved changes in the browser at once. "deno task demo --once" makes marts.

  --port  where it is served (default: 3000)`;

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
    const port = parsePort(values.port, "--port");
    Deno.env.set("CROWDTAPE_DATA", demoFolder());
    Deno.env.set("OBSERVABLE_TELEMETRY_DISABLE", "true");
    await readContents(await readPages());
    claimPort(port, "--port");
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
