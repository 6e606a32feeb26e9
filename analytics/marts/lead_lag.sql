-- needs: candles, attention
-- window: 28 days
-- Does talk come before volume? Correlation of Δlog1p(attention) at t − lag with
-- Δlog(volume) at t over buckets of 5 minutes; a positive lag means that talk comes first.
-- Only pairs with both known: complete buckets, closed bars with volume. A constant series has no correlation: NULL.

create temp table talk as
select source, query, measure, ts, change
from (
  select source, query, measure, ts,
    case when ts - lag(ts) over series = interval 5 minutes
      then ln(1 + count_complete) - ln(1 + lag(count_complete) over series) end as change
  from marts.attention
  where bucket = '5m' and count_complete is not null
  window series as (partition by source, query, measure order by ts)
)
where change is not null;

create temp table traded as
select venue, market, ts, change
from (
  select venue, market, ts,
    case when ts - lag(ts) over series = interval 5 minutes
      then ln(volume) - ln(lag(volume) over series) end as change
  from marts.candles
  where interval = '5m' and state = 'closed' and volume > 0
  window series as (partition by venue, market order by ts)
)
where change is not null;

create temp table lags as select unnest(range(-24, 25))::integer as lag;

-- Numbers for the series: the pairs are many, and names in each would fill the memory.
create temp table talks as
select row_number() over ()::integer as talker, * from (select distinct source, query, measure from talk);
create temp table traders as
select row_number() over ()::integer as trader, * from (select distinct venue, market from traded);

-- A table of its own, so that the join below is one of equal times.
create temp table shifted as
select talker, lag, ts + to_minutes(5 * lag) as ts, change
from talk join talks using (source, query, measure) cross join lags;

create temp table pairs as
select shifted.talker, traders.trader, shifted.lag, shifted.change as x, traded.change as y
from shifted join traded using (ts) join traders using (venue, market);

create temp table ranked as
select *,
  -- Ties share the mean of their ranks.
  rank() over (partition by talker, trader, lag order by x) + (count(*) over (partition by talker, trader, lag, x) - 1) / 2 as rank_x,
  rank() over (partition by talker, trader, lag order by y) + (count(*) over (partition by talker, trader, lag, y) - 1) / 2 as rank_y
from pairs;

create temp macro correlation(a, b) as
  case when min(a) < max(a) and min(b) < max(b) and isfinite(corr(a, b)) then corr(a, b) end;

create temp table correlations as
select talker, trader, lag, correlation(x, y) as pearson, correlation(rank_x, rank_y) as spearman, count(*) as n
from ranked
group by all;

select source, query, measure, venue, market, lag, (5 * lag)::integer as lag_minutes,
  pearson, spearman, coalesce(n, 0) as n
from talks cross join traders cross join lags left join correlations using (talker, trader, lag)
order by all;
