/** `deno task backup`: database, lake and marts into a folder, only what is new. */
import { makeBackup } from "./backup/make.ts";
import { Vault } from "./backup/vault.ts";
import { backupFolder, dataFolder } from "./cli/data_folder.ts";
import { CliError, readOptions, runTask } from "./cli/errors.ts";
import { openDatabase } from "./database/client.ts";

const HELP = `deno task backup [--keep N] [--json]

Backs up the database, the lake and the marts into the folder CROWDTAPE_BACKUP:
a new or empty one, or that of earlier backups, of which nothing is written
again. "deno task restore" brings one back, also from the embedded database to
a PostgreSQL of yours or to Supabase.

  --keep N  remove all but the newest N backups (default: keep all)
  --json    report as JSON

Collecting goes on meanwhile; a snapshot or an analyze waits. Left out are the
titles, texts and hashed authors of posts, which are kept for a limited time,
and the salt of the hashes (CROWDTAPE_SALT or the file salt): copy that yourself.`;

if (import.meta.main) {
  await runTask(async (args) => {
    const values = readOptions("backup", args, {
      keep: { type: "string" },
      json: { type: "boolean" },
      help: { type: "boolean" },
    });
    if (values.help) return console.log(HELP);
    const keep = values.keep === undefined ? undefined : Number(values.keep);
    if (keep !== undefined && !(Number.isInteger(keep) && keep >= 1)) {
      throw new CliError(
        `--keep wants a whole number from 1 on, not "${values.keep}".`,
      );
    }
    const data = dataFolder(), folder = backupFolder();
    const database = await openDatabase({ data });
    try {
      const report = await makeBackup({
        data,
        database,
        vault: new Vault(folder),
        keep,
        onProgress: (what) => console.error(what),
      });
      const number = (n: number) => n.toLocaleString("en");
      console.log(
        values.json
          ? JSON.stringify(report)
          : `${report.made_at}: ${number(report.rows)} rows and ${
            number(report.files)
          } files, ${number(report.bytes)} bytes, of which ${
            number(report.added_bytes)
          } are new in ${folder}` +
            (report.removed > 0 ? `; ${report.removed} older removed` : ""),
      );
    } finally {
      await database.close();
    }
  });
}
