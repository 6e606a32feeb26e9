-- needs: candles, lake.books, lake.rates 5 back 1 ahead, lake.markets
-- period: day
-- kept: by day
-- run: regions
-- The kimchi premiums of a coin on a Korean venue over a global one, by minute; values as at the minute's end.
--   premium_fx   = P_KRW / (P_USDT · FX) − 1      premium_usdt = P_KRW / (P_USDT · U) − 1
--   tether       = U / FX − 1                     (1 + FX) = (1 + USDT)(1 + tether)
-- basis 'book': mids of both books, each at most 10 s old; else 'candle': both closes of a minute with trades.
-- FX is the official rate, at most 4 days old; `stale` beyond 1 hour, which it is every night and weekend.
-- U is the Korean venue's own KRW-USDT by the same rule, else a source's rate of at most 5 minutes.
-- A side that is missing is NULL, and so is all that needs it; a day of which one side has nothing has no row.

create temp table quotes as
with books as (
  select venue, market, time_bucket(interval 1 minute, ts at time zone 'UTC') as ts, ts as seen,
    list_filter(from_json(bids, '[["DOUBLE"]]'), lambda l: l[2] > 0)[1][1] as bid,
    list_filter(from_json(asks, '[["DOUBLE"]]'), lambda l: l[2] > 0)[1][1] as ask
  from (
    -- The last of each minute alone is read.
    select * from lake.books
    qualify row_number() over (partition by venue, market, time_bucket(interval 1 minute, ts) order by ts desc) = 1
  )
), mids as (
  select venue, market, ts, (bid + ask) / 2 as mid from books
  where bid > 0 and ask > 0 and (seen at time zone 'UTC') >= ts + interval 50 seconds
), closes as (
  select venue, market, ts, close from marts.candles where interval = '1m' and state = 'closed'
)
select venue, market, ts, m.base, m.quote, r.region, mid, close
from closes full join mids using (venue, market, ts)
join lake.markets m using (venue, market) join regions r using (venue);

create temp table fiat as
select ts at time zone 'UTC' as seen, rate::double as fx, source as fx_source
from lake.rates where base = 'USD' and quote = 'KRW';

create temp table tethers as
select ts at time zone 'UTC' as seen, rate::double as won, source
from lake.rates where base = 'USDT' and quote = 'KRW';

create temp table sides as
with known as (
  select distinct venue, market, base, quote, region, ts::date as day from quotes
), pairs as (
  select k.day, k.venue as korean_venue, k.market as korean_market, g.venue as global_venue,
    g.market as global_market, k.base
  from known k join known g on k.base = g.base and k.day = g.day
  where k.region = 'Korea' and k.quote = 'KRW' and g.region <> 'Korea' and g.quote = 'USDT'
), minutes as (
  select p.*, q.ts from pairs p join quotes q
    on q.venue = p.korean_venue and q.market = p.korean_market and q.ts::date = p.day
  union
  select p.*, q.ts from pairs p join quotes q
    on q.venue = p.global_venue and q.market = p.global_market and q.ts::date = p.day
)
select n.*, n.ts + interval 1 minute as ends,
  case when k.mid > 0 and g.mid > 0 then 'book' else 'candle' end as basis,
  case when basis = 'book' then k.mid else k.close end as korean_price,
  case when basis = 'book' then g.mid else g.close end as global_price,
  case when basis = 'book' then coalesce(u.mid, u.close) else u.close end as own_usdt,
  case when own_usdt is null then null when basis = 'book' and u.mid > 0 then 'book' else 'candle' end as own_basis
from minutes n
left join quotes k on k.venue = n.korean_venue and k.market = n.korean_market and k.ts = n.ts
left join quotes g on g.venue = n.global_venue and g.market = n.global_market and g.ts = n.ts
left join quotes u on u.venue = n.korean_venue and u.base = 'USDT' and u.quote = 'KRW' and u.ts = n.ts;

create temp table rated as
select s.*,
  case when f.seen > s.ends - interval 4 days then f.fx end as fx,
  case when f.seen > s.ends - interval 4 days then f.fx_source end as fx_source,
  case when f.seen > s.ends - interval 4 days then epoch(s.ends - f.seen) end as fx_age_seconds,
  case when own_usdt is not null then own_usdt when t.seen >= s.ends - interval 5 minutes then t.won end as usdt_krw,
  case when own_usdt is not null then s.korean_venue when t.seen >= s.ends - interval 5 minutes then t.source end
    as usdt_source,
  coalesce(own_basis, case when t.seen >= s.ends - interval 5 minutes then 'rate' end) as usdt_basis,
  case when own_usdt is null and t.seen >= s.ends - interval 5 minutes then epoch(s.ends - t.seen) end as usdt_age_seconds
from sides s
asof left join fiat f on s.ends >= f.seen
asof left join tethers t on s.ends >= t.seen;

select ts, base, korean_venue, korean_market, global_venue, global_market, basis,
  korean_price, global_price, fx, fx_source, fx_age_seconds, fx_age_seconds > 3600 as stale,
  usdt_krw, usdt_source, usdt_basis, usdt_age_seconds,
  korean_price / (global_price * fx) - 1 as premium_fx,
  korean_price / (global_price * usdt_krw) - 1 as premium_usdt,
  usdt_krw / fx - 1 as tether,
  -- The two say opposite things: who pays more depends on which dollar is meant.
  sign(premium_fx) * sign(premium_usdt) < 0 as disagree
from rated
order by base, korean_venue, korean_market, global_venue, global_market, ts;
