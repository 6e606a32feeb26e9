-- needs: candles
-- TA-Lib's indicators with TA-Lib's warm-up: NULL before the first defined bar.
-- A segment is a run of known bars, one interval apart; an unknown or partial
-- bar ends it, and the next one warms up anew. Nothing is filled forward.

create temp macro span(name) as case name
  when '1m' then interval 1 minute when '5m' then interval 5 minutes when '15m' then interval 15 minutes
  when '1h' then interval 1 hour when '4h' then interval 4 hours when '1d' then interval 1 day end;

create temp table bars as
with known as (
  select venue, market, interval, ts, case when state <> 'partial' then close end as known, close,
    state = 'partial' or ts - lag(ts) over series is distinct from span(interval)
      or lag(state) over series = 'partial' as starts
  from marts.candles
  window series as (partition by venue, market, interval order by ts)
), segments as (
  select *, sum(starts::integer) over (partition by venue, market, interval order by ts rows unbounded preceding) as segment
  from known
), numbered as (
  select *, case when known is not null
    then row_number() over (partition by venue, market, interval, segment order by ts)::integer else 0 end as n
  from segments
)
select venue, market, interval, ts, close, n,
  case when n >= 20 then avg(known) over last20 end as sma20,
  case when n >= 60 then avg(known) over last60 end as sma60,
  case when n >= 240 then avg(known) over last240 end as sma240,
  -- Bollinger takes the population's deviation.
  case when n >= 20 then stddev_pop(known) over last20 end as deviation
from numbered
window last20 as (partition by venue, market, interval, segment order by ts rows 19 preceding),
  last60 as (partition by venue, market, interval, segment order by ts rows 59 preceding),
  last240 as (partition by venue, market, interval, segment order by ts rows 239 preceding)
order by venue, market, interval, ts;

-- Reads n and close of `bars` in their order and makes the table `recursions`, row by row beside it:
-- run: recursions

select venue, market, interval, ts, close, sma20, sma60, sma240, ema12, ema26,
  sma20 + 2 * deviation as bb_upper, sma20 as bb_middle, sma20 - 2 * deviation as bb_lower,
  rsi14, macd, macd_signal, macd - macd_signal as macd_hist
from bars positional join recursions;
