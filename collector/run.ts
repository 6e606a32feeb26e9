/**
 * `deno task run`: collects, and makes lake, marts and pages on a schedule,
 * until it is stopped.
 */
import { chain } from "./chain/chain.ts";
import { runTask } from "./cli/errors.ts";
import { collectTask } from "./collect.ts";

const HELP =
  `Collects markets and communities, and once an hour runs the chain: snapshot,
forecast, analyze, publish and site, each with the permissions of its own task.

  deno task run [--for 90s]

  --for DURATION   stop by itself after that time (90s, 5m, 1h)
  --help           show this

Each step's run is a row of the table runs. A step that fails is tried again
and ends nothing else; "run" in the configuration says when, which and how
often. CROWDTAPE_CONFIG names a configuration, DATABASE_URL a PostgreSQL,
CROWDTAPE_DATA the data folder. Ctrl-C stops it, and the step under way with
it: the next start takes that up again.`;

if (import.meta.main) {
  await runTask((args) =>
    collectTask(args, { task: "run", help: HELP, beside: chain })
  );
}
