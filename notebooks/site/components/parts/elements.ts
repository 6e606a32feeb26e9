/// <reference lib="dom" />
/** Building blocks of the pages: elements, choices kept in the address, charts that follow their width. */

/** What an element holds; nothing where it is null. */
export type Child = Node | string | null | undefined;

/** A choice as an element, with what is chosen. */
export interface Choice<V extends string> {
  node: HTMLElement;
  state: { value: V };
}

/** An element with attributes, of which functions are listeners, and children. */
export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Record<
    string,
    string | number | boolean | null | undefined | (() => void)
  > = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") {
      node.addEventListener(name.slice(2), value);
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
  ...children: Child[]
): HTMLElement =>
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
  kind = "scroll",
): HTMLElement =>
  el("div", { class: kind, tabindex: "0", role: "region", "aria-label": name });

/** What the address says, or the fallback where it says nothing allowed. */
function chosen<V extends string>(
  name: string,
  allowed: V[],
  fallback: V,
): V {
  const value = new URLSearchParams(location.search).get(name);
  return allowed.find((one) => one === value) ?? fallback;
}

/** Keeps a choice in the address, so that a link and the other language show the same. */
function keep(name: string, value: string): void {
  const url = new URL(location.href);
  url.searchParams.set(name, value);
  history.replaceState(null, "", url);
  keepInLinks();
}

/** The language switch keeps the page and its choices. */
export function keepInLinks(): void {
  for (
    const link of document.querySelectorAll<HTMLAnchorElement>("a[data-keep]")
  ) {
    link.search = location.search;
  }
}

let groups = 0;

/**
 * One of a few, as a row of radio buttons.
 * @param name in the address
 * @param options text by value
 */
export function segments<V extends string>(
  label: string,
  name: string,
  options: Partial<Record<V, string>>,
  fallback: NoInfer<V>,
  changed: (value: V) => void,
): Choice<V> {
  const values = Object.keys(options) as V[];
  const state = { value: chosen(name, values, fallback) };
  const group = `choice-${++groups}`;
  const node = el(
    "fieldset",
    { class: "segments" },
    el("legend", { class: "unseen" }, label),
    ...values.map((value) =>
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
        el("span", {}, options[value]),
      )
    ),
  );
  return { node, state };
}

/**
 * Any of several, as check boxes.
 * @param name in the address
 */
export function checks<V extends string>(
  label: string,
  name: string,
  options: Record<V, { text: string; colour?: string }>,
  fallback: NoInfer<V>[],
  changed: () => void,
): { node: HTMLElement; values: Set<V> } {
  const given = new URLSearchParams(location.search).get(name)?.split(",");
  const all = Object.keys(options) as V[];
  const values = new Set(
    given ? given.filter((value): value is V => value in options) : fallback,
  );
  const node = el(
    "fieldset",
    { class: "checks" },
    el("legend", { class: "unseen" }, label),
    ...all.map((value) => {
      const { text, colour } = options[value];
      const box = el("input", {
        type: "checkbox",
        value,
        checked: values.has(value),
        onchange: () => {
          if (box.checked) values.add(value);
          else values.delete(value);
          keep(name, [...values].join(","));
          changed();
        },
      });
      return el(
        "label",
        { style: colour ? `--dot: ${colour}` : null },
        box,
        el("span", {}, text),
      );
    }),
  );
  return { node, values };
}

/** A drop-down list; `show` chooses in it without being asked. */
export interface Select extends Choice<string> {
  show(value: string): void;
}

/**
 * One of many, as a drop-down list.
 * @param name in the address, or null where it is not kept there
 * @param options value and text
 */
export function select(
  label: string,
  name: string | null,
  options: [value: string, text: string][],
  fallback: string,
  changed: (value: string) => void,
): Select {
  const state = {
    value: name
      ? chosen(name, options.map(([value]) => value), fallback)
      : fallback,
  };
  const list = el(
    "select",
    {
      onchange: () => {
        state.value = list.value;
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
    show(value) {
      state.value = list.value = value;
      if (name) keep(name, value);
    },
  };
}

/**
 * Calls `draw` with the element's width now and whenever it changes, and
 * returns a function that draws again.
 */
export function follow(
  node: HTMLElement,
  draw: (width: number) => void,
): () => void {
  let width = 0;
  new ResizeObserver(() => {
    const now = Math.floor(node.clientWidth);
    if (now > 0 && now !== width) draw(width = now);
  }).observe(node);
  return () => {
    if (width > 0) draw(width);
  };
}

/** A chart with a text alternative; `draw` fills it anew. */
export const chart = (name: string): HTMLElement =>
  el("div", { class: "chart", "data-chart": name });

/** Gives a Plot drawing its name and its text alternative. */
export function label<Drawing extends Element>(
  drawing: Drawing,
  text: string,
): Drawing {
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
): HTMLTableElement {
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
export function themeButton(): void {
  document.getElementById("theme")?.addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme
      ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    localStorage.setItem("theme", root.dataset.theme);
  });
}
