/** What makes names and files safe from a power cut. */

/** Makes the names in a folder safe: a file made, renamed or removed there stays so. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows has no way to ask for it.
  if (Deno.build.os === "windows") return;
  using opened = await Deno.open(folder);
  await opened.sync();
}

/** Makes a folder safe with everything in it. */
export async function syncTree(folder: string): Promise<void> {
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) await syncTree(path);
    else if (isFile) {
      using file = await Deno.open(path, { read: true, write: true });
      await file.sync();
    }
  }
  await syncFolder(folder);
}

/** Removes a folder with everything in it; one that is not there is removed. */
export async function removeTree(folder: string): Promise<void> {
  try {
    await Deno.remove(folder, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
