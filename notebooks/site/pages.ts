/** The pages of the site, as they declare themselves. */
import type { Page } from "./components/parts/page.ts";

/** A page with its id, the name of its file. */
export interface NamedPage extends Omit<Page<never>, "show"> {
  id: string;
  path: string;
}

const FOLDER = new URL("./components/pages/", import.meta.url);

/** Every page, in the order of the menu. */
export async function readPages(): Promise<NamedPage[]> {
  const pages: NamedPage[] = [];
  for await (const { name, isFile } of Deno.readDir(FOLDER)) {
    if (!isFile || !name.endsWith(".ts")) continue;
    const id = name.slice(0, -".ts".length);
    const { page } = await import(new URL(name, FOLDER).href) as {
      page: Page<never>;
    };
    pages.push({ ...page, id, path: page.path ?? id });
  }
  return pages.sort((a, b) => a.order - b.order);
}
