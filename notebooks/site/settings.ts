/** Observable Framework's settings for this site: paths, frame and data loaders. */
import { dataFolder, permitted } from "../../collector/cli/data_folder.ts";
import type { Contents } from "../marts.ts";
import { i18n, LANGUAGES } from "./components/words/i18n.ts";
import { EACH, fill, footer, head, header } from "./frame.ts";
import type { NamedPage } from "./pages.ts";

/** How a data loader is run: it reads the data folder, and nobody else's files. */
export const loader = (data = dataFolder()): [string, ...string[]] => [
  "deno",
  "run",
  "--no-prompt",
  `--allow-read=${permitted(["analytics", data])}`,
  // DuckDB works over to a folder below the data.
  `--allow-write=${permitted([data])}`,
  "--allow-env=CROWDTAPE_DATA",
  "--allow-ffi=node_modules",
];

/**
 * The settings for a site over these marts.
 * @param filled whether what the data say stands in the pages, and each market
 *   has its own; else one stands for all of them, and `fill` puts that in.
 */
export const settings = (
  contents: Contents,
  pages: NamedPage[],
  filled = true,
) => ({
  root: "notebooks/site",
  output: "dist",
  style: "style.css",
  globalStylesheets: [],
  sidebar: false,
  toc: false,
  pager: false,
  search: false,
  typographer: false,
  linkify: false,
  pages: [],
  dynamicPaths: LANGUAGES.flatMap((lang) =>
    pages.flatMap(({ path, ofMarkets }) =>
      ofMarkets
        ? (filled ? contents.markets : [EACH])
          .map((market) => `/${lang}/${path}/${market}`)
        : [`/${lang}/${path || "index"}`]
    )
  ),
  interpreters: {
    ".ts": loader(),
  },
  head: ({ path }: { path: string }) => {
    const html = head(path, i18n, pages);
    return filled ? fill(html, path, i18n, contents, pages) : html;
  },
  header: ({ path }: { path: string }) => {
    const html = header(path, i18n, pages);
    return filled ? fill(html, path, i18n, contents, pages) : html;
  },
  footer: ({ path }: { path: string }) => {
    const html = footer(path, i18n, pages);
    return filled ? fill(html, path, i18n, contents, pages) : html;
  },
});
