/** `deno task restore`: a backup into an empty database and data folder. */
import {
  chooseBackup,
  clearTheWay,
  restoreBackup,
  verifyBackup,
} from "./backup/restore.ts";
import { Vault } from "./backup/vault.ts";
import { backupFolder, dataFolder } from "./cli/data_folder.ts";
import { readOptions, runTask } from "./cli/errors.ts";
import { openDatabase } from "./database/client.ts";

const HELP = `deno task restore [--at TIME] [--list] [--json]

Restores a backup of the folder CROWDTAPE_BACKUP into CROWDTAPE_DATA, which has to
be a new or empty folder, and the database: the embedded one there, or the
empty one of DATABASE_URL. Every object is checked before anything is written,
and every table is read again afterwards.

  --at TIME  the backup of that time, as --list shows it, or how that begins
             (default: the newest)
  --list     show the backups and end
  --json     report as JSON

Collect into it only once the machine of before has stopped.`;

if (import.meta.main) {
  await runTask(async (args) => {
    const values = readOptions("restore", args, {
      at: { type: "string" },
      list: { type: "boolean" },
      json: { type: "boolean" },
      help: { type: "boolean" },
    });
    if (values.help) return console.log(HELP);
    const vault = new Vault(backupFolder());
    if (values.list) {
      for (const when of await vault.list()) console.log(when);
      return;
    }
    const record = await chooseBackup(vault, values.at);
    console.error("checking the backup");
    await verifyBackup(vault, record);
    const data = dataFolder();
    await clearTheWay(data);
    const database = await openDatabase({ data });
    try {
      const report = await restoreBackup(
        vault,
        record,
        data,
        database,
        (what) => console.error(what),
      );
      console.log(
        values.json
          ? JSON.stringify(report)
          : `restored the backup of ${report.made_at}: ${
            report.rows.toLocaleString("en")
          } rows, ${report.files.toLocaleString("en")} files`,
      );
    } finally {
      await database.close();
    }
  });
}
