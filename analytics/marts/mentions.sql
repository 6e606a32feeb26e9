-- needs: attention, lake.talk, lake.posts, lake.comments, lake.counts, lake.markets
-- run: communities
-- How often a coin was named, per source: posts and comments that name it, and tweets of a query that asks for it.
-- `count_raw` is what is known; `count_complete` is NULL unless the bucket was wholly observed and read on every board;
-- `count_deduplicated` leaves out texts that say what one of the same source said in the 24 hours before
-- (NULL for tweets: their texts are not read).
-- run: query_coins

create temp table texts as
select source, kind || 's' as measure, ts at time zone 'UTC' as ts, coins,
  text_hash <> '' and coalesce(lag(ts) over (partition by source, text_hash order by ts, kind, board, text_id)
    >= ts - interval 1 day, false) as repeated
from lake.talk;

create temp table named as
select source, measure, ts, repeated, unnest(string_split(coins, ',')) as coin
from texts where coins <> '';

create temp table bounds as
select source, query, measure, bucket, min(ts) as first, max(ts) as last
from marts.attention where bucket in ('5m', '1h') group by all;

create temp table buckets as
select s.source, s.measure, s.bucket, s.ts, bool_and(a.count_complete is not null) as complete
from (select distinct source, measure, bucket, ts from marts.attention anti join (from communities where counted is not null) using (source)
  where bucket in ('5m', '1h')) s
join bounds b on b.source = s.source and b.measure = s.measure and b.bucket = s.bucket and s.ts between b.first and b.last
left join marts.attention a on a.source = b.source and a.query = b.query and a.measure = b.measure
  and a.bucket = b.bucket and a.ts = s.ts
group by all;

-- Texts that were dropped for their age before anyone read them: what they named is unknown.
create temp table unread as
select source, 'posts' as measure, ts at time zone 'UTC' as ts from lake.posts p
where not deleted and not exists (select 1 from lake.talk t where t.source = p.source and t.board = p.board
  and t.kind = 'post' and t.text_id = p.post_id)
union all
select source, 'comments', ts at time zone 'UTC' from lake.comments c
where not deleted and not exists (select 1 from lake.talk t where t.source = c.source and t.board = c.board
  and t.kind = 'comment' and t.text_id = c.comment_id);

create temp macro span(bucket) as case bucket when '5m' then interval 5 minutes else interval 1 hour end;

create temp table read_buckets as
select b.source, b.measure, b.bucket, b.ts, b.complete and u.ts is null as complete
from buckets b
left join (
  select distinct source, measure, k.bucket, time_bucket(span(k.bucket), ts) as ts
  from unread, (values ('5m'), ('1h')) k(bucket)
) u using (source, measure, bucket, ts);

create temp table counted as
select source, measure, k.bucket, time_bucket(span(k.bucket), ts) as ts, coin,
  count(*) as raw, count(*) filter (not repeated) as deduplicated
from named, (values ('5m'), ('1h')) k(bucket)
group by all;

select b.source, b.measure, b.bucket, b.ts, c.coin, coalesce(n.raw, 0)::bigint as count_raw,
  case when b.complete then coalesce(n.raw, 0)::bigint end as count_complete,
  coalesce(n.deduplicated, 0)::bigint as count_deduplicated
from read_buckets b
join (select distinct source, measure, coin from named) c using (source, measure)
left join counted n using (source, measure, bucket, ts, coin)
union all
select a.source, a.measure, a.bucket, a.ts, q.coin, sum(a.count_raw)::bigint,
  case when count(a.count_complete) = count(*) then sum(a.count_complete)::bigint end, null
from marts.attention a join query_coins q using (source, query)
where a.bucket in ('5m', '1h')
group by all
order by source, measure, coin, bucket, ts;
