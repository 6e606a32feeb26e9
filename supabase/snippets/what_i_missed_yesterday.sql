-- What did I miss yesterday? Every gap that touches it, longest first, and what became of it.
-- Units: seconds; ids are exact
-- Zone: times in KST; yesterday is the day in Seoul
-- Who: anyone
select venue, market, channel, state, reason,
  from_ts at time zone 'Asia/Seoul' as from_kst, to_ts at time zone 'Asia/Seoul' as to_kst,
  round(extract(epoch from coalesce(to_ts, now()) - from_ts), 1) as seconds,
  from_id, to_id, recovered, note
from gaps
where from_ts < date_trunc('day', now(), 'Asia/Seoul')
  and (to_ts is null or to_ts >= date_trunc('day', now(), 'Asia/Seoul') - interval '1 day')
order by seconds desc;
