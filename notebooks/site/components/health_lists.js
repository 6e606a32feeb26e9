/** Below the strips of the Data health page: communities, gaps, what could not be read. */
import { ageOf } from "./age.js";
import { legend } from "./axes.js";
import { gapWords } from "./gap_words.js";
import {
  duration,
  exactShare,
  marketNames,
  untilWords,
} from "./health_figures.js";
import { el, follow, region, section, segments, table } from "./page.js";
import { moment, number, venueName } from "./shape.js";
import { strip, timeline } from "./strip.js";
import { words } from "./words.js";

/** What a count's query counts, where it is a kind of post on a board. */
function queryName(one, t) {
  const [kind, board] = one.query.split(":");
  const measure = board && t.talk.measures[kind];
  return measure ? `${board} ${measure}` : one.query;
}

/**
 * The share of minutes that were seen whole, by source and query. What stands
 * beside each is put into `ages`, by the name that its feed has.
 */
export function communities(data, lang, ages) {
  const t = words[lang];
  const h = t.health;
  const { hours } = data;
  if (!hours.series || hours.series.length === 0) {
    return section(
      h.communities,
      null,
      el("p", {}, hours.series ? h.noCounts : t.absent("count_coverage")),
    );
  }
  const newest = Math.max(...hours.series.map((one) => one.until ?? 0));
  const rows = el("div");
  follow(rows, () => {
    rows.replaceChildren(
      ...hours.series.map((one) => {
        const [complete, incomplete, missing] = one.minutes;
        const whole = complete + incomplete + missing;
        const beside = el(
          "small",
          { class: "strip-age" },
          untilWords(one.until, newest, 3_600_000, h, lang) ||
            ageOf(one.until, lang),
        );
        ages.set(`${one.source} ${one.query} count`, beside);
        return el(
          "div",
          { class: "strip-row" },
          el(
            "div",
            { class: "strip-name" },
            el("b", {}, t.sources[one.source] ?? one.source),
            el("small", {}, ` ${queryName(one, t)}`),
          ),
          el("div", { class: "strip" }),
          el(
            "div",
            { class: "strip-part" },
            el("b", {}, exactShare(complete, whole, lang)),
            el("small", {}, ` ${h.complete}`),
            ...[[h.incomplete, incomplete], [h.missing, missing]]
              .filter(([, n]) => n > 0)
              .map(([name, n]) =>
                el(
                  "small",
                  { class: "further" },
                  `${name} ${exactShare(n, whole, lang)}`,
                )
              ),
          ),
          beside,
        );
      }),
      el("div", { class: "strip-row times" }, el("div", { class: "strip" })),
    );
    const strips = rows.querySelectorAll(".strip");
    const width = Math.floor(strips[0].clientWidth);
    for (const [i, one] of hours.series.entries()) {
      const said = { unknown: h.missing, incomplete: h.incomplete };
      strips[i].replaceChildren(strip(hours, one.cells, {
        width,
        name: h.label({
          name: `${t.sources[one.source] ?? one.source} ${queryName(one, t)}`,
          range: h.ranges["7d"],
          parts: `${h.complete} ${
            exactShare(
              one.minutes[0],
              one.minutes.reduce((sum, n) => sum + n, 0),
              lang,
            )
          }`,
        }),
        said: (state, from, to) =>
          `${said[state]}\n${moment(from, lang)} – ${moment(to, lang)}`,
      }));
    }
    strips[strips.length - 1].replaceChildren(timeline(hours, width, lang));
  });
  return section(
    h.communities,
    h.communitiesLead,
    rows,
    legend([
      ["observed", h.complete],
      ["incomplete", h.incomplete],
      ["unknown", h.missing],
    ]),
  );
}

/** The gaps with their reasons, open ones first. */
export function gapList(data, lang) {
  const t = words[lang];
  const h = t.health;
  const all = Object.values(data.states).reduce((sum, n) => sum + n, 0);
  if (all === 0) {
    return section(h.gaps, null, el("p", {}, h.noGaps));
  }
  const listed = data.gaps.reduce((sum, gap) => sum + gap.n, 0);
  const c = h.columns;
  const body = region(h.gaps, "scroll tall stack");
  const state = segments(
    h.state,
    "gaps",
    Object.fromEntries(
      [
        ["all", all],
        ...["open", "unrecoverable", "repaired"]
          .map((name) => [name, data.states[name] ?? 0])
          .filter(([, n]) => n > 0),
      ].map(([name, n]) => [
        name,
        `${name === "all" ? h.all : h.states[name]} ${number(n, lang)}`,
      ]),
    ),
    "all",
    draw,
  );
  function draw() {
    const wanted = state.state.value;
    const rows = data.gaps.filter((gap) =>
      wanted === "all" || gap.state === wanted
    );
    body.replaceChildren(
      rows.length === 0 ? el("p", { class: "lead" }, h.noneOfState) : table(
        h.gaps,
        [c.stream, c.from, c.length, c.state, c.reason, c.recovered, c.note],
        rows.map((gap) => [
          `${venueName(gap.venue, lang)} ${
            marketNames(gap.markets, gap.n, h, lang)
          } ${h.channels[gap.channel] ?? gap.channel}`,
          el("small", {}, moment(gap.from, lang)),
          gap.to === null
            ? h.underWay
            : duration((gap.to - gap.from) / 1000, h, lang),
          el(
            "span",
            { class: "gap-state" },
            el("i", { class: `sample ${gap.state}`, "aria-hidden": "true" }),
            h.states[gap.state],
          ),
          sentence(gap.reason),
          gap.recovered > 0 ? number(gap.recovered, lang) : "",
          el(
            "span",
            {},
            gap.note === null ? "" : sentence(gap.note),
            Math.abs(gap.clock ?? 0) > 2000
              ? el("small", { class: "further" }, h.clock(gap.clock))
              : "",
          ),
        ]),
        ["", "", "num", "", "", "num", ""],
      ),
    );
  }
  // What the ledger says in words that the page does not know stays as it is.
  function sentence(text) {
    const known = gapWords(text, lang);
    return known ?? el("span", { lang: "en" }, text);
  }
  draw();
  return section(
    h.gaps,
    h.gapsLead,
    el("div", { class: "choices" }, state.node),
    body,
    el(
      "p",
      { class: "note" },
      listed < all
        ? `${h.oneRow} ${h.listed(number(listed, lang), number(all, lang))}`
        : h.oneRow,
    ),
  );
}

/** Of markets in which a missing id is a missing trade: whether one is missing. */
export function idList(data, lang) {
  const h = words[lang].health;
  if (data.ids.length === 0) return [];
  const c = h.idColumns;
  return [section(
    h.ids,
    h.idsLead,
    table(
      h.ids,
      [c.market, c.first, c.last, c.missing, c.at],
      data.ids.map((one) => [
        `${venueName(one.venue, lang)} ${one.market}`,
        one.first,
        one.last,
        number(Number(one.missing), lang),
        el("small", {}, moment(one.at, lang)),
      ]),
      ["", "num", "num", "num", ""],
    ),
  )];
}

/** What could not be read, by source, in words. */
export function rejectList(data, lang) {
  const t = words[lang];
  const h = t.health;
  const name = (source) =>
    source === "import"
      ? h.imported
      : t.sources[source] ?? venueName(source, lang);
  return section(
    h.rejects,
    data.rejects.length > 0 ? h.rejectsLead : null,
    data.rejects.length === 0 ? el("p", {}, h.noRejects) : el(
      "ul",
      { class: "plain" },
      ...data.rejects.map((row) =>
        el(
          "li",
          {},
          h.rejected({
            source: name(row.source),
            day: number(row.day, lang),
            n: number(row.n, lang),
            newest: moment(row.newest, lang),
          }),
        )
      ),
    ),
  );
}
