-- needs: attention, candles
-- window: 28 days
-- Who comes first: every source of talk with every market, at buckets of 5 minutes and an hour, against volume, realised
-- volatility and the absolute return. `verdict`: x_leads (talk first), y_leads, x_adds (mostly together, beyond that talk
-- first), y_adds, together, one_event (there with the largest joint events, gone without), nothing, unit_roots, too_little;
-- `of_changes`: what stands beside differences, which under unit roots is what they say. `of`: levels or differences;
-- `finding`: what they say; `finding_p`: the share of placebos, adjusted over so many `pairs`; `lag` (a positive one: talk
-- first), `lag_r`: where it stands out most; `seen`: the least |r| of a lead that nine of ten such comparisons would find.
-- `left_out`: the joint events (bucket of each) that all is without, with `left_out_minutes` from each on. `lags`: r of
-- talk at t − lag with the market at t, both without season and memory. Makes `judged` and `judged_lags`:
-- run: verdicts

select j.* exclude (pair, left_out),
  list_transform(list_filter(string_split(left_out, ','), lambda t: t <> ''), lambda t: make_timestamp_ms(t::bigint)) as left_out,
  lags
from judged j left join (
  select pair, list({'lag': lag, 'r': r, 'band': band, 'family_band': family_band, 'n': n, 'p': p, 'p_adjusted': p_adjusted}
    order by lag) as lags
  from judged_lags group by pair
) using (pair)
order by source, query, measure, venue, market, against, bucket;
