-- needs: candles, attention
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
create temp table series as
select row_number() over ()::integer as series, *
from (select distinct source, query, measure from talk) cross join (select distinct venue, market from traded);

create temp table pairs as
select series.series, lags.lag, talk.change as x, traded.change as y
from series
join traded using (venue, market)
cross join lags
join talk on talk.source = series.source and talk.query = series.query and talk.measure = series.measure
  and talk.ts = traded.ts - to_minutes(5 * lag);

create temp table ranked as
select *,
  -- Ties share the mean of their ranks.
  rank() over (partition by series, lag order by x) + (count(*) over (partition by series, lag, x) - 1) / 2 as rank_x,
  rank() over (partition by series, lag order by y) + (count(*) over (partition by series, lag, y) - 1) / 2 as rank_y
from pairs;

create temp macro correlation(a, b) as
  case when min(a) < max(a) and min(b) < max(b) and isfinite(corr(a, b)) then corr(a, b) end;

create temp table correlations as
select series, lag, correlation(x, y) as pearson, correlation(rank_x, rank_y) as spearman, count(*) as n
from ranked
group by all;

select source, query, measure, venue, market, lag, (5 * lag)::integer as lag_minutes,
  pearson, spearman, coalesce(n, 0) as n
from series cross join lags left join correlations using (series, lag)
order by all;
