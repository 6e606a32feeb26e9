/** Forecasts of the last days beside what came, and each model's skill against persistence. */
import {
  digits,
  finish,
  largest,
  marketKey,
  openMarts,
  readMarkets,
} from "../../marts.ts";

/** Hours shown. */
const HOURS = 72;

const marts = await openMarts();
const { queryMart } = marts;
const skill = await queryMart(
  "forecast_skill",
  "select * from marts.forecast_skill order by quantity, model desc, origin desc",
);
// An issued forecast stands before one that was computed afterwards.
const rows = await queryMart(
  "forecasts",
  `with shown as (
     select *, max(target_from) over () as last from marts.forecasts
     qualify row_number() over (partition by venue, market, quantity, model, target_from
       order by origin desc, model_version desc) = 1
   )
   select venue, market, quantity, model, epoch_ms(target_from)::double as at,
     epoch_ms(issued_at)::double as issued, origin, value, actual
   from shown where target_from > last - interval ${HOURS} hours 
   order by target_from, model = 'persistence' desc, model desc`,
);

/** Hours by market and quantity: models' values, what came, and when each was issued. */
const series: Record<string, {
  at: number[];
  actual: (number | null)[];
  origin: string[];
  issued: number[];
  models: Record<string, (number | null)[]>;
}> = {};
const forecast = new Set(
  (rows ?? []).map((row) =>
    marketKey({ venue: row.venue, market: row.market })
  ),
);
const shown = largest(
  (await readMarkets(marts)).filter((m) => forecast.has(m.key)),
);
for (const row of rows ?? []) {
  const market = marketKey({ venue: row.venue, market: row.market });
  if (!shown.some((m) => m.key === market)) continue;
  const one = series[`${market}|${row.quantity}`] ??= {
    at: [],
    actual: [],
    origin: [],
    issued: [],
    models: {},
  };
  let i = one.at.indexOf(Number(row.at));
  if (i < 0) {
    i = one.at.push(Number(row.at)) - 1;
    one.actual[i] = digits(row.actual, 4);
    one.origin[i] = String(row.origin);
    one.issued[i] = Number(row.issued);
    for (const values of Object.values(one.models)) values[i] = null;
  }
  const values = one.models[String(row.model)] ??= one.at.map(() => null);
  values[i] = digits(row.value, 4);
}

finish(marts, {
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
      en: row.verdict_en,
      ko: row.verdict_ko,
    })),
  series,
});
