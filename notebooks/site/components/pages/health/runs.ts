/// <reference lib="dom" />
/** The runs of the chain: the newest in the lake and, while it runs, how each step is now. */
import type { HealthData } from "../../../data/health.json.ts";
import { ageOf } from "../../parts/age.js";
import { el, region, section, table } from "../../parts/elements.js";
import { moment, nameIn, number } from "../../parts/format.js";
import { i18n, type Lang } from "../../words/i18n.js";
import { duration } from "./figures.js";

/** What `/healthz` says of a step. */
export interface StepNow {
  step: string;
  state: string;
  success_age_seconds: number | null;
}

/** The table of the newest runs, and what to do with news of the steps. */
export function runList(
  data: HealthData,
  lang: Lang,
): { list: HTMLElement; tell: (steps: StepNow[]) => void } {
  const h = i18n[lang].health;
  const c = h.runColumns;
  const now = el("p", { class: "note", role: "status" });
  const body = region(h.chain, "scroll stack");
  body.append(
    data.runs.length === 0 ? el("p", {}, h.noRuns) : table(
      h.chain,
      [c.step, c.attempt, c.state, c.at, c.age, c.length, c.units, c.rows],
      data.runs.map((run) => [
        nameIn(h.steps, run.step),
        number(run.attempt, lang),
        nameIn(h.runStates, run.state),
        el("small", {}, moment(run.to, lang)),
        ageOf(run.to, lang),
        duration((run.to - run.from) / 1000, h, lang),
        run.units === null ? "" : number(run.units, lang),
        run.rows === null ? "" : number(run.rows, lang),
      ]),
      ["", "num", "", "", "", "num", "num", "num"],
    ),
  );
  const list = section(h.chain, h.chainLead, now, body);
  const tell = (steps: StepNow[]) => {
    if (steps.length === 0) return;
    now.textContent = h.stepsNow(
      steps.map(({ step, state, success_age_seconds: age }) =>
        h.stepNow({
          step: nameIn(h.steps, step),
          state: nameIn(h.runStates, state),
          age: age === null
            ? h.neverDone
            : h.lastDone(duration(Math.floor(age), h, lang)),
        })
      ).join("; "),
    );
  };
  return { list, tell };
}
