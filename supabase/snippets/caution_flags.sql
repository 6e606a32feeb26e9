-- Which markets are halted, warned of or about to go?
-- Units: none
-- Zone: times in KST
-- Who: anyone
select venue, market, coalesce(korean_name, english_name) as name, flag,
  first_seen at time zone 'Asia/Seoul' as since_kst
from current_flags order by flag, first_seen desc;
