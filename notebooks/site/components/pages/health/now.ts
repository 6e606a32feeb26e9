/// <reference lib="dom" />
/** While the collector runs: the ages of its streams, and what it says of itself. */
import { el } from "../../parts/elements.js";
import { nameIn, number, sourceName } from "../../parts/format.js";
import type { FeedAge } from "../../parts/live.js";
import { i18n, type Lang } from "../../words/i18n.js";
import { duration } from "./figures.js";
import type { StepNow } from "./runs.js";

/** Milliseconds between two questions about the collector's own health. */
const ASK_EVERY = 15_000;

/** What `/healthz` answers, of which the page shows so much. */
interface CollectorHealth {
  status: string;
  gaps_open: number;
  rejects_last_hour: number;
  /** Source, stream and channel of each, with spaces between. */
  stale: string[];
  rejects_rising: {
    source: string;
    last_5_minutes: number;
    usual: number;
  }[];
  runs: StepNow[];
}

/** A sentence on the collector, warnings below it, what is told of the chain's steps, and what to do with the ages of its streams. */
export function collectorsHealth(
  lang: Lang,
  ages: Map<string, HTMLElement>,
  tellRuns: (runs: StepNow[]) => void,
): {
  now: HTMLElement;
  warnings: HTMLElement;
  feeds: (list: FeedAge[]) => void;
} {
  const h = i18n[lang].health;
  const now = el("p", { class: "note", role: "status" }, h.waiting);
  const warnings = el("div", { role: "status" });
  let asked = 0;
  function tell(health: CollectorHealth): void {
    tellRuns(health.runs);
    now.textContent = h.now({
      status: nameIn(h.status, health.status),
      open: number(health.gaps_open, lang),
      rejects: number(health.rejects_last_hour, lang),
    });
    warnings.replaceChildren(
      ...warningsOf(health, lang).map((text) =>
        el("p", { class: "warning" }, text)
      ),
    );
  }
  /** Ages as they are, and, now and then, what the collector says of itself. */
  function feeds(list: FeedAge[]): void {
    for (const { source, stream, channel, age_seconds } of list) {
      const beside = ages.get(`${source} ${stream} ${channel}`);
      if (!beside) continue;
      beside.textContent = h.age(duration(Math.floor(age_seconds), h, lang));
      beside.classList.add("live");
    }
    if (Date.now() - asked < ASK_EVERY) return;
    asked = Date.now();
    fetch("/healthz").then((answer) => answer.json()).then(tell, () => {});
  }
  return { now, warnings, feeds };
}

/** Silent streams, and sources of which suddenly much cannot be read. */
function warningsOf(health: CollectorHealth, lang: Lang): string[] {
  const h = i18n[lang].health;
  const silent = health.stale.map((stream) => streamWords(stream, lang));
  return [
    ...(silent.length > 0 ? [h.silent(silent.join(", "))] : []),
    ...health.rejects_rising.map((rise) =>
      h.rising({
        source: sourceName(rise.source, lang),
        n: number(rise.last_5_minutes, lang),
        usual: number(rise.usual, lang, 1),
      })
    ),
  ];
}

/** A stream as the collector writes it, as its readers call it. */
function streamWords(stream: string, lang: Lang): string {
  // A query has spaces of its own; * stands for all streams of a channel.
  const [, source = "", of = "", channel = ""] =
    /^(\S+) (.*) (\S+)$/.exec(stream) ?? [];
  return [
    sourceName(source, lang),
    of === "*" ? "" : of,
    nameIn(i18n[lang].health.channels, channel),
  ].filter((word) => word !== "").join(" ");
}
