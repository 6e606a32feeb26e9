-- Does talk move the market? The verdict on each pair, as last published.
-- Units: r from -1 to 1; lag in minutes, positive: talk comes first
-- Zone: none
-- Who: anyone
select source, query, measure, venue, market, against, verdict, verdict_en, verdict_ko,
  max(n) as n, round(min(p_adjusted)::numeric, 4) as least_p_adjusted, max(lag_minutes) as lag_minutes
from published_correlation
group by 1, 2, 3, 4, 5, 6, 7, 8, 9 order by least_p_adjusted nulls last;
