/// <reference lib="dom" />
/** How old what is shown is: by its newest datum, never by when a file was made. */
import { el } from "./elements.js";
import { dateTime } from "./format.js";
import { i18n, type Lang } from "../words/i18n.js";

const MINUTE = 60_000, HOUR = 60 * MINUTE, DAY = 24 * HOUR;

/** A length of time since then, such as `3 hours ago`. */
export function ago(
  ms: number,
  lang: Lang,
): string {
  if (ms < MINUTE) return i18n[lang].age.now;
  const format = new Intl.RelativeTimeFormat(i18n[lang].locale);
  return ms < 2 * HOUR
    ? format.format(-Math.floor(ms / MINUTE), "minute")
    : ms < 2 * DAY
    ? format.format(-Math.floor(ms / HOUR), "hour")
    : format.format(-Math.floor(ms / DAY), "day");
}

/** What the page's frame says of it; `newest` is null where there is no datum. */
function pageAge(): { newest: number | null; usual: number } {
  const { newest = "", usual = "" } =
    document.getElementById("feed")?.dataset ?? {};
  return {
    newest: newest === "" ? null : Number(newest),
    usual: Number(usual),
  };
}

/**
 * How old one thing on the page is; it goes on saying so.
 * @param at milliseconds UTC
 */
export function ageOf(
  at: number | null | undefined,
  lang: Lang,
): HTMLTimeElement {
  const node = el("time", { class: "age" });
  renew(node, at, lang);
  return node;
}

/** Gives something its new time. */
export function renew(
  node: HTMLElement,
  at: number | null | undefined,
  lang: Lang,
): void {
  if (at === null || at === undefined) {
    node.textContent = i18n[lang].unknown;
    return;
  }
  node.setAttribute("datetime", new Date(at).toISOString());
  node.title = dateTime(at, lang);
  write(node, lang);
}

function write(node: HTMLElement, lang: Lang): void {
  const since = Date.now() - Date.parse(node.getAttribute("datetime") ?? "");
  const text = ago(since, lang);
  if (node.textContent !== text) node.textContent = text;
  node.classList.toggle("old", since > pageAge().usual);
}

/** A live event came: the page's newest datum is at least as new. */
export function renewPage(at: number): void {
  const feed = document.getElementById("feed");
  if (feed && at > (pageAge().newest ?? 0)) feed.dataset.newest = String(at);
}

/**
 * A sentence above the page once its newest datum is older than usual; empty
 * and hidden until then. Keeps every age on the page true.
 */
export function ageBanner(lang: Lang): HTMLElement {
  const t = i18n[lang].age;
  const node = el("p", {
    class: "warning stale",
    role: "status",
    hidden: true,
  });
  const look = () => {
    for (
      const one of document.querySelectorAll<HTMLElement>(".age[datetime]")
    ) {
      write(one, lang);
    }
    const { newest, usual } = pageAge();
    const since = newest === null ? Infinity : Date.now() - newest;
    node.hidden = since <= usual;
    const text = node.hidden
      ? ""
      : newest === null
      ? t.none
      : t.old({ at: dateTime(newest, lang), ago: ago(since, lang) });
    if (node.textContent !== text) node.textContent = text;
  };
  look();
  setInterval(look, 20_000);
  return node;
}
