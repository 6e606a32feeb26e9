-- needs: mean_prices
-- period: day
-- kept: by day
-- Mean prices of every pair of venues beside each other, spans of 1 and 5 minutes.
-- spread_pct = (a − b) / b · 100. `stale`: the rate of a won price was older than 1 hour.

select a.span, a.ts, a.base, a.place as venue_a, b.place as venue_b, a.price as price_a, b.price as price_b,
  (a.price - b.price) / b.price * 100 as spread_pct,
  a.quotes as quotes_a, b.quotes as quotes_b,
  coalesce(a.fx, b.fx) as fx, coalesce(a.fx_source, b.fx_source) as fx_source,
  coalesce(a.fx_age_seconds, b.fx_age_seconds) as fx_age_seconds,
  coalesce(a.fx_age_seconds, b.fx_age_seconds) > 3600 as stale
from marts.mean_prices a join marts.mean_prices b
  on a.span = b.span and a.ts = b.ts and a.base = b.base and a.among = 'venues' and b.among = 'venues'
  and a.place < b.place
order by a.base, venue_a, venue_b, a.span, a.ts;
