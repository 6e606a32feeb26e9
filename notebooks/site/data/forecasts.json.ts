/** Forecasts of the last days beside what came, and each model's skill against persistence. */
import {
  type Column,
  digits,
  largest,
  type Market,
  marketKey,
  type Marts,
  print,
  readMarkets,
} from "../../marts.ts";

/** Hours shown. */
const HOURS = 72;
import type { SkillVerdict } from "../../../analytics/forecasts/skill.ts";

/** What the Forecasts page reads. */
export interface ForecastsData {
  /** Markets with forecasts, of which `markets` are shown. */
  of: number;
  markets: Market[];
  /** Null where the marts have not been made. */
  skill: Skill[] | null;
  /** By `<market's key>|<quantity>`. */
  series: Record<string, ForecastSeries>;
}

/** What is forecast of a market. */
export type Quantity = "volatility" | "volume" | "direction";

/** Whether a forecast was made before its hour. */
export type Origin = "issued" | "backtest";

/** A model's skill against persistence, with its interval and its verdict. */
export interface Skill {
  /** A market's key, or null for all together. */
  market: string | null;
  origin: Origin;
  quantity: Quantity;
  model: string;
  version: string;
  n: number;
  skill: number | null;
  low: number | null;
  high: number | null;
  p: number | null;
  hit: number | null;
  beats: boolean | null;
  /** Null where the mart is of an older version. */
  verdict: SkillVerdict | null;
}

/** Hours of a market and quantity: when they begin, what came, what each model forecast. */
export interface ForecastSeries {
  /** Milliseconds UTC, as in `issued`. */
  at: number[];
  actual: Column;
  origin: Origin[];
  issued: number[];
  models: Record<string, Column>;
}

/** A row of `marts.forecast_skill`. */
interface SkillRow extends Pick<Skill, "origin" | "quantity" | "model"> {
  venue: string | null;
  market: string | null;
  model_version: string;
  n: string;
  skill: number | null;
  skill_low: number | null;
  skill_high: number | null;
  p_adjusted: number | null;
  hit_rate: number | null;
  beats_persistence: boolean | null;
  verdict?: SkillVerdict;
}

/** A model's forecast of an hour. */
interface ForecastRow {
  venue: string;
  market: string;
  quantity: Quantity;
  model: string;
  at: number;
  issued: number;
  origin: Origin;
  value: number | null;
  actual: number | null;
}

/** Reads it. */
export async function read(marts: Marts): Promise<ForecastsData> {
  const { queryMart } = marts;
  const skill = await queryMart<SkillRow>(
    "forecast_skill",
    "select * from marts.forecast_skill order by quantity, model desc, origin desc",
  );
  // An issued forecast stands before one that was computed afterwards.
  const rows = await queryMart<ForecastRow>(
    "forecasts",
    `with shown as (
     select *, max(target_from) over () as last from marts.forecasts
     qualify row_number() over (partition by venue, market, quantity, model, target_from
       order by origin desc, model_version desc) = 1
   )
   select venue, market, quantity, model, epoch_ms(target_from)::double as at,
     epoch_ms(issued_at)::double as issued, origin, value, actual
   from shown where target_from > last - interval ${HOURS} hours 
   order by venue, market, target_from, model = 'persistence' desc, model desc`,
  );

  const series: ForecastsData["series"] = {};
  const forecast = new Set(
    (rows ?? []).map(marketKey),
  );
  const shown = largest(
    (await readMarkets(marts)).filter((m) => forecast.has(m.key)),
  );
  for (const row of rows ?? []) {
    const market = marketKey(row);
    if (!shown.some((m) => m.key === market)) continue;
    const one = series[`${market}|${row.quantity}`] ??= {
      at: [],
      actual: [],
      origin: [],
      issued: [],
      models: {},
    };
    let i = one.at.indexOf(row.at);
    if (i < 0) {
      i = one.at.push(row.at) - 1;
      one.actual[i] = digits(row.actual, 4);
      one.origin[i] = row.origin;
      one.issued[i] = row.issued;
      for (const values of Object.values(one.models)) values[i] = null;
    }
    const values = one.models[row.model] ??= one.at.map(() => null);
    values[i] = digits(row.value, 4);
  }

  return {
    of: forecast.size,
    markets: shown,
    skill: rows && skill &&
      skill.map((row) => ({
        market: row.market === null
          ? null
          : marketKey({ venue: row.venue, market: row.market }),
        origin: row.origin,
        quantity: row.quantity,
        model: row.model,
        version: row.model_version,
        n: Number(row.n),
        skill: digits(row.skill, 3),
        low: digits(row.skill_low, 3),
        high: digits(row.skill_high, 3),
        p: digits(row.p_adjusted, 3),
        hit: digits(row.hit_rate, 3),
        beats: row.beats_persistence,
        verdict: row.verdict ?? null,
      })),
    series,
  };
}

if (import.meta.main) await print(read);
