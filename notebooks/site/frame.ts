/** What stands around every page: title, navigation, language, theme, footer. */
import { communities } from "../../collector/communities/registry.ts";
import { knownVenues } from "../../collector/venues/registry.ts";
import { VERSION } from "../../collector/cli/version.ts";
import type { Contents } from "../marts.ts";
import { USUAL } from "./components/parts/age.ts";
import { type i18n as dictionary, LANGUAGES } from "./components/words/i18n.ts";
import { dateTime } from "./components/parts/format.ts";

type Words = typeof dictionary;

/** The language a path is in; English for the pages before a choice is made. */
export const languageOf = (path: string): "en" | "ko" =>
  path.startsWith("/ko/") ? "ko" : "en";

const isFramed = (path: string): boolean => /^\/(en|ko)\//.test(path);

/** Relative path from a page to the site's root. */
const up = (path: string): string =>
  "../".repeat(path.split("/").length - 2) || "./";

const pageOf = (
  path: string,
): "market" | "coin" | "talk" | "premium" | "forecasts" | "health" =>
  path.includes("/coin/")
    ? "coin"
    : (["talk", "premium", "forecasts", "health"] as const)
      .find((page) => path.endsWith(`/${page}`)) ?? "market";

// Before the first paint, so that a chosen theme does not flash.
const THEME = `{const t=localStorage.getItem("theme");` +
  `if(t)document.documentElement.dataset.theme=t}`;

const REDIRECT =
  `location.replace((navigator.languages||[navigator.language])` +
  `.map(l=>l.slice(0,2)).find(l=>l=="ko"||l=="en")=="ko"?"./ko/":"./en/")`;

/** The newest datum of what a page shows; null where there is none. */
function newestOf(path: string, { newest }: Contents): number | null {
  const page = pageOf(path);
  return page === "coin"
    ? newest.markets[path.slice(path.lastIndexOf("/") + 1)] ?? null
    : newest.pages[page];
}

/** What venues, communities and other sources are called, for `sourceName`. */
const SOURCES = JSON.stringify(
  Object.fromEntries(
    [...knownVenues, ...Object.values(communities), {
      id: "sandbox",
      names: { en: "simulator", ko: "시뮬레이터" },
    }].map(({ id, names }) => [id, names]),
  ),
);

/** The page's `<head>` beyond what Framework writes. */
export function head(path: string, i18n: Words): string {
  const t = i18n[languageOf(path)];
  const coin = path.includes("/coin/")
    ? `${path.slice(path.lastIndexOf("/") + 1).replace("-", " ")} · `
    : "";
  const title = isFramed(path)
    ? `${coin}${t.title[pageOf(path)]}`
    : "crowdtape";
  const icon = "data:image/svg+xml," + encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3.5" fill="#2456d6"/><path d="M3 11l3-4 2.5 2.5L13 4.5" fill="none" stroke="#fff" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/></svg>`,
  );
  return `<title>${title}</title>
<meta name="description" content="${t.description}">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="${icon}">
<script type="application/json" id="sources">${SOURCES}</script>
<script>${THEME}</script>` +
    (path === "/index"
      ? `<script>${REDIRECT}</script><noscript><meta http-equiv="refresh" content="0; url=./en/"></noscript>`
      : "");
}

/** The same page in another language, as a relative address. */
function swap(path: string, lang: string): string {
  const rest = path.replace(/^\/(en|ko)\//, "").replace(/(^|\/)index$/, "$1");
  return `${up(path)}${lang}/${rest}`;
}

/** The bar at the top. */
export function header(path: string, i18n: Words, contents: Contents): string {
  if (!isFramed(path)) return "";
  const lang = languageOf(path);
  const t = i18n[lang];
  const here = pageOf(path);
  const newest = newestOf(path, contents);
  const home = `${up(path)}${lang}/`;
  const links = [
    ["market", home],
    ["coin", `${home}coin/${contents.markets[0]}`],
    ["talk", `${home}talk`],
    ["premium", `${home}premium`],
    ["forecasts", `${home}forecasts`],
    ["health", `${home}health`],
  ] as const;
  return `<a class="skip" href="#observablehq-main">${t.skip}</a>
<a class="brand" href="${home}">crowdtape</a>
<nav class="pages" aria-label="${t.pages}">${
    links.map(([name, href]) =>
      `<a href="${href}"${name === here ? ' aria-current="page"' : ""}>${
        t.nav[name]
      }</a>`
    ).join("")
  }</nav>
<span class="feed" id="feed" role="status" data-newest="${
    newest ?? ""
  }" data-usual="${USUAL[here]}">${t.snapshotOf} ${
    newest === null ? t.unknown : dateTime(newest, lang)
  }</span>
<span class="tools"><nav class="languages" aria-label="${t.language}">${
    LANGUAGES.map((other) =>
      `<a href="${
        swap(path, other)
      }" lang="${other}" hreflang="${other}" data-keep${
        other === lang ? ' aria-current="true"' : ""
      }>${i18n[other].name}</a>`
    ).join("")
  }</nav><button type="button" id="theme" aria-label="${t.theme}" title="${t.theme}"><svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><circle cx="8" cy="8" r="6.25" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M8 2a6 6 0 0 1 0 12z" fill="currentColor"/></svg></button></span>`;
}

/** The line at the bottom: how new the page's data are, and how much there is of all. */
export function footer(path: string, i18n: Words, contents: Contents): string {
  if (!isFramed(path)) return "";
  const lang = languageOf(path);
  const t = i18n[lang];
  const newest = newestOf(path, contents);
  return `<span>${t.age.newest} ${
    newest === null
      ? t.unknown
      : `<time datetime="${new Date(newest).toISOString()}">${
        dateTime(newest, lang)
      }</time>`
  }</span><span>${
    t.rows(contents.rows.toLocaleString(t.locale))
  }</span><span>${t.notAdvice}</span><span>crowdtape ${VERSION}</span>`;
}
