-- needs: candles, lake.rates 5 back, lake.markets
-- period: day
-- kept: by day
-- run: regions
-- Mean prices of each coin by venue and by region, spans of 1 and 5 minutes: that of everything traded in
-- the span, value / volume of the closed bars; a market whose span is partly unknown is left out, one that
-- is not collected is absent. `among` says whether `place` is a venue or a region.
-- Prices are in US dollars: won by the official rate known at the span's start, at most 4 days old (its
-- age stands beside it); a USDT or USDC is taken for a dollar.

create temp table fiat as
select ts at time zone 'UTC' as seen, rate::double as fx, source
from lake.rates where base = 'USD' and quote = 'KRW';

create temp table bars as
select c.interval as span, c.ts, m.base, m.quote, c.venue, r.region, c.volume, c.quote_volume
from marts.candles c join lake.markets m using (venue, market) join regions r using (venue)
where c.interval in ('1m', '5m') and c.state = 'closed' and c.volume > 0
  and m.quote in ('KRW', 'USD', 'USDT', 'USDC') and m.base <> m.quote and m.base not in ('USD', 'USDT', 'USDC');

create temp table dollars as
select b.*, f.fx, f.source, epoch(b.ts - f.seen) as age,
  case when quote <> 'KRW' then quote_volume
    when f.seen > b.ts - interval 4 days then quote_volume / f.fx end as value
from bars b asof left join fiat f on b.ts >= f.seen;

select case when grouping(venue) = 0 then 'venues' else 'regions' end as among,
  coalesce(venue, region) as place, base, span, ts, sum(value) / sum(volume) as price, sum(volume) as volume,
  string_agg(distinct quote, ',' order by quote) as quotes,
  max(fx) filter (quote = 'KRW') as fx, max(source) filter (quote = 'KRW') as fx_source,
  max(age) filter (quote = 'KRW') as fx_age_seconds
from dollars where value is not null
group by grouping sets ((span, ts, base, venue), (span, ts, base, region))
order by among, base, place, span, ts;
