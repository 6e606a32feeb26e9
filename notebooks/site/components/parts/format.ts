// @ts-nocheck Its types are still to come.
/** Numbers and times as people read them, by Intl. */
import { words } from "../words/i18n.js";

const formats = new Map();
/** @param {string} locale @param {Intl.NumberFormatOptions} options */
function numberFormat(locale, options) {
  const key = locale + JSON.stringify(options);
  let format = formats.get(key);
  if (!format) {
    formats.set(key, format = new Intl.NumberFormat(locale, options));
  }
  return format;
}

/** Decimal places that suit a price of this size. */
const places = (value: number) => {
  const size = Math.abs(value);
  return size >= 10000 ? 0 : size >= 100 ? 2 : size >= 1 ? 4 : 6;
};

/**
 * A price, with as many places as its size asks for; `like` fixes the places
 * for a column. Takes the venue's decimal text without rounding it first.
 * @param {number | string | null | undefined} value
 * @param {"en" | "ko"} lang
 */
export function price(value, lang, like = Number(value), quote = "") {
  if (value === null || value === undefined) return "–";
  let digits = places(like);
  if (quote === "USDT" && Math.abs(like) >= 100) digits = 2;
  if (quote === "KRW" && Math.abs(like) >= 100) digits = 0;
  return numberFormat(words[lang].locale, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(/** @type {number} */ (value));
}

/** A fraction as a signed percentage with an arrow, such as `▲ +1.20%`. */
export function change(
  value: number | null | undefined,
  lang: "en" | "ko",
) {
  if (value === null || value === undefined) return "–";
  const text = numberFormat(words[lang].locale, {
    style: "percent",
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
    signDisplay: "exceptZero",
  }).format(value);
  const mark = Math.abs(value) < 0.00005 ? "" : value > 0 ? "▲ " : "▼ ";
  return mark + minus(text);
}

/** The class that colours a change. */
export const direction = (value: number | null | undefined) =>
  !value || Math.abs(value) < 0.00005 ? "flat" : value > 0 ? "up" : "down";

/** A share, such as `42.1%`. */
export const share = (
  value: number | null,
  lang: "en" | "ko",
) =>
  value === null ? "–" : numberFormat(words[lang].locale, {
    style: "percent",
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  }).format(value);

/** A large amount in short: `1.2B`, `12.3억`. */
export const compact = (
  value: number | null | undefined,
  lang: "en" | "ko",
) =>
  value === null || value === undefined
    ? "–"
    : numberFormat(lang === "ko" ? "ko-KR" : "en-US", {
      notation: "compact",
      useGrouping: "always",
      maximumSignificantDigits: 4,
    }).format(value);

/** A large amount of a quote currency, such as `1.2B KRW` or `12.3억 원`. */
export const amount = (
  value: number | null | undefined,
  quote: string,
  lang: "en" | "ko",
) =>
  `${compact(value, lang)} ${lang === "ko" && quote === "KRW" ? "원" : quote}`;

/** The typographic minus, as wide as a plus. */
const minus = (text: string) => text.replace("-", "−");

/** A plain number with at most so many places. */
export const number = (
  value: number | null | undefined,
  lang: "en" | "ko",
  digits = 0,
) =>
  value === null || value === undefined ? "–" : minus(
    numberFormat(words[lang].locale, {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    }).format(value),
  );

/** The zone a reader of this language looks at first. */
const zones = {
  en: [["UTC", "UTC"], ["Asia/Seoul", "KST"]],
  ko: [["Asia/Seoul", "KST"], ["UTC", "UTC"]],
};

/** @param {Date | number} when @param {string} locale @param {Intl.DateTimeFormatOptions} options */
const format = (when, locale, options) => {
  const key = `t${locale}${JSON.stringify(options)}`;
  let made = formats.get(key);
  if (!made) formats.set(key, made = new Intl.DateTimeFormat(locale, options));
  return made.format(when);
};

/** A date and time in both zones, such as `21 Nov 2026, 03:12 UTC (12:12 KST)`. */
export function dateTime(
  when: Date | number,
  lang: "en" | "ko",
) {
  const [first, second] = zones[lang];
  const { locale } = words[lang];
  const day = format(when, locale, {
    dateStyle: "medium",
    timeZone: first[0],
  });
  return `${day} ${clock(when, first[0])} ${first[1]} (${
    clock(when, second[0])
  } ${second[1]})`;
}

/** Hours and minutes, seconds if asked, on a 24-hour clock. */
export const clock = (
  when: Date | number,
  zone = "UTC",
  seconds = false,
) =>
  format(when, "en-GB", {
    hour: "2-digit",
    minute: "2-digit",
    ...(seconds ? { second: "2-digit" } : {}),
    timeZone: zone,
  });

/** The main zone of a language, and its short name. */
export const zone = (lang: "en" | "ko") => zones[lang][0];

/** A moment on a chart in both zones: `21 Nov 03:12 UTC · 12:12 KST`. */
export function moment(
  when: Date | number,
  lang: "en" | "ko",
) {
  const [first, second] = zones[lang];
  const day = format(when, words[lang].locale, {
    day: "numeric",
    month: "short",
    timeZone: first[0],
  });
  return `${day} ${clock(when, first[0])} ${first[1]} · ${
    clock(when, second[0])
  } ${second[1]}`;
}

/** A month of a year, where a time axis spans years. */
export const month = (
  when: Date,
  lang: "en" | "ko",
) =>
  format(when, words[lang].locale, {
    year: "numeric",
    month: "short",
    timeZone: zones[lang][0][0],
  });

/** Tick text of a time axis: the hour, with the day where it changes. */
export function tick(
  when: Date,
  lang: "en" | "ko",
  long: boolean,
) {
  const [zoneName] = zones[lang][0];
  const time = clock(when, zoneName);
  if (!long && time !== "00:00") return time;
  const day = format(when, words[lang].locale, {
    day: "numeric",
    month: "short",
    timeZone: zoneName,
  });
  return long && time !== "00:00" ? `${time}\n${day}` : day;
}

/** A market's name, such as `비트코인` or `BTC`, by language. */
export const coinName = (
  m: { ko?: string | null; en?: string | null; base: string },
  lang: "en" | "ko",
) => (lang === "ko" ? m.ko : m.en) || m.base;

/** The names of the venues, which every page brings in its head, see `frame.ts`. */
let venueNames: Record<string, { en: string; ko: string }> | undefined;

/** A venue as its readers call it. */
export function venueName(venue: string, lang: "en" | "ko"): string {
  venueNames ??= JSON.parse(
    globalThis.document?.getElementById("venues")?.textContent ?? "{}",
  ) as Record<string, { en: string; ko: string }>;
  return venueNames[venue]?.[lang] ?? venue;
}

/** A market with its venue, such as `Upbit KRW-BTC`. */
export const marketName = (
  m: { venue: string; market: string },
  lang: "en" | "ko",
) => `${venueName(m.venue, lang)} ${m.market}`;

/** Markets to choose from: key, and coin with venue and market. */
export const marketOptions = (
  markets: {
    key: string;
    venue: string;
    market: string;
    ko?: string | null;
    en?: string | null;
    base: string;
  }[],
  lang: "en" | "ko",
) =>
  markets.map((m) => [m.key, `${coinName(m, lang)} · ${marketName(m, lang)}`]);
