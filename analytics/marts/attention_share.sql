-- needs: mentions
-- run: communities
-- Share of attention: a coin's part of all names of coins in a source's posts or comments, raw and de-duplicated,
-- per hour and UTC day. NULL where nothing was named, or where the bucket was not wholly observed and read.
-- Posts that were searched for by the name of a coin have none.

create temp table hours as
select source, measure, coin, ts, count_raw, count_deduplicated, count_complete is not null as complete
from marts.mentions anti join (from communities where searched) using (source) where bucket = '1h';

create temp table buckets as
select source, measure, '1h' as bucket, ts, coin, count_raw, count_deduplicated, complete from hours
union all
select source, measure, '1d', date_trunc('day', ts), coin, sum(count_raw)::bigint, sum(count_deduplicated)::bigint,
  bool_and(complete) and count(*) = 24
from hours group by all;

select source, measure, bucket, ts, coin, count_raw, count_deduplicated, complete,
  case when complete then count_raw / nullif(sum(count_raw) over same, 0) end as share,
  case when complete then count_deduplicated / nullif(sum(count_deduplicated) over same, 0) end as share_deduplicated
from buckets
window same as (partition by source, measure, bucket, ts)
order by source, measure, bucket, ts, coin;
