/// <reference lib="dom" />
/** How the unknown looks, and what the samples beside a chart mean. */

/** Adds the hatching that marks the unknown; once a page. */
export function patterns(): void {
  if (document.getElementById("patterns")) return;
  const holder = document.createElement("div");
  holder.innerHTML =
    `<svg id="patterns" width="0" height="0" aria-hidden="true" style="position:absolute"><defs>
<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="var(--hatch-ground)"/><line x1="0" y1="0" x2="0" y2="6" stroke="var(--hatch)" stroke-width="2"/></pattern>
<pattern id="hatch-part" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)"><line x1="0" y1="0" x2="0" y2="4" stroke="var(--part)" stroke-width="2"/></pattern>
</defs></svg>`;
  document.body.append(holder.firstChild as Element);
}

/** A small sample beside its meaning. */
export function legend(items: [kind: string, text: string][]): HTMLElement {
  const node = document.createElement("p");
  node.className = "legend";
  for (const [kind, text] of items) {
    const item = document.createElement("span");
    const sample = document.createElement("i");
    sample.className = `sample ${kind}`;
    sample.setAttribute("aria-hidden", "true");
    item.append(sample, text);
    node.append(item);
  }
  return node;
}
