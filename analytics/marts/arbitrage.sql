-- needs: premium, lake.books
-- period: day
-- kept: by day
-- run: fees
-- What buying a coin on one venue and selling it on another would bring, by minute, for both directions of
-- each pair of a Korean and another venue: both books of the minute's end (each at most 10 s old) walked to a
-- size in US dollars (by the official rate, else by USDT/KRW). All of it indicative: between the two trades
-- lie the transfer's time and capital controls.
--   net = sell_price·(1 − f_sell) / (buy_price·(1 + f_buy)) − 1 − transfer cost / size
-- net_fx takes a won at the official rate and a USDT for a dollar, net_usdt at the Korean price of a USDT.
-- `filled` is false where the stored levels do not reach the size; then there is no price. Without a fee
-- in the table there is no net.

create temp table books as
select venue, market, time_bucket(interval 1 minute, ts at time zone 'UTC') as ts,
  epoch(time_bucket(interval 1 minute, ts) + interval 1 minute - ts) as age,
  list_filter(from_json(bids, '[["DOUBLE"]]'), lambda l: l[2] > 0) as bids,
  list_filter(from_json(asks, '[["DOUBLE"]]'), lambda l: l[2] > 0) as asks
from (
  select * from lake.books
  qualify row_number() over (partition by venue, market, time_bucket(interval 1 minute, ts) order by ts desc) = 1
) where age <= 10;

create temp table routes as
with rated as (
  select ts, base, korean_venue, korean_market, global_venue, global_market, fx, stale, usdt_krw
  from marts.premium
), ways as (
  select ts, base, fx, stale, usdt_krw, korean_venue as buy_venue, korean_market as buy_market,
    global_venue as sell_venue, global_market as sell_market, true as buy_in_won from rated
  union all
  select ts, base, fx, stale, usdt_krw, global_venue, global_market, korean_venue, korean_market, false from rated
)
select row_number() over () as route, w.*, size_usd::double as size_usd, b.asks, s.bids, b.age as buy_age,
  s.age as sell_age, size_usd * case when buy_in_won then coalesce(fx, usdt_krw) else 1 end as budget
from ways w
join books b on b.venue = buy_venue and b.market = buy_market and b.ts = w.ts
join books s on s.venue = sell_venue and s.market = sell_market and s.ts = w.ts
cross join (values (1000), (10000), (50000)) sizes(size_usd)
where len(b.asks) > 0 and len(s.bids) > 0;

-- Buying spends the budget level by level.
create temp table bought as
with levels as (
  select route, budget, l[1] as price, l[2] as size, seen
  from (select route, budget, unnest(asks) as l, generate_subscripts(asks, 1) as seen from routes)
), spent as (
  select *, coalesce(sum(price * size) over (partition by route order by seen
    rows between unbounded preceding and 1 preceding), 0) as before from levels
)
select route, sum(greatest(0, least(price * size, budget - before)) / price) as units,
  sum(price * size) >= any_value(budget) as filled
from spent group by route;

-- Selling gives the units bought level by level.
create temp table sold as
with levels as (
  select r.route, b.units, l[1] as price, l[2] as size, seen
  from (select route, unnest(bids) as l, generate_subscripts(bids, 1) as seen from routes) r join bought b using (route)
), given as (
  select *, coalesce(sum(size) over (partition by route order by seen
    rows between unbounded preceding and 1 preceding), 0) as before from levels
)
select route, sum(greatest(0, least(size, units - before)) * price) as proceeds,
  sum(size) >= any_value(units) as filled
from given group by route;

create temp table fills as
select r.*, b.filled and s.filled as filled,
  case when b.filled and s.filled then b.units end as units,
  case when b.filled and s.filled then r.budget / b.units end as buy_price,
  case when b.filled and s.filled then s.proceeds / b.units end as sell_price,
  buy_price / r.asks[1][1] - 1 as buy_slippage, 1 - sell_price / r.bids[1][1] as sell_slippage
from routes r join bought b using (route) join sold s using (route);

create temp table charged as
select f.*, x.taker as buy_fee, y.taker as sell_fee,
  case when f.ts >= w.since then w.units end * f.asks[1][1]
    / case when buy_in_won then coalesce(fx, usdt_krw) else 1 end as transfer_usd
from fills f
asof left join taker_fees x on f.buy_venue = x.venue and f.ts >= x.since
asof left join taker_fees y on f.sell_venue = y.venue and f.ts >= y.since
asof left join withdrawal_fees w on f.buy_venue = w.venue and f.base = w.base and f.ts >= w.since;

select ts, base, buy_venue, buy_market, sell_venue, sell_market, size_usd, filled, units,
  buy_price, sell_price, buy_slippage, sell_slippage, buy_fee, sell_fee, transfer_usd,
  sell_price / buy_price * case when buy_in_won then fx else 1 / fx end as ratio_fx,
  sell_price / buy_price * case when buy_in_won then usdt_krw else 1 / usdt_krw end as ratio_usdt,
  ratio_fx - 1 as gross_fx, ratio_usdt - 1 as gross_usdt,
  ratio_fx * (1 - sell_fee) / (1 + buy_fee) - 1 - transfer_usd / size_usd as net_fx,
  ratio_usdt * (1 - sell_fee) / (1 + buy_fee) - 1 - transfer_usd / size_usd as net_usdt,
  buy_age as buy_age_seconds, sell_age as sell_age_seconds, fx, usdt_krw, stale, true as indicative
from charged
order by base, buy_venue, sell_venue, size_usd, ts;
