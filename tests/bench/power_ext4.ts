/**
 * Real power cuts: the load runs on an ext4 of its own in a file, mounted as a
 * loop device, and at a random moment the kernel is told to stop that file
 * system as if the power had gone (`EXT4_IOC_SHUTDOWN` without flushing the
 * journal). What was neither synced nor written back by then is lost; mounted
 * again, the journal is replayed. Needs root.
 */
import { openDatabase } from "../../collector/database/client.ts";
import { pause } from "../../collector/model/pause.ts";
import { putDatabase } from "../support/empty_database.ts";
import { examine, type Held, type Losses } from "./power_claims.ts";

const never = new AbortController().signal;

export async function sh(program: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, {
    args,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) {
    throw new Error(
      `${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`,
    );
  }
}

const SHUTDOWN = 0x8004587d, WITHOUT_FLUSH = 2;

/** Rows that are acknowledged before a cut can come, so that there is something to lose. */
const ENOUGH = 120;

/** Cuts the power `afterMs` after the load has had its first {@link ENOUGH} rows acknowledged. */
export async function ext4Cut(
  afterMs: number,
): Promise<{ acknowledged: number; losses: Losses; held: Held }> {
  const folder = await Deno.makeTempDir({ prefix: "crowdtape_ext4_" });
  const disk = `${folder}/disk`, mounted = `${folder}/mounted`;
  await Deno.mkdir(mounted);
  await Deno.writeFile(disk, new Uint8Array());
  await Deno.truncate(disk, 2 * 2 ** 30);
  await sh("mkfs.ext4", "-q", "-F", disk);
  await sh("mount", "-o", "loop", disk, mounted);
  try {
    await putDatabase(`${mounted}/data`);
    await sh("sync", "--file-system", mounted);
    const load = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-A", "tests/bench/power_load.ts", `${mounted}/data`],
        ...[`${folder}/acknowledged`, "120"],
      ],
      env: { NO_COLOR: "1", DATABASE_URL: "" },
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const out = load.stdout.getReader();
    await out.read();
    const notes = async () =>
      (await Deno.readTextFile(`${folder}/acknowledged`)).split("\n")
        .slice(0, -1);
    while ((await notes()).length < ENOUGH) await pause(100, never);
    await pause(afterMs, never);
    const acknowledged = await notes();
    await sh(
      "perl",
      "-e",
      `open(F, "<", $ARGV[0]) or die $!; my $how = pack("L", ${WITHOUT_FLUSH}); ioctl(F, ${SHUTDOWN}, $how) or die $!;`,
      mounted,
    );
    load.kill("SIGKILL");
    await out.cancel();
    await load.status;
    await sh("umount", mounted);
    await sh("mount", "-o", "loop", disk, mounted);
    const db = await openDatabase({ data: `${mounted}/data`, max: 1 });
    try {
      return {
        acknowledged: acknowledged.length,
        ...await examine(db.sql, acknowledged),
      };
    } finally {
      await db.close();
    }
  } finally {
    await sh("umount", mounted);
    await Deno.remove(folder, { recursive: true });
  }
}
