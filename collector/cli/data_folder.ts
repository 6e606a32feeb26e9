/** The data folder: where it is, and what its data are. */
import { CliError } from "./errors.ts";

/** Folder of the database, the lake and the marts: `CROWDTAPE_DATA`, else `data`. */
export const dataFolder = (): string =>
  Deno.env.get("CROWDTAPE_DATA") || "data";

/** Where the demo works: `CROWDTAPE_DATA`, else `data-demo`. */
export const demoFolder = (): string =>
  Deno.env.get("CROWDTAPE_DATA") || "data-demo";

/** Where backups are kept, `CROWDTAPE_BACKUP`. @throws {CliError} where it is not set. */
export function backupFolder(): string {
  const folder = Deno.env.get("CROWDTAPE_BACKUP");
  if (folder) return folder;
  throw new CliError(
    "Set CROWDTAPE_BACKUP to a folder for backups, on another disk if there is one.",
  );
}

/** Paths as `--allow-read` takes them: a comma in one is written twice. */
export const permitted = (paths: string[]): string =>
  paths.map((path) => path.replaceAll(",", ",,")).join(",");

/** A folder that has this file holds the data of a simulator, and never others. */
export const SIMULATED = "demo.json";

/** Whether a data folder holds simulated data. */
export const isSimulated = (data: string): Promise<boolean> =>
  exists(`${data}/${SIMULATED}`);

/**
 * Keeps collected and simulated data apart: to be called before anything is
 * added to the data folder, or copied between it and a `DATABASE_URL`.
 * @param simulated whether what is to be added comes from a simulator
 * @throws {CliError} where the folder holds data of the other kind.
 */
export async function keepApart(
  simulated: boolean,
  data = dataFolder(),
): Promise<void> {
  if (await isSimulated(data) === simulated) return;
  throw new CliError(
    simulated
      ? `The configuration is of a simulator, and the data folder ${data} is not one that the demo made. Unset CROWDTAPE_CONFIG, or run \`deno task demo\`.`
      : `The data folder ${data} holds simulated data of \`deno task demo\`, which do not mix with others. Set CROWDTAPE_DATA to another folder, or move this one away.`,
  );
}

/** What `deno task site` notes down in the folder of its pages. */
export const SITE_RECORD = ".crowdtape-site.json";

/** Where the demo's pages go: into `dist` as all pages do, unless it holds others. */
export async function demoPages(): Promise<string> {
  try {
    const entries = await Array.fromAsync(Deno.readDir("dist"));
    if (entries.length === 0) return "dist";
    const record = await Deno.readTextFile(`dist/${SITE_RECORD}`);
    return JSON.parse(record).simulated === true ? "dist" : "dist-demo";
  } catch {
    return await exists("dist") ? "dist-demo" : "dist";
  }
}

/** An unreadable folder is reported by whoever reads it. */
async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch {
    return false;
  }
}
