-- needs: attention, candles
-- window: 28 days
-- Lead and lag of talk and market, both without season and memory: r of talk at t − lag with the market at t; a positive lag
-- means that talk comes first. |r| within `band` is usual for independent series at that lag alone (95 %),
-- within `family_band` at all lags together. Of the pair: `of`, levels or differences; `finding`, what they say,
-- with `finding_p`, the share of placebos adjusted over so many `pairs`; `seen`, the least |r| of a lead that nine of ten
-- such comparisons would find; `events`, the largest joint events without which a finding was tried again; the
-- probability of a unit root in either. Makes the table `correlation_lags`:
-- run: correlation_lags

select * from correlation_lags
order by source, query, measure, venue, market, against, bucket, lag;
