/** Numbers and times as people read them, by Intl. */
import type { Market } from "../../../marts.ts";
import { i18n, type Lang } from "../words/i18n.js";

const numberFormats = new Map<string, Intl.NumberFormat>();

function numberFormat(
  locale: string,
  options: Intl.NumberFormatOptions,
): Intl.NumberFormat {
  const key = locale + JSON.stringify(options);
  let made = numberFormats.get(key);
  if (!made) {
    numberFormats.set(key, made = new Intl.NumberFormat(locale, options));
  }
  return made;
}

/** Decimal places that suit a price of this size. */
const places = (value: number): number => {
  const size = Math.abs(value);
  return size >= 10000 ? 0 : size >= 100 ? 2 : size >= 1 ? 4 : 6;
};

/**
 * A price, with as many places as its size asks for; `like` fixes the places
 * for a column. Takes the venue's decimal text without rounding it first.
 */
export function price(
  value: number | string | null | undefined,
  lang: Lang,
  like: number = Number(value),
  quote = "",
): string {
  if (value === null || value === undefined) return "–";
  let digits = places(like);
  if (quote === "USDT" && Math.abs(like) >= 100) digits = 2;
  if (quote === "KRW" && Math.abs(like) >= 100) digits = 0;
  return numberFormat(i18n[lang].locale, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value as Intl.StringNumericLiteral);
}

/** A fraction as a signed percentage with an arrow, such as `▲ +1.20%`. */
export function change(
  value: number | null | undefined,
  lang: Lang,
): string {
  if (value === null || value === undefined) return "–";
  const text = numberFormat(i18n[lang].locale, {
    style: "percent",
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
    signDisplay: "exceptZero",
  }).format(value);
  const mark = Math.abs(value) < 0.00005 ? "" : value > 0 ? "▲ " : "▼ ";
  return mark + minus(text);
}

/** The class that colours a change. */
export const direction = (
  value: number | null | undefined,
): "flat" | "up" | "down" =>
  !value || Math.abs(value) < 0.00005 ? "flat" : value > 0 ? "up" : "down";

/** A share, such as `42.1%`. */
export const share = (
  value: number | null | undefined,
  lang: Lang,
): string =>
  value === null || value === undefined
    ? "–"
    : numberFormat(i18n[lang].locale, {
      style: "percent",
      minimumFractionDigits: 1,
      maximumFractionDigits: 1,
    }).format(value);

/** A large amount in short: `1.2B`, `12.3억`. */
export const compact = (
  value: number | null | undefined,
  lang: Lang,
): string =>
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
  lang: Lang,
): string =>
  `${compact(value, lang)} ${lang === "ko" && quote === "KRW" ? "원" : quote}`;

/** The typographic minus, as wide as a plus. */
const minus = (text: string): string => text.replace("-", "−");

/** A plain number with at most so many places. */
export const number = (
  value: number | null | undefined,
  lang: Lang,
  digits = 0,
): string =>
  value === null || value === undefined ? "–" : minus(
    numberFormat(i18n[lang].locale, {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    }).format(value),
  );

/** A time zone and its short name. */
export type Zone = [name: string, short: "UTC" | "KST"];

/** The zone a reader of this language looks at first, and the other one. */
const zones: Record<Lang, [Zone, Zone]> = {
  en: [["UTC", "UTC"], ["Asia/Seoul", "KST"]],
  ko: [["Asia/Seoul", "KST"], ["UTC", "UTC"]],
};

const timeFormats = new Map<string, Intl.DateTimeFormat>();

function format(
  when: Date | number,
  locale: string,
  options: Intl.DateTimeFormatOptions,
): string {
  const key = locale + JSON.stringify(options);
  let made = timeFormats.get(key);
  if (!made) {
    timeFormats.set(key, made = new Intl.DateTimeFormat(locale, options));
  }
  return made.format(when);
}

/** A date and time in both zones, such as `21 Nov 2026, 03:12 UTC (12:12 KST)`. */
export function dateTime(
  when: Date | number,
  lang: Lang,
): string {
  const [first, second] = zones[lang];
  const { locale } = i18n[lang];
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
): string =>
  format(when, "en-GB", {
    hour: "2-digit",
    minute: "2-digit",
    ...(seconds ? { second: "2-digit" } : {}),
    timeZone: zone,
  });

/** The main zone of a language, and its short name. */
export const zone = (lang: Lang): Zone => zones[lang][0];

/** A moment on a chart in both zones: `21 Nov 03:12 UTC · 12:12 KST`. */
export function moment(
  when: Date | number,
  lang: Lang,
): string {
  const [first, second] = zones[lang];
  const day = format(when, i18n[lang].locale, {
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
  lang: Lang,
): string =>
  format(when, i18n[lang].locale, {
    year: "numeric",
    month: "short",
    timeZone: zones[lang][0][0],
  });

/** Tick text of a time axis: the hour, with the day where it changes. */
export function tick(
  when: Date,
  lang: Lang,
  long: boolean,
): string {
  const [zoneName] = zones[lang][0];
  const time = clock(when, zoneName);
  if (!long && time !== "00:00") return time;
  const day = format(when, i18n[lang].locale, {
    day: "numeric",
    month: "short",
    timeZone: zoneName,
  });
  return long && time !== "00:00" ? `${time}\n${day}` : day;
}

/** A market's name, such as `비트코인` or `BTC`, by language. */
export const coinName = (
  m: Pick<Market, "ko" | "en" | "base">,
  lang: Lang,
): string => (lang === "ko" ? m.ko : m.en) || m.base;

/** The names of venues, communities and other sources, which every page brings in its head, see `frame.ts`. */
let sourceNames: Record<string, { en: string; ko: string }> | undefined;

/** A venue, a community or another source as its readers call it. */
export function sourceName(source: string, lang: Lang): string {
  sourceNames ??= JSON.parse(
    globalThis.document?.getElementById("sources")?.textContent ?? "{}",
  ) as Record<string, { en: string; ko: string }>;
  return sourceNames[source]?.[lang] ?? source;
}

/** The name that these words have for a key, or the key itself where they have none. */
export const nameIn = (
  names: Readonly<Record<string, string>>,
  key: string,
): string => names[key] ?? key;

/** A market with its venue, such as `Upbit KRW-BTC`. */
export const marketName = (
  m: Pick<Market, "venue" | "market">,
  lang: Lang,
): string => `${sourceName(m.venue, lang)} ${m.market}`;

/** Markets to choose from: key, and coin with venue and market. */
export const marketOptions = (
  markets: Omit<Market, "quote">[],
  lang: Lang,
): [key: string, text: string][] =>
  markets.map((m) => [m.key, `${coinName(m, lang)} · ${marketName(m, lang)}`]);

/** The same keys with what `make` makes of their values. */
export const mapValues = <Key extends string, From, To>(
  of: Readonly<Partial<Record<Key, From>>>,
  make: (value: From, key: Key) => To,
): Record<Key, To> =>
  Object.fromEntries(
    Object.entries(of).map(([key, value]) => [
      key,
      make(value as From, key as Key),
    ]),
  ) as Record<Key, To>;
