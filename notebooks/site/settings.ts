/** Observable Framework's settings for this site: paths, frame and data loaders. */
import { dataFolder, permitted } from "../../collector/cli/data_folder.ts";
import type { Contents } from "../marts.ts";
import { LANGUAGES, words } from "./components/words.js";
import { footer, head, header } from "./frame.ts";

/** The settings for a site over these marts. */
export const settings = (contents: Contents) => ({
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
  dynamicPaths: LANGUAGES.flatMap((lang) => [
    `/${lang}/index`,
    `/${lang}/talk`,
    `/${lang}/premium`,
    `/${lang}/forecasts`,
    `/${lang}/health`,
    ...contents.markets.map((market) => `/${lang}/coin/${market}`),
  ]),
  interpreters: {
    ".ts": [
      "deno",
      "run",
      "--no-prompt",
      `--allow-read=${permitted(["analytics", dataFolder()])}`,
      // DuckDB works over to a folder below the data.
      `--allow-write=${permitted([dataFolder()])}`,
      "--allow-env=CROWDTAPE_DATA",
      "--allow-ffi=node_modules",
    ],
  },
  head: ({ path }: { path: string }) => head(path, words),
  header: ({ path }: { path: string }) => header(path, words, contents),
  footer: ({ path }: { path: string }) => footer(path, words, contents),
});
