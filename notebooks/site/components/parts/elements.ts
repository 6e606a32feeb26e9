// @ts-nocheck Its types are still to come.
/** Building blocks of the pages: elements, choices kept in the address, charts that follow their width. */

/**
 * An element with attributes and children.
 * @param {string} tag
 * @param {Record<string, unknown>} attributes `on…` values are listeners
 * @param {...(Node | string | null | undefined)} children
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) {
      node.addEventListener(
        name.slice(2),
        /** @type {EventListener} */ (value),
      );
    } else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(
    ...children.filter((child) => child !== null && child !== undefined),
  );
  return node;
}

/** A titled part of a page. */
export const section = (
  title: string,
  lead: string | null,
  ...children: (Node | string)[]
) =>
  el(
    "section",
    {},
    el("h2", {}, title),
    lead ? el("p", { class: "lead" }, lead) : null,
    ...children,
  );

/** A part that scrolls by itself where it is wider than the screen; read aloud by its name. */
export const region = (
  name: string,
  kind: string = "scroll",
) =>
  el("div", { class: kind, tabindex: "0", role: "region", "aria-label": name });

/** What the address says, or the fallback where it says nothing allowed. */
function chosen(name, allowed, fallback) {
  const value = new URLSearchParams(location.search).get(name);
  return value !== null && allowed.includes(value) ? value : fallback;
}

/** Keeps a choice in the address, so that a link and the other language show the same. */
function keep(name, value) {
  const url = new URL(location.href);
  url.searchParams.set(name, value);
  history.replaceState(null, "", url);
  keepInLinks();
}

/** The language switch keeps the page and its choices. */
export function keepInLinks() {
  for (const link of document.querySelectorAll("a[data-keep]")) {
    link.search = location.search;
  }
}

let groups = 0;

/**
 * One of a few, as a row of radio buttons.
 * @param {string} label
 * @param {string} name in the address
 * @param {Record<string, string>} options value → text
 * @param {string} fallback
 * @param {(value: string) => void} changed
 */
export function segments(label, name, options, fallback, changed) {
  const state = { value: chosen(name, Object.keys(options), fallback) };
  const group = `choice-${++groups}`;
  const node = el(
    "fieldset",
    { class: "segments" },
    el("legend", { class: "unseen" }, label),
    ...Object.entries(options).map(([value, text]) =>
      el(
        "label",
        {},
        el("input", {
          type: "radio",
          name: group,
          value,
          checked: value === state.value,
          onchange: () => {
            state.value = value;
            keep(name, value);
            changed(value);
          },
        }),
        el("span", {}, text),
      )
    ),
  );
  return { node, state };
}

/**
 * Any of several, as check boxes.
 * @param {string} label
 * @param {string} name in the address
 * @param {Record<string, {text: string, colour?: string}>} options
 * @param {string[]} fallback
 * @param {(values: Set<string>) => void} changed
 */
export function checks(label, name, options, fallback, changed) {
  const given = new URLSearchParams(location.search).get(name);
  const values = new Set(
    given === null ? fallback : given.split(",").filter((v) => v in options),
  );
  const node = el(
    "fieldset",
    { class: "checks" },
    el("legend", { class: "unseen" }, label),
    ...Object.entries(options).map(([value, { text, colour }]) =>
      el(
        "label",
        { style: colour ? `--dot: ${colour}` : null },
        el("input", {
          type: "checkbox",
          value,
          checked: values.has(value),
          onchange: (event) => {
            if (event.target.checked) values.add(value);
            else values.delete(value);
            keep(name, [...values].join(","));
            changed(values);
          },
        }),
        el("span", {}, text),
      )
    ),
  );
  return { node, values };
}

/**
 * One of many, as a drop-down list.
 * @param {string} label
 * @param {string | null} name in the address
 * @param {[string, string][]} options value and text
 * @param {string} fallback
 * @param {(value: string) => void} changed
 */
export function select(label, name, options, fallback, changed) {
  const state = {
    value: name
      ? chosen(name, options.map(([value]) => value), fallback)
      : fallback,
  };
  const list = el(
    "select",
    {
      onchange: (event) => {
        state.value = event.target.value;
        if (name) keep(name, state.value);
        changed(state.value);
      },
    },
    ...options.map(([value, text]) =>
      el("option", { value, selected: value === state.value }, text)
    ),
  );
  return {
    node: el("label", { class: "select" }, el("span", {}, label), list),
    state,
    show(value: string) {
      state.value = list.value = value;
      if (name) keep(name, value);
    },
  };
}

/**
 * Calls `draw` with the element's width now and whenever it changes, and
 * returns a function that draws again.
 * @param {HTMLElement} node
 * @param {(width: number) => void} draw
 */
export function follow(node, draw) {
  let width = 0;
  new ResizeObserver(() => {
    const now = Math.floor(node.clientWidth);
    if (now > 0 && now !== width) draw(width = now);
  }).observe(node);
  return () => width > 0 && draw(width);
}

/** A chart with a text alternative; `draw` fills it anew. */
export const chart = (name: string) =>
  el("div", { class: "chart", "data-chart": name });

/** Gives a Plot drawing its name and its text alternative. */
export function label(
  drawing: Element,
  text: string,
) {
  drawing.setAttribute("role", "img");
  drawing.setAttribute("aria-label", text);
  return drawing;
}

/**
 * A table; cells are texts or nodes, `classes` name the columns. Each cell also
 * bears its column's name, for where the screen has no room for columns.
 */
export function table(
  caption: string,
  head: (string | Node)[],
  rows: (string | Node)[][],
  classes: string[] = [],
) {
  const names = head.map((text) =>
    typeof text === "string" ? text : text.textContent
  );
  return el(
    "table",
    {},
    el("caption", { class: "unseen" }, caption),
    el(
      "thead",
      {},
      el(
        "tr",
        {},
        ...head.map((text, i) =>
          el("th", { scope: "col", class: classes[i] }, text)
        ),
      ),
    ),
    el(
      "tbody",
      {},
      ...rows.map((cells) =>
        el(
          "tr",
          {},
          ...cells.map((cell, i) =>
            i === 0
              ? el("th", { scope: "row", class: classes[i] }, cell)
              : el("td", { class: classes[i], "data-head": names[i] }, cell)
          ),
        )
      ),
    ),
  );
}

/** The button that turns light into dark and back. */
export function themeButton() {
  document.getElementById("theme")?.addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme
      ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    localStorage.setItem("theme", root.dataset.theme);
  });
}
