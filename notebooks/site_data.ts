/** What the site's pages read, written in one go from one opening of the marts. */
import { createHash } from "node:crypto";
import { type Marts, openMarts } from "./marts.ts";
import type { NamedPage } from "./site/pages.ts";

const LOADERS = new URL("./site/data/", import.meta.url);

/** A file that a page reads. */
export interface DataFile {
  /** Below the site's root, such as `data/talk.json`. */
  path: string;
  /** Changes with its content. */
  hash: string;
  bytes: number;
}

/**
 * Writes the data of every page, and of every market's, below a folder.
 * @param markets keys of the markets.
 */
export async function writeData(
  folder: string,
  pages: NamedPage[],
  markets: string[],
): Promise<DataFile[]> {
  const files: DataFile[] = [];
  const write = async (path: string, data: unknown) => {
    const text = JSON.stringify(data);
    const bytes = new TextEncoder().encode(text);
    const to = `${folder}/${path}`;
    await Deno.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true });
    await Deno.writeFile(to, bytes);
    const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 8);
    files.push({ path, hash, bytes: bytes.length });
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
          ): AsyncIterable<{ key: string }>;
        };
        for await (const market of readEach(marts, markets)) {
          await write(`data/${id}/${market.key}.json`, market);
        }
      } else {
        const { read } = await import(
          new URL(`${id}.json.ts`, LOADERS).href
        ) as { read(marts: Marts): Promise<unknown> };
        await write(`data/${id}.json`, await read(marts));
      }
    }
  } finally {
    marts.close();
  }
  return files;
}
