-- How much of yesterday was observed, market by market?
-- Units: hours out of 24
-- Zone: the day in Seoul (KST)
-- Who: anyone
select venue, market, channel,
  round((select sum(extract(epoch from upper(r) - lower(r))) from unnest(observed) as r) / 3600, 3) as observed,
  round((select sum(extract(epoch from upper(r) - lower(r))) from unnest(repaired) as r) / 3600, 3) as repaired,
  round((select sum(extract(epoch from upper(r) - lower(r))) from unnest(unrecoverable) as r) / 3600, 3) as lost,
  round((select sum(extract(epoch from upper(r) - lower(r))) from unnest(open) as r) / 3600, 3) as open,
  round((select sum(extract(epoch from upper(r) - lower(r))) from unnest(unknown) as r) / 3600, 3) as unknown
from coverage(date_trunc('day', now(), 'Asia/Seoul') - interval '1 day', date_trunc('day', now(), 'Asia/Seoul'));
