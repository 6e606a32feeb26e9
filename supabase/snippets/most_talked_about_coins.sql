-- Which coins are talked about most? Of the newest 24 published hours.
-- Units: texts that name the coin; highest_z in deviations from the same hour of the week
-- Zone: UTC
-- Who: anyone
select coin, source, measure, named, named_once, round(highest_z::numeric, 2) as highest_z, newest_ts
from coin_attention order by named desc, coin limit 50;
