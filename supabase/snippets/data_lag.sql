-- How old are the data of each source, and how far is its clock from ours?
-- Units: silent in seconds; delay and offset in milliseconds
-- Zone: UTC
-- Who: anyone
select source, channel, streams, newest_ts, round(silent_seconds::numeric, 1) as silent,
  round(delay_ms::numeric) as delay_ms, clock_offset_ms, clock_measured_at
from data_lag order by source, channel;
