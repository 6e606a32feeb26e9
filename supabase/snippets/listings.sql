-- What was listed in the last 30 days, and what left?
-- Units: none
-- Zone: times in KST
-- Who: anyone
select venue, market, flag, first_seen at time zone 'Asia/Seoul' as seen_kst
from market_flags
where flag in ('listed', 'delisted') and first_seen >= now() - interval '30 days'
order by first_seen desc;
