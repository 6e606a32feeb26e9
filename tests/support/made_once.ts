/** What several test files need and none of them changes: made by the first that asks, while the others wait. */
import { tmpdir, userInfo } from "node:os";
import process from "node:process";

const home = `${tmpdir()}/crowdtape-tests-${userInfo().uid}`;

/**
 * The folder of that name, made today by this or another process.
 * @param name what decides how it looks; with `-pid` and a process's number at
 * its end it lives as long as that process
 * @param make fills it, and has closed everything in it when it ends
 */
export async function madeOnce(
  name: string,
  make: (folder: string) => Promise<void>,
): Promise<string> {
  await Deno.mkdir(home, { recursive: true, mode: 0o700 });
  const day = new Date().toISOString().slice(0, 10);
  const folder = `${home}/${day}-${name}`;
  using lock = await Deno.open(`${folder}.lock`, {
    create: true,
    write: true,
  });
  await lock.lock(true);
  if (isFolder(folder)) return folder;
  removeOld(day);
  await Deno.remove(`${folder}.new`, { recursive: true }).catch(() => {});
  await make(`${folder}.new`);
  await Deno.rename(`${folder}.new`, folder);
  return folder;
}

/** Shared by the files of one run: by its number where `deno task test` runs them, else this process's own. */
export const OF_THIS_RUN = `pid${
  Deno.env.get("CROWDTAPE_TEST_RUN") ?? process.pid
}`;

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** Removes what is of another day, or of a process that has ended. */
function removeOld(day: string): void {
  for (const { name } of Deno.readDirSync(home)) {
    const [, pid] = /-pid(\d+)(?:\.new)?$/.exec(name) ?? [];
    const old = /^\d{4}-/.test(name) &&
      (!name.startsWith(day) || pid && !isRunning(Number(pid)));
    if (!old) continue;
    try {
      Deno.removeSync(`${home}/${name}`, { recursive: true });
    } catch {
      // Another process was faster.
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
