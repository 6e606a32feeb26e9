/** What the site's pages read, written in one go from one opening of the marts. */
import { createHash } from "node:crypto";
import { type Marts, openMarts } from "./marts.ts";
import type { NamedPage } from "./site/pages.ts";

const LOADERS = new URL("./site/data/", import.meta.url);

/** A file that a page reads. */
export interface DataFile {
  /** As pages name it, such as `data/talk.json`. */
  path: string;
  /** Below the site's root, with a hash of what is in it. */
  name: string;
  bytes: number;
  /** Whether it was there already, so that it was not written again. */
  there: boolean;
}

/**
 * Writes the data of every page, and of every market's, below a folder.
 * @param markets keys of the markets.
 * @param there names of files that need not be written.
 */
export async function writeData(
  folder: string,
  pages: NamedPage[],
  markets: string[],
  there: Set<string>,
): Promise<DataFile[]> {
  const files: DataFile[] = [];
  const write = async (path: string, bytes: Uint8Array) => {
    const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 8);
    const name = `_file/${path.replace(/\.json$/, `.${hash}.json`)}`;
    const file = { path, name, bytes: bytes.length, there: there.has(name) };
    files.push(file);
    if (file.there) return;
    const to = `${folder}/${name}`;
    await Deno.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true });
    await Deno.writeFile(to, bytes);
  };
  const marts = await openMarts();
  try {
    for (const { id, ofMarkets } of pages) {
      if (ofMarkets) {
        const { readEach } = await import(
          new URL(`${id}/[market].json.ts`, LOADERS).href
        ) as {
          readEach(
            marts: Marts,
            keys: string[],
          ): AsyncIterable<{ key: string; json: Uint8Array }>;
        };
        for await (const { key, json } of readEach(marts, markets)) {
          await write(`data/${id}/${key}.json`, json);
        }
      } else {
        const { read } = await import(
          new URL(`${id}.json.ts`, LOADERS).href
        ) as { read(marts: Marts): Promise<unknown> };
        const text = JSON.stringify(await read(marts));
        await write(`data/${id}.json`, new TextEncoder().encode(text));
      }
    }
  } finally {
    marts.close();
  }
  return files;
}
