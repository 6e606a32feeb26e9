-- needs: candles
-- newest: 8 days
-- Volume by price of each market over the last day and the last seven days of its
-- minutes: 48 equal buckets between the lowest low and the highest high. A
-- minute's volume is spread evenly over its own range, low to high. Minutes that
-- are unknown or were seen in part are left out: known_minutes of `minutes` tell.
-- Point of control: the bucket with most volume, the lower one of equals. Value
-- area: from there the larger of the two neighbours (the upper one of equals)
-- joins until 70 % of the volume is in it.

create temp table minutes as
select venue, market, ts, high, low, volume
from marts.candles
where interval = '1m' and state = 'closed' and volume > 0 and high >= low;

create temp table spans as
with ends as (
  select venue, market, max(ts) + interval 1 minute as to_ts from marts.candles
  where interval = '1m' and state <> 'partial' group by venue, market
)
select venue, market, span as range, to_ts - length as from_ts, to_ts, minutes,
  count(*)::integer as known_minutes
from ends
cross join (values ('1d', interval 1 day, 1440), ('7d', interval 7 days, 10080)) s(span, length, minutes)
join marts.candles c using (venue, market)
where c.interval = '1m' and c.state <> 'partial' and c.ts >= to_ts - length and c.ts < to_ts
group by all;

create temp table prices as
select venue, market, range, min(low) as lowest, max(high) as highest, (max(high) - min(low)) / 48 as step
from spans join minutes using (venue, market)
where ts >= from_ts and ts < to_ts
group by all;

create temp macro bucket_of(price, lowest, step) as
  case when step > 0 then least(greatest(floor((price - lowest) / step)::integer, 0), 47) else 0 end;

create temp table profile as
with placed as (
  select venue, market, range, lowest, step, high, low, volume,
    unnest(generate_series(bucket_of(low, lowest, step), bucket_of(high, lowest, step)))::integer as bucket
  from spans join prices using (venue, market, range) join minutes using (venue, market)
  where ts >= from_ts and ts < to_ts
), shares as (
  select venue, market, range, bucket,
    -- A minute of one price lies in one bucket whole.
    sum(case when high > low and step > 0
      then volume * greatest(least(high, lowest + (bucket + 1) * step) - greatest(low, lowest + bucket * step), 0) / (high - low)
      else volume end) as volume
  from placed group by all
)
select p.venue, p.market, p.range, b.bucket::integer as bucket,
  p.lowest + b.bucket * p.step as price_low,
  case when b.bucket = 47 or p.step = 0 then p.highest else p.lowest + (b.bucket + 1) * p.step end as price_high,
  coalesce(s.volume, 0) as volume
from prices p
cross join range(48) b(bucket)
left join shares s on s.venue = p.venue and s.market = p.market and s.range = p.range and s.bucket = b.bucket
-- Where the price did not move there is one bucket.
where p.step > 0 or b.bucket = 0;

create temp table areas as
with recursive whole as (
  select venue, market, range, list(volume order by bucket) as volumes, sum(volume) as total,
    arg_max(bucket, (volume, -bucket)) as control
  from profile group by all
), grown as (
  select venue, market, range, volumes, total, control as low, control as high, control,
    volumes[control + 1] as inside
  from whole
  union all
  select venue, market, range, volumes, total,
    case when up then low else low - 1 end, case when up then high + 1 else high end, control,
    inside + case when up then volumes[high + 2] else volumes[low] end
  from (
    -- Lists count from 1: volumes[low] is the bucket below `low`.
    select *, low = 0 or (high + 1 < len(volumes) and volumes[high + 2] >= volumes[low]) as up
    from grown
    where inside < 0.7 * total and (low > 0 or high + 1 < len(volumes))
  )
)
select venue, market, range, control, total, min(low) as low, max(high) as high
from grown group by all;

select venue, market, range, from_ts, to_ts, bucket, price_low, price_high, volume,
  volume / total as volume_share, bucket = control as point_of_control,
  bucket between areas.low and areas.high as value_area,
  known_minutes, minutes
from profile join areas using (venue, market, range) join spans using (venue, market, range)
order by venue, market, range, bucket;
