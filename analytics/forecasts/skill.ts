/** Skill against persistence: Diebold and Mariano's comparison of losses. */
import type { DuckDBConnection } from "@duckdb/node-api";
import { benjaminiHochberg } from "../statistics/benjamini_hochberg.ts";
import { normalAt, normalBelow } from "../statistics/distributions.ts";
import { errorOfMean } from "../statistics/newey_west.ts";

/** A model's losses against those of persistence. */
export interface Skill {
  /** Hours compared. */
  n: number;
  loss: number;
  lossPersistence: number;
  /** 1 − loss / loss of persistence; null where persistence is without loss. */
  skill: number | null;
  /** 95 % interval of the skill; null below {@link LEAST} hours. */
  low: number | null;
  high: number | null;
  /** One-sided, of "no better than persistence"; null below {@link LEAST} hours. */
  p: number | null;
}

/** Hours below which nothing is said. */
export const LEAST = 30;

/**
 * Compares losses of the same hours, in order. The error of their mean
 * difference is Newey and West's, Bartlett weights to L = ⌊4 (n/100)^(2/9)⌋;
 * the loss of persistence in the skill is taken as it is.
 */
export function skillOf(
  losses: ArrayLike<number>,
  persistence: ArrayLike<number>,
): Skill {
  const n = losses.length;
  const mean = (values: ArrayLike<number>) =>
    Array.from(values).reduce((sum, value) => sum + value, 0) / n;
  const loss = mean(losses), lossPersistence = mean(persistence);
  const skill = lossPersistence > 0 ? 1 - loss / lossPersistence : null;
  const none = {
    n,
    loss,
    lossPersistence,
    skill,
    low: null,
    high: null,
    p: null,
  };
  if (n < LEAST || skill === null) return none;
  const gain = lossPersistence - loss;
  const error = errorOfMean(
    Float64Array.from(losses, (value, i) => persistence[i]! - value),
  );
  if (!(error > 0)) return none;
  const half = normalAt(0.975) * error / lossPersistence;
  return {
    ...none,
    low: skill - half,
    high: skill + half,
    p: normalBelow(-gain / error),
  };
}

/** Losses of both at each hour, per market and, with no market, their mean over the markets known at that hour. */
const PAIRS = `
  with pairs as (
    select f.origin, f.venue, f.market, f.quantity, f.model, f.model_version, f.target_from, f.loss, p.loss as base,
      case when f.quantity = 'direction' then 1 - f.loss end as hit
    from marts.forecasts f
    join marts.forecasts p using (origin, venue, market, quantity, target_from)
    where p.model = 'persistence' and f.model <> 'persistence' and f.loss is not null and p.loss is not null
      -- Of an older persistence there would be two rows an hour.
      and p.model_version = (select max(model_version) from marts.forecasts where model = 'persistence')
  )
  select origin, venue, market, quantity, model, model_version, list(loss order by target_from),
    list(base order by target_from), avg(hit)
  from pairs group by all
  union all
  select origin, null, null, quantity, model, model_version, list(loss order by target_from),
    list(base order by target_from), avg(hit)
  from (
    select origin, quantity, model, model_version, target_from, avg(loss) as loss, avg(base) as base, avg(hit) as hit
    from pairs group by all
  ) group by all
  order by all`;

/** Makes the table `forecast_skill` from `marts.forecasts`. */
export async function forecastSkill(
  connection: DuckDBConnection,
): Promise<void> {
  await connection.run(`
    create or replace temp table forecast_skill (origin varchar, venue varchar, market varchar, quantity varchar,
      model varchar, model_version varchar, n bigint, loss double, loss_persistence double, skill double,
      skill_low double, skill_high double, p double, p_adjusted double, beats_persistence boolean, hit_rate double,
      verdict varchar, verdict_ko varchar, verdict_en varchar)`);
  const reader = await connection.runAndReadAll(PAIRS);
  const rows = (reader.getRowsJS() as [
    ...(string | null)[],
    number[],
    number[],
    number | null,
  ][]).map((row) => ({
    names: row.slice(0, 6) as (string | null)[],
    skill: skillOf(
      row[6] as unknown as number[],
      row[7] as unknown as number[],
    ),
    hit: row[8] as number | null,
  }));
  const tested = rows.filter(({ skill }) => skill.p !== null);
  const adjusted = benjaminiHochberg(tested.map(({ skill }) => skill.p!));
  const insert = await connection.prepare(
    `insert into forecast_skill values (${
      Array.from({ length: 19 }, (_, i) => `$${i + 1}`).join(", ")
    })`,
  );
  for (const { names, skill, hit } of rows) {
    const place = tested.findIndex((row) => row.skill === skill);
    const q = place < 0 ? null : adjusted[place]!;
    const beats = q === null ? null : q <= 0.05 && skill.low! > 0;
    const verdict = skillVerdict(skill, beats);
    const { ko, en } = skillSentence(skill, verdict);
    const values = [
      ...names,
      skill.n,
      skill.loss,
      skill.lossPersistence,
      skill.skill,
      skill.low,
      skill.high,
      skill.p,
      q,
      beats,
      hit,
      verdict,
      ko,
      en,
    ];
    values.forEach((value, i) => {
      if (value === null) insert.bindNull(i + 1);
      else if (typeof value === "boolean") insert.bindBoolean(i + 1, value);
      else if (typeof value === "string") insert.bindVarchar(i + 1, value);
      else insert.bindDouble(i + 1, value);
    });
    await insert.run();
  }
}

/** What can be said of a model beside persistence. */
export type SkillVerdict = "unknown" | "better" | "worse" | "not_better";

/** The verdict on a skill; `beats` is null where there are too few hours. */
export const skillVerdict = (
  { high }: Pick<Skill, "high">,
  beats: boolean | null,
): SkillVerdict =>
  beats === null
    ? "unknown"
    : beats
    ? "better"
    : high! < 0
    ? "worse"
    : "not_better";

/** The verdict in Korean and English, for who asks the mart by SQL. */
export function skillSentence(
  { n, skill }: Skill,
  verdict: SkillVerdict,
): { ko: string; en: string } {
  const percent = (Math.abs(skill ?? NaN) * 100).toFixed(1);
  return {
    unknown: {
      ko: `아직 알 수 없음 (비교할 시간 ${n}개)`,
      en: `not known yet (${n} hours to compare)`,
    },
    better: {
      ko: `직전 값 유지보다 오차가 ${percent}% 작음`,
      en: `better than persistence: ${percent} % less error`,
    },
    worse: {
      ko: `직전 값 유지보다 못함: 오차가 ${percent}% 큼`,
      en: `worse than persistence: ${percent} % more error`,
    },
    not_better: {
      ko: "직전 값 유지를 이기지 못함",
      en: "does not beat persistence",
    },
  }[verdict];
}
