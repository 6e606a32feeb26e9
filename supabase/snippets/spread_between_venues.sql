-- Where is a coin cheapest and dearest? Of prices of the last 5 minutes, in the same quote; before fees.
-- Units: prices in the quote; spread in percent
-- Zone: UTC
-- Who: anyone
select base, quote, low_venue, low, high_venue, high, round(spread * 100, 3) as spread, venues, oldest_ts
from venue_spread order by spread desc;
