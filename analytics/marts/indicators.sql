-- needs: candles 1 back
-- period: day
-- shard: market
-- carries: state
-- kept: by interval
-- warm up: 500 bars
-- TA-Lib's indicators with TA-Lib's warm-up: NULL before the first defined bar.
-- A segment is a run of known bars, one interval apart; an unknown or partial
-- bar ends it, and the next one warms up anew. Nothing is filled forward.
--
-- The columns are declared in collector/indicators/. Of Ichimoku every row holds
-- what was known when its bar closed; the lagging line is `close` drawn 26 bars back.

create temp macro bar_minutes(name) as case name
  when '1m' then 1 when '5m' then 5 when '15m' then 15 when '1h' then 60 when '4h' then 240 else 1440 end;

-- Names as numbers of one byte or two: a file of a day holds each once.
create type venue_name as enum (select distinct venue from marts.candles order by 1);
create type market_name as enum (select distinct market from marts.candles order by 1);
create type interval_name as enum (select distinct interval from marts.candles order by 1);

create table series as
select row_number() over (order by venue, market, interval)::integer as series, venue::venue_name as venue,
  market::market_name as market, interval::interval_name as interval, bar_minutes(interval) * 60000 as bar
from (select distinct venue, market, interval from marts.candles where ts >= getvariable('from_day'));

-- Gives the rows of one day after the other with `calculated()`, a column for
-- each that collector/indicators/ declares:
-- run: calculate

select venue, market, interval, calculated.* exclude (series)
from calculated() join series using (series);
