-- needs: candles 15 back, indicators
-- period: day
-- shard: market
-- carries: state
-- kept: by interval
-- Events on closed bars, each with hysteresis and a cooldown (analytics/indicators/signals.ts):
-- golden_cross, dead_cross  sma60 (value) through sma240 (threshold)
-- rsi                       rsi14 up through 70, down through 30
-- stochastic                stoch_k up through 80, down through 20
-- price_move                close against the close five minutes before, ±0.02 (▲▼); minutes
-- volume_surge              volume (value) of five minutes at three times its usual level
--                           (threshold): the median of the same hour's five minutes, UTC,
--                           on the 14 days before, of which 24 at least are known
-- `ts` is the close of the bar that fired: not before it could anybody know.
-- `direction` is the way through the threshold. What is unknown fires nothing.

create temp macro bar_minutes(name) as case name
  when '1m' then 1 when '5m' then 5 when '15m' then 15 when '1h' then 60 when '4h' then 240 else 1440 end;

create temp table series as
select row_number() over (order by venue, market, interval)::integer as series, venue, market, interval
from (select distinct venue, market, interval from marts.candles where ts >= getvariable('from_day'));

create temp table usual as
with known as (
  select venue, market, ts, volume, date_trunc('day', ts) as day, extract(hour from ts) as hour
  from marts.candles where interval = '5m' and state <> 'partial'
), hours as (
  select distinct venue, market, day, hour from known where ts >= getvariable('from_day')
)
select h.venue, h.market, '5m' as interval, h.day, h.hour,
  case when count(*) >= 24 then median(k.volume) end as usual
from hours h join known k on k.venue = h.venue and k.market = h.market and k.hour = h.hour
  and k.day between h.day - interval 14 days and h.day - interval 1 day
group by all;

create temp table moves as
select venue, market, interval, ts,
  -- All five bars between are known, or nobody saw how it came there.
  case when count(*) over five = 6 and first_value(ts) over five = ts - interval 5 minutes
    then close / nullif(first_value(close) over five, 0) - 1 end as move
from marts.candles
where interval = '1m' and state <> 'partial' and ts >= getvariable('from_day') - interval 1 hour
window five as (partition by venue, market, interval order by ts rows 5 preceding);

create temp table watched as
select s.series, bar_minutes(c.interval) * 60000.0::double as bar,
  (epoch_ms(c.ts) + bar_minutes(c.interval) * 60000)::double as closed,
  i.sma60, i.sma240, i.rsi14, i.stoch_k, m.move,
  case when c.state <> 'partial' then c.volume end as volume, nullif(u.usual, 0) as usual, c.ts::date as day,
  lead(c.ts::date) over (partition by s.series order by c.ts) is distinct from c.ts::date as ends_day
from marts.candles c
join series s using (venue, market, interval)
left join marts.indicators i using (venue, market, interval, ts)
left join moves m using (venue, market, interval, ts)
left join usual u on u.venue = c.venue and u.market = c.market and u.interval = c.interval
  and u.day = date_trunc('day', c.ts) and u.hour = extract(hour from c.ts)
where c.ts >= getvariable('from_day')
order by s.series, c.ts;

-- Where an interval is not kept for good, its rules begin anew with each cell (analytics/units/kept.ts).
-- Reads `watched` in its order and makes the table `fired`:
-- run: signals

select venue, market, interval, make_timestamp(closed * 1000) as ts, signal, direction, value, threshold,
  make_timestamp((closed - bar_minutes(interval) * 60000) * 1000)::date as unit_day
from fired join series using (series)
order by venue, market, interval, ts, signal, direction;
