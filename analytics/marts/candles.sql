-- needs: lake.candles 1 ahead
-- period: day
-- shard: market
-- One bar per (venue, market, interval, ts): the venue's own where it is there,
-- else the one made from trades; 5m to 1d from the minutes. 1d is the UTC day;
-- 1d-kst is the day in Seoul, which opens at 15:00 UTC the day before (its `ts`).
-- `partial`: a minute of the span is unknown or was only partly seen.

create temp table minutes as
select venue, market, ts at time zone 'UTC' as ts,
  open::double as open, high::double as high, low::double as low, close::double as close,
  -- Decimals: a sum of them is the same in any order.
  volume, quote_volume,
  -- Some venues do not say how many trades a candle holds; the trades do.
  coalesce(trade_count, max(trade_count) filter (source = 'trades' and state = 'closed')
    over (partition by venue, market, ts))::bigint as trade_count,
  state, source, revision
from lake.candles
where interval = '1m'
qualify row_number() over (partition by venue, market, ts order by state = 'partial', source = 'trades') = 1;

create temp macro longer(name, span, opens) as table
select venue, market, name as interval, time_bucket(to_minutes(span), ts, opens) as ts,
  -- A minute without trades repeats the price before it: it neither opens the bar nor sets a high or low.
  coalesce(arg_min(open, ts) filter (state <> 'no_trade'), arg_min(open, ts)) as open,
  coalesce(max(high) filter (state <> 'no_trade'), max(high)) as high,
  coalesce(min(low) filter (state <> 'no_trade'), min(low)) as low,
  arg_max(close, ts) as close,
  sum(volume) as volume,
  -- Unknown where a minute's is: an imported file may say the base volume alone.
  case when count(quote_volume) = count(*) then sum(quote_volume) end as quote_volume,
  case when count(trade_count) = count(*) then sum(trade_count)::bigint end as trade_count,
  case when count(*) < span or bool_or(state = 'partial') then 'partial'
    when bool_and(state = 'no_trade') then 'no_trade'
    else 'closed' end as state,
  case when min(source) = max(source) then min(source) else 'mixed' end as source,
  max(revision) as revision
from minutes
group by all;

select * replace (volume::double as volume, quote_volume::double as quote_volume) from (
  select venue, market, '1m' as interval, ts, open, high, low, close, volume, quote_volume, trade_count,
    state, source, revision
  from minutes
  union all by name from longer('5m', 5, interval 0 hours)
  union all by name from longer('15m', 15, interval 0 hours)
  union all by name from longer('1h', 60, interval 0 hours)
  union all by name from longer('4h', 240, interval 0 hours)
  union all by name from longer('1d', 1440, interval 0 hours)
  union all by name from longer('1d-kst', 1440, interval 15 hours)
)
order by venue, market, interval, ts;
