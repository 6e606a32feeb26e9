-- Candles of a market by the hour. Fewer than 60 minutes: the rest is unknown. Change venue, market and span.
-- Units: prices in the quote, volume in base units
-- Zone: open time in KST
-- Who: anyone
with minutes as (
  -- The venue's own minute where it is whole, else the one made from trades.
  select distinct on (ts) ts, open, high, low, close, volume, state
  from candles
  where venue = 'upbit' and market = 'KRW-BTC' and interval = '1m' and ts >= now() - interval '7 days'
  order by ts, state = 'partial', source = 'trades'
)
select date_bin('1 hour', ts, '2000-01-01 00:00+09') at time zone 'Asia/Seoul' as opens_kst,
  (array_agg(open order by state = 'no_trade', ts))[1] as open,
  coalesce(max(high) filter (where state <> 'no_trade'), max(high)) as high,
  coalesce(min(low) filter (where state <> 'no_trade'), min(low)) as low,
  (array_agg(close order by ts desc))[1] as close, sum(volume) as volume,
  count(*) filter (where state <> 'partial') as minutes
from minutes group by 1 order by 1 desc;
