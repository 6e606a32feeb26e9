-- Which gaps are still open, and why?
-- Units: seconds
-- Zone: UTC
-- Who: anyone
select venue, market, channel, from_ts, to_ts, round(seconds::numeric, 1) as seconds, reason, note, attempts
from open_gaps order by from_ts;
