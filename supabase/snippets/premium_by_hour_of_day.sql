-- How does the kimchi premium change over the day? Over all that is published (7 days by default).
-- Units: percent; minutes that the mean rests on
-- Zone: hour of the day in Seoul (KST)
-- Who: anyone
select base, korean_venue, global_venue, hour_kst, round(premium_usdt::numeric * 100, 3) as premium_usdt,
  round(low_usdt::numeric * 100, 3) as low, round(high_usdt::numeric * 100, 3) as high, minutes_usdt as minutes
from premium_by_hour order by base, korean_venue, global_venue, hour_kst;
