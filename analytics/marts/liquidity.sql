-- needs: candles 1 back, lake.books 1 back, lake.trades
-- period: day
-- kept: by day
-- shard: market
-- Liquidity and volatility of a market by the hour (UTC), from one-minute bars and single trades.
-- realised_variance: Σr² of one-minute log returns between known neighbouring minutes; realised_volatility:
-- √(Σr² · 525,600 / returns), a fraction a year. amihud: mean |r| / (value traded in millions of the quote
-- currency) over minutes with trades. roll: 2√(−cov(Δp, Δp₋₁)) on closes, in the quote currency, NULL where
-- the covariance (n − 1) is not negative. effective_spread: mean 2·|p − mid| / mid against the last book at or
-- before the trade, at most 5 s old.

create temp table returns as
select venue, market, ts, close, quote_volume, state,
  case when lag(ts) over w = ts - interval 1 minute then ln(close / lag(close) over w) end as r,
  -- A minute without trades repeats a price: its change of zero is no observation.
  case when lag(ts) over w = ts - interval 1 minute and state = 'closed' and lag(state) over w = 'closed'
    then close - lag(close) over w end as change
from marts.candles where interval = '1m' and state <> 'partial' and close > 0
window w as (partition by venue, market order by ts);

create temp table changes as
select *, case when lag(ts) over w = ts - interval 1 minute then lag(change) over w end as change_before
from returns window w as (partition by venue, market order by ts);

create temp table hours as
select venue, market, time_bucket(interval 1 hour, ts) as ts, count(r) as returns,
  sum(r * r) as realised_variance,
  sqrt(sum(r * r) * 525600 / nullif(count(r), 0)) as realised_volatility,
  avg(abs(r) / quote_volume * 1e6) filter (state = 'closed' and quote_volume > 0) as amihud,
  covar_samp(change, change_before order by ts) as covariance,
  case when covariance < 0 then 2 * sqrt(-covariance) end as roll
from changes group by all;

create temp table mids as
select venue, market, seen, (bid + ask) / 2 as mid from (
  select venue, market, ts as seen,
    list_filter(from_json(bids, '[["DOUBLE"]]'), lambda l: l[2] > 0)[1][1] as bid,
    list_filter(from_json(asks, '[["DOUBLE"]]'), lambda l: l[2] > 0)[1][1] as ask
  from lake.books
) where bid > 0 and ask > 0;

create temp table spreads as
select t.venue, t.market, time_bucket(interval 1 hour, t.ts at time zone 'UTC') as ts,
  avg(2 * abs(t.price::double - m.mid) / m.mid) as effective_spread, count(*) as spread_trades
from lake.trades t asof join mids m on t.venue = m.venue and t.market = m.market and t.ts >= m.seen
where t.ts <= m.seen + interval 5 seconds
group by all;

select venue, market, ts, returns, realised_variance, realised_volatility, amihud, roll,
  effective_spread, coalesce(spread_trades, 0) as spread_trades
from hours full join spreads using (venue, market, ts)
order by venue, market, ts;
