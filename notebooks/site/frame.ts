/** What stands around every page: title, navigation, language, theme, footer. */
import { communities } from "../../collector/communities/registry.ts";
import { knownVenues } from "../../collector/venues/registry.ts";
import { VERSION } from "../../collector/cli/version.ts";
import type { Contents } from "../marts.ts";
import { type i18n as dictionary, LANGUAGES } from "./components/words/i18n.ts";
import { dateTime } from "./components/parts/format.ts";
import type { NamedPage } from "./pages.ts";

type Words = typeof dictionary;

/** The language a path is in; English for the pages before a choice is made. */
export const languageOf = (path: string): "en" | "ko" =>
  path.startsWith("/ko/") ? "ko" : "en";

const isFramed = (path: string): boolean => /^\/(en|ko)\//.test(path);

/** Relative path from a page to the site's root. */
const up = (path: string): string =>
  "../".repeat(path.split("/").length - 2) || "./";

/** The page at a path; null for those outside the languages. */
function pageAt(path: string, pages: NamedPage[]): NamedPage | null {
  const [, , first = ""] = path.split("/");
  return isFramed(path)
    ? pages.find((page) => page.path === first.replace(/^index$/, "")) ?? null
    : null;
}

/** The market whose page a path leads to. */
const marketAt = (path: string): string =>
  path.slice(path.lastIndexOf("/") + 1);

// Before the first paint, so that a chosen theme does not flash.
const THEME = `{const t=localStorage.getItem("theme");` +
  `if(t)document.documentElement.dataset.theme=t}`;

const REDIRECT =
  `location.replace((navigator.languages||[navigator.language])` +
  `.map(l=>l.slice(0,2)).find(l=>l=="ko"||l=="en")=="ko"?"./ko/":"./en/")`;

/** Stands for a market in the one page that is made for all of them. */
export const EACH = "__each__";
/** Stands for its name in words. */
const EACH_NAME = "__each_name__";

/**
 * What stands in the frame for what the data say, so that new data make no new
 * page: {@link fill} puts it in.
 */
const NEWEST = {
  ms: "__newest_ms__",
  short: "__newest__",
  timed: "<i>__newest_time__</i>",
  rows: "__rows__",
  market: "__market__",
};

/** Puts what the data say into a page, or a part of one, that {@link header} and {@link footer} framed. */
export function fill(
  html: string,
  path: string,
  i18n: Words,
  { newest, rows, markets }: Contents,
  pages: NamedPage[],
): string {
  const page = pageAt(path, pages);
  if (!page) return html;
  const lang = languageOf(path);
  const t = i18n[lang];
  const at =
    (page.ofMarkets ? newest.markets[marketAt(path)] : newest.pages[page.id]) ??
      null;
  const text = at === null ? t.unknown : dateTime(at, lang);
  return html.replaceAll(NEWEST.ms, String(at ?? ""))
    .replaceAll(
      NEWEST.timed,
      at === null
        ? text
        : `<time datetime="${new Date(at).toISOString()}">${text}</time>`,
    )
    .replaceAll(NEWEST.short, text)
    .replaceAll(NEWEST.rows, rows.toLocaleString(t.locale))
    .replaceAll(NEWEST.market, markets[0] ?? "")
    .replaceAll(EACH_NAME, marketAt(path).replace("-", " "))
    .replaceAll(EACH, marketAt(path));
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

/** The icon of every page, put in where Framework can no longer encode it a second time. */
export const ICON = "data:image/svg+xml," + encodeURIComponent(
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3.5" fill="#2456d6"/><path d="M3 11l3-4 2.5 2.5L13 4.5" fill="none" stroke="#fff" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/></svg>`,
);

/** The page's `<head>` beyond what Framework writes. */
export function head(path: string, i18n: Words, pages: NamedPage[]): string {
  const lang = languageOf(path);
  const t = i18n[lang];
  const page = pageAt(path, pages);
  const title = page
    ? `${page.ofMarkets ? EACH_NAME : page.name[lang]} · crowdtape`
    : "crowdtape";
  return `<title>${title}</title>
<meta name="description" content="${t.description}">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
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
export function header(
  path: string,
  i18n: Words,
  pages: NamedPage[],
): string {
  const here = pageAt(path, pages);
  if (!here) return "";
  const lang = languageOf(path);
  const t = i18n[lang];
  const home = `${up(path)}${lang}/`;
  return `<a class="skip" href="#observablehq-main">${t.skip}</a>
<a class="brand" href="${home}">crowdtape</a>
<nav class="pages" aria-label="${t.pages}">${
    pages.map((page) =>
      `<a href="${home}${page.path}${
        page.ofMarkets ? `/${NEWEST.market}` : ""
      }"${page === here ? ' aria-current="page"' : ""}>${page.name[lang]}</a>`
    ).join("")
  }</nav>
<span class="feed" id="feed" role="status" data-newest="${NEWEST.ms}" data-usual="${here.usual}">${t.snapshotOf} ${NEWEST.short}</span>
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
export function footer(
  path: string,
  i18n: Words,
  pages: NamedPage[],
): string {
  if (!pageAt(path, pages)) return "";
  const t = i18n[languageOf(path)];
  return `<span>${t.age.newest} ${NEWEST.timed}</span><span>${
    t.rows(NEWEST.rows)
  }</span><span>${t.notAdvice}</span><span>crowdtape ${VERSION}</span>`;
}
