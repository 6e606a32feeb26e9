/** Observable Framework's configuration: paths, frame and data loaders of the site. */
import { readContents } from "../marts.ts";
import { LANGUAGES, words } from "./components/words.js";
import { footer, head, header } from "./frame.ts";

const contents = await readContents();

export default {
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
    ...contents.markets.map((market) => `/${lang}/coin/${market}`),
  ]),
  interpreters: {
    ".ts": [
      Deno.execPath(),
      "run",
      "--no-prompt",
      "--allow-read",
      "--allow-env",
      "--allow-ffi",
    ],
  },
  head: ({ path }: { path: string }) => head(path, words),
  header: ({ path }: { path: string }) => header(path, words, contents),
  footer: ({ path }: { path: string }) => footer(path, words, contents),
};
