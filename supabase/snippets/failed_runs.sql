-- Which runs of the chain failed in the last 7 days, and with what sentence?
-- Units: seconds
-- Zone: times in KST
-- Who: service_role
select step, round at time zone 'Asia/Seoul' as round_kst, attempt, state,
  round(extract(epoch from ended_at - started_at), 1) as seconds, error
from runs
where state in ('failed', 'abandoned') and started_at >= now() - interval '7 days'
order by started_at desc;
