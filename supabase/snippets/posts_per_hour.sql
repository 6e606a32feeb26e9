-- How much is written an hour in each community? Of the last 2 days.
-- A span that was not observed whole has fewer minutes.
-- Units: posts, comments or tweets; minutes observed whole
-- Zone: KST
-- Who: anyone
select source, query, date_trunc('hour', ts) at time zone 'Asia/Seoul' as hour_kst,
  sum(count) as count, count(*) filter (where complete) as minutes
from counts
where bucket = '1m' and ts >= now() - interval '2 days'
group by 1, 2, 3 order by hour_kst desc, source, query;
