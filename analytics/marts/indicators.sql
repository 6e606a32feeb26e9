-- needs: candles 1 back
-- period: day
-- shard: market
-- carries: state
-- TA-Lib's indicators with TA-Lib's warm-up: NULL before the first defined bar.
-- A segment is a run of known bars, one interval apart; an unknown or partial
-- bar ends it, and the next one warms up anew. Nothing is filled forward.
--
-- The columns are declared in collector/indicators/. Of Ichimoku every row holds
-- what was known when its bar closed; the lagging line is `close` drawn 26 bars back.

create temp macro span(name) as case name
  when '1m' then interval 1 minute when '5m' then interval 5 minutes when '15m' then interval 15 minutes
  when '1h' then interval 1 hour when '4h' then interval 4 hours
  when '1d' then interval 1 day when '1d-kst' then interval 1 day end;

-- Names as numbers of one byte: ten million bars of three words would be larger than all else.
create type venue_name as enum (select distinct venue from marts.candles order by 1);
create type market_name as enum (select distinct market from marts.candles order by 1);
create type interval_name as enum (select distinct interval from marts.candles order by 1);

create temp table series as
select row_number() over (order by venue, market, interval)::integer as series, venue, market, interval
from (select distinct venue, market, interval from marts.candles where ts >= getvariable('from_day'));

create temp table bars as
select venue::venue_name as venue, market::market_name as market, interval::interval_name as interval,
  ts, high, low, close, volume, ts::date as day,
  (case when state = 'partial' then 0 else 1
    + 2 * (ts - before is distinct from span(interval) or state_before = 'partial')::integer
    + 4 * (ts = date_trunc('day', ts))::integer end
    + 8 * (before is null or before < getvariable('from_day'))::integer
    + 16 * (after is null or after::date > ts::date)::integer)::tinyint as place
from (
  select *, lag(ts) over series as before, lag(state) over series as state_before, lead(ts) over series as after
  from marts.candles
  window series as (partition by venue, market, interval order by ts)
) known
where ts >= getvariable('from_day')
order by known.venue, known.market, known.interval, ts;

-- Ten million bars and their indicators are 2.8 GB: with this little of it goes to disk, and the process stays below 4 GB.
set memory_limit = '2500MB';

-- Reads `bars` in their order and makes the table `calculated`, row by row beside it,
-- a column for each that collector/indicators/ declares:
-- run: calculate

select venue::varchar as venue, market::varchar as market, interval::varchar as interval, ts, close,
  calculated.*
from bars positional join calculated;
