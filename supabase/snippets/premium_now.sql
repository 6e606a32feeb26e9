-- What is the kimchi premium now?
-- By the official rate (fx), which is stale at night and on weekends, and by the price of USDT in Korea.
-- Units: percent; fx_age in minutes
-- Zone: time in KST
-- Who: anyone
select base, korean_venue, global_venue, ts at time zone 'Asia/Seoul' as at_kst,
  round(premium_fx::numeric * 100, 3) as premium_fx, round(premium_usdt::numeric * 100, 3) as premium_usdt,
  stale, round(fx_age_seconds::numeric / 60) as fx_age
from newest_premium order by base, korean_venue, global_venue;
