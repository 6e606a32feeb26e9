-- needs: attention, mentions
-- How unusual an hour's attention is: log1p of its count against the same hours before it, never itself or later ones.
-- `z`: the same hour of the week in the 8 weeks before, at least 4 of them known; `z_daily`: the same hour of the day
-- in the 28 days before, at least 5 of them known. So few weeks tell their own spread badly: t = (level − mean) / (s √(1 + 1/m))
-- is Student's with m − 1 degrees of freedom, and z the normal number that is as rare (Wallace 1959). NULL where the history is too short or never changed.
-- Rows of a whole query have no coin, rows of a coin no query.

create temp table hours as
select source, query, null as coin, measure, ts, count_complete as count from marts.attention
where bucket = '1h' and count_complete is not null
union all
select source, null, coin, measure, ts, count_complete from marts.mentions
where bucket = '1h' and count_complete is not null;

create temp table compared as
select *, ln(1 + count) as level,
  avg(ln(1 + count)) over weekly as weekly_mean, stddev_samp(ln(1 + count)) over weekly as weekly_deviation,
  count(*) over weekly as weeks,
  avg(ln(1 + count)) over daily as daily_mean, stddev_samp(ln(1 + count)) over daily as daily_deviation,
  count(*) over daily as days
from hours
window weekly as (partition by source, query, coin, measure, dayofweek(ts), hour(ts) order by ts
    range between interval 56 days preceding and interval 1 hour preceding),
  daily as (partition by source, query, coin, measure, hour(ts) order by ts
    range between interval 28 days preceding and interval 1 hour preceding);

create temp macro as_normal(t, df) as
  sign(t) * (8 * df + 1) / (8 * df + 3) * sqrt(df * ln(1 + t * t / df));

select source, query, coin, measure, ts, count,
  case when weeks >= 4 then exp(weekly_mean) - 1 end as expected,
  case when weeks >= 4 and weekly_deviation > 0
    then as_normal((level - weekly_mean) / (weekly_deviation * sqrt(1 + 1 / weeks)), weeks - 1) end as z, weeks,
  case when days >= 5 then exp(daily_mean) - 1 end as expected_daily,
  case when days >= 5 and daily_deviation > 0
    then as_normal((level - daily_mean) / (daily_deviation * sqrt(1 + 1 / days)), days - 1) end as z_daily, days
from compared
order by source, query, coin, measure, ts;
