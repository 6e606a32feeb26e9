-- When was each step of the chain done last, and how long did it take?
-- Units: seconds
-- Zone: times in KST
-- Who: anyone
select step, state, started_at at time zone 'Asia/Seoul' as started_kst, round(seconds::numeric, 1) as seconds,
  units, rows, attempt
from latest_runs order by started_at desc;
