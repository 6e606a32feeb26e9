-- needs: lake.counts
-- period: day
-- run: communities
-- Posts, comments and tweets per bucket. `count_raw` is the sum of what is known;
-- `count_complete` is NULL unless every minute of the bucket was wholly observed,
-- and takes each minute as it was first seen whole: later counts lack what was deleted since.

create temp table known as
select source, query, coalesce(counted, split_part(query, ':', 1)) as measure,
  ts at time zone 'UTC' as ts, count, complete, first_count
from lake.counts left join communities using (source)
where bucket = '1m';

create temp macro buckets(name, span) as table
select source, query, measure, name as bucket, time_bucket(to_minutes(span), ts) as ts,
  sum(count)::bigint as count_raw,
  case when count(*) filter (complete) = span then sum(first_count)::bigint end as count_complete
from known
group by all;

from buckets('1m', 1)
union all from buckets('5m', 5)
union all from buckets('1h', 60)
order by source, query, measure, bucket, ts;
