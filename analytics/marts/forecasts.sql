-- needs: candles 1 back 1 ahead, lake.forecasts
-- period: day
-- Every forecast as it was issued, and what came of it: `value` and `actual` are volatility per hour (root of the sum of
-- squared 1-minute log returns), volume in base units, or the probability of a rise and whether it rose (1 or 0).
-- `loss`: squared error of the logarithms; for direction 1 where the likelier side was wrong. NULL until every minute of the target is
-- known, and where nothing was traded or the price did not change. Only minutes after the issue count.
-- `origin` issued: stored before its target began; backtest: computed afterwards from what was known at `issued_at`.

create temp table hours as
select distinct venue, market, target_from at time zone 'UTC' as target_from, target_to at time zone 'UTC' as target_to
from lake.forecasts;

create temp table returns as
select venue, market, ts, volume, case when ts - lag(ts) over series = interval 1 minute
  then ln(close / lag(close) over series) end as change
from marts.candles
where interval = '1m' and state <> 'partial' and close > 0
window series as (partition by venue, market order by ts);

create temp table outcomes as
select h.venue, h.market, h.target_from, sqrt(sum(r.change * r.change)) as volatility, sum(r.volume) as volume,
  sign(sum(r.change)) as direction
from hours h
join returns r on r.venue = h.venue and r.market = h.market and r.ts >= h.target_from and r.ts < h.target_to
group by h.venue, h.market, h.target_from, h.target_to
having count(r.change) = date_diff('minute', h.target_from, h.target_to);

create temp table compared as
select f.origin, f.venue, f.market, f.quantity, f.model, f.model_version, f.issued_at at time zone 'UTC' as issued_at,
  f.target_from at time zone 'UTC' as target_from, f.target_to at time zone 'UTC' as target_to,
  f.data_to at time zone 'UTC' as data_to, f.trained_to at time zone 'UTC' as trained_to, f.value::double as value,
  case f.quantity when 'volatility' then nullif(o.volatility, 0) when 'volume' then nullif(o.volume, 0)
    else (o.direction + 1) / nullif(2 * abs(o.direction), 0) end as actual
from lake.forecasts f
left join outcomes o on o.venue = f.venue and o.market = f.market and o.target_from = f.target_from at time zone 'UTC'
where f.issued_at <= f.target_from;

select *, target_from::date as unit_day, case
    when actual is null or quantity <> 'direction' and value <= 0 then null
    when quantity = 'direction' then case when value = 0.5 then 0.5 else ((value > 0.5) <> (actual = 1))::integer end
    else (ln(value) - ln(actual)) ** 2 end as loss
from compared
order by origin, venue, market, quantity, model, target_from;
