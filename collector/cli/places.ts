/**
 * The paths that the settings name, as `--allow-read` and `--allow-write` take
 * them. The tasks of deno.json ask for them, so that each reaches its own
 * folders wherever those lie, and no others.
 *
 *   data    the data folder
 *   demo    the demo's
 *   config  the configuration, where one is named
 *   backup  the folder of backups, where one is named
 */
import { dataFolder, demoFolder, permitted } from "./data_folder.ts";
import { loadSettings } from "./errors.ts";

const places: Record<string, () => string | undefined> = {
  data: dataFolder,
  demo: demoFolder,
  config: () => Deno.env.get("CROWDTAPE_CONFIG"),
  backup: () => Deno.env.get("CROWDTAPE_BACKUP"),
};

// The demo's folder is named by the shell alone, as in the demo itself.
if (!Deno.args.includes("demo")) loadSettings();
console.log(
  permitted(Deno.args.map((name) => places[name]?.() ?? "").filter(Boolean)),
);
