-- needs: candles, lake.tickers, lake.trades, lake.markets
-- newest: 8 days
-- One row a market: its last price, changes and the volume of the last 24 hours.
-- Changes are (C_t − C_{t−k}) / C_{t−k} on the closes of whole minutes, k = 1, 60, 1440;
-- NULL where one of the two minutes is unknown.

create temp table closes as
select venue, market, ts, close, volume, quote_volume, trade_count
from marts.candles
where interval = '1m' and state <> 'partial';

create temp table latest as
select venue, market, max(ts) as ts, arg_max(close, ts) as close
from closes group by venue, market;

-- Newer prices than the last whole minute.
create temp table prices as
select venue, market, max(ts) as last_ts, arg_max(price, ts) as last
from (
  select venue, market, ts at time zone 'UTC' as ts, last::double as price from lake.tickers
  where date >= (select max(date) - 1 from lake.tickers)
  union all
  select venue, market, ts at time zone 'UTC', price::double from lake.trades
  where date >= (select max(date) - 1 from lake.trades)
  union all
  select venue, market, ts + interval 1 minute, close from latest
)
group by venue, market;

create temp table day as
select c.venue, c.market, sum(c.volume) as volume_24h,
  case when count(c.quote_volume) = count(*) then sum(c.quote_volume) end as quote_volume_24h,
  case when count(c.trade_count) = count(*) then sum(c.trade_count)::bigint end as trades_24h,
  count(*)::integer as minutes_24h
from closes c join latest l using (venue, market)
where c.ts > l.ts - interval 1 day
group by c.venue, c.market;

select p.venue, p.market, m.base, m.quote, m.korean_name, m.english_name,
  p.last, p.last_ts,
  l.close / c1.close - 1 as change_1m,
  l.close / c60.close - 1 as change_1h,
  l.close / c1440.close - 1 as change_24h,
  d.volume_24h, d.quote_volume_24h,
  d.quote_volume_24h / nullif(sum(d.quote_volume_24h) over (partition by p.venue, m.quote), 0) as volume_share,
  d.trades_24h,
  -- How many of the day's 1,440 minutes are known: below that the volumes are of those alone.
  d.minutes_24h
from prices p
left join lake.markets m on m.venue = p.venue and m.market = p.market
left join latest l on l.venue = p.venue and l.market = p.market
left join closes c1 on c1.venue = p.venue and c1.market = p.market and c1.ts = l.ts - interval 1 minute
left join closes c60 on c60.venue = p.venue and c60.market = p.market and c60.ts = l.ts - interval 60 minutes
left join closes c1440 on c1440.venue = p.venue and c1440.market = p.market and c1440.ts = l.ts - interval 1440 minutes
left join day d on d.venue = p.venue and d.market = p.market
order by p.venue, quote_volume_24h desc nulls last, p.market;
