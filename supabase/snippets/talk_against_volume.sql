-- Talk against volume, hour by hour, of the last 3 days. Change venue and market.
-- A count is null unless all 60 minutes were observed whole.
-- Units: posts an hour; base units
-- Zone: KST
-- Who: anyone
with talk as (
  select date_trunc('hour', ts) as hour, source, query,
    case when count(*) filter (where complete) = 60 then sum(count) end as posts
  from counts
  where bucket = '1m' and ts >= date_trunc('hour', now()) - interval '3 days' and query not like 'comments:%'
  group by 1, 2, 3
), minutes as (
  select distinct on (ts) ts, volume
  from candles
  where venue = 'upbit' and market = 'KRW-BTC' and interval = '1m'
    and ts >= date_trunc('hour', now()) - interval '3 days'
  order by ts, state = 'partial', source = 'trades'
), traded as (
  select date_trunc('hour', ts) as hour, sum(volume) as volume from minutes group by 1
)
select hour at time zone 'Asia/Seoul' as hour_kst, source, query, posts, volume
from talk full join traded using (hour) order by hour desc, source, query;
