-- needs: attention, candles
-- window: 28 days
-- What talk has to do with the market: every source of talk with every market, at buckets of 5 minutes and an hour,
-- against volume, realised volatility and the absolute return. `r` with its 95 % interval on the effective n (`low`, `high`),
-- by the stationary bootstrap beside it (`boot_low`, `boot_high`, Pearson only); `p_adjusted` over all rows of this mart.
-- `verdict`: x_leads (talk first), y_leads, x_adds (mostly together, beyond that talk first), y_adds, together, one_event
-- (gone without the largest joint events), nothing, unit_roots, too_little; `lag` in buckets where it stands out.
-- Makes the table `correlations`:
-- run: correlations

select * from correlations
order by source, query, measure, venue, market, against, bucket, transform, method;
