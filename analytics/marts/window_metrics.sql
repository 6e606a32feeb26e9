-- needs: lake.trades 1 back 1 ahead, lake.markets, lake.gaps 1 ahead
-- period: day
-- kept: by day
-- run: regions
-- What traded per coin, region and quote currency in windows [ts, ts + 60 s) that slide by 30 s.
-- sigma: population standard deviation of the trades' prices, in the quote currency.
-- ma_price, ma_volume: mean over this window and the nine before it (spans of five and a half minutes in all);
-- NULL unless all ten are there. A window without a trade has no row. `whole` is false at the first and last
-- window of a run of trades (which a day without any ends) and where a hole in the trades was not repaired.

create temp table deals as
select m.base, m.quote, r.region, t.venue, t.market, t.ts at time zone 'UTC' as seen,
  t.price::double as price, t.size::double as size,
  unnest([time_bucket(interval 30 seconds, seen), time_bucket(interval 30 seconds, seen) - interval 30 seconds]) as ts
from lake.trades t join lake.markets m using (venue, market) join regions r using (venue);

-- In an order, or the last digits of a small deviation were those of chance.
create temp table windows as
select base, region, quote, ts, avg(price) as mean_price, sum(price * size) / sum(size) as vwap,
  max(price) as high, min(price) as low, sum(size) as volume, stddev_pop(price order by price) as sigma, count(*) as trades,
  count(distinct venue) as venues
from deals group by all;

create temp table spans as
select base, region, quote, day + around as day, min(first) as first, max(last) as last
from (
  select base, region, quote, seen::date as day, min(seen) as first, max(seen) as last from deals group by all
) cross join (values (-1), (0), (1)) days(around)
group by all;

create temp table holes as
select distinct m.base, r.region, m.quote, g.from_ts at time zone 'UTC' as from_ts,
  coalesce(g.to_ts at time zone 'UTC', timestamp '9999-01-01') as to_ts
from lake.gaps g join lake.markets m using (venue, market) join regions r using (venue)
where g.channel = 'trade' and g.state <> 'repaired';

select w.base, w.region, w.quote, w.ts, mean_price, vwap, high, low, volume, sigma, trades, venues,
  case when count(*) over ten = 10 then avg(mean_price) over ten end as ma_price,
  case when count(*) over ten = 10 then avg(volume) over ten end as ma_volume,
  w.ts >= s.first and w.ts + interval 1 minute <= s.last and not exists (
    from holes h where h.base = w.base and h.region = w.region and h.quote = w.quote
      and h.from_ts < w.ts + interval 1 minute and h.to_ts > w.ts) as whole
from windows w join spans s on s.base = w.base and s.region = w.region and s.quote = w.quote and s.day = w.ts::date
window ten as (partition by w.base, w.region, w.quote order by w.ts
  range between interval 270 seconds preceding and current row)
order by w.base, w.region, w.quote, w.ts;
