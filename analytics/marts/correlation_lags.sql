-- needs: verdicts
-- Lead and lag of talk and market, both without season, memory and the largest joint events: r of talk at t − lag with the market at t; a positive lag
-- means that talk comes first. |r| within `band` is usual for independent series at that lag alone (95 %),
-- within `family_band` at all lags together. Of the pair: `of`, levels or differences; `finding`, what they say,
-- with `finding_p`, the share of placebos adjusted over so many `pairs`; `seen`, the least |r| of a lead that nine of ten
-- such comparisons would find; `events`, how many joint events are left out; the probability of a unit root in either.

select source, query, measure, venue, market, against, bucket, l.lag,
  (l.lag * case bucket when '5m' then 5 else 60 end)::integer as lag_minutes,
  l.r, l.band, l.family_band, l.n, l.p, l.p_adjusted,
  "of", finding, finding_p, talk_unit_root_p, market_unit_root_p, pairs, seen, len(left_out)::integer as events
from (select *, unnest(lags) as l from marts.verdicts)
order by source, query, measure, venue, market, against, bucket, l.lag;
