-- Which markets are the busiest now? Ranked within each quote, since KRW and USDT do not compare.
-- Units: value in the quote over the last 24 hours; change in percent against the venue's reference close
-- Zone: UTC
-- Who: anyone
select quote, rank() over (partition by quote order by value_24h desc) as place, venue, market,
  coalesce(korean_name, english_name) as name, last, round(change_rate * 100, 2) as change, value_24h, ts
from market_prices order by quote, place;
