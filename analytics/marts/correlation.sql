-- needs: attention, candles, verdicts
-- window: 28 days
-- What talk has to do with the market: every source of talk with every market, at buckets of 5 minutes and an hour,
-- against volume, realised volatility and the absolute return, the season (KST weekend and hour), a straight line and the
-- largest joint events with what came after taken out of both. `r` with
-- its 95 % interval (`low`, `high`) from how much r varies when one series is shifted round its span against the other,
-- by the stationary bootstrap beside it (`boot_low`, `boot_high`, Pearson only); `p` is the share of those shifts with |r| as
-- great, `p_adjusted` over all valid rows of this mart (under unit roots levels are not `valid`).
-- `verdict`: x_leads (talk first), y_leads, x_adds (mostly together, beyond that talk first), y_adds, together, one_event
-- (there with the largest joint events, gone without), nothing, unit_roots, too_little; `lag` in buckets where it stands out.
-- Makes the table `correlations`:
-- run: correlations

select * from correlations
order by source, query, measure, venue, market, against, bucket, transform, method;
