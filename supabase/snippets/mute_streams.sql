-- Which feeds are mute? Longer silent than ten times their longest usual pause.
-- Ones that are configured no longer stay in it.
-- Units: seconds
-- Zone: UTC
-- Who: anyone
select source, stream, channel, last_ts, round(silent_seconds::numeric) as silent,
  round(mute_after_seconds::numeric) as mute_after
from stream_silence where mute order by silent_seconds desc;
