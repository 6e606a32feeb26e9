-- needs: lake.books, lake.markets
-- period: day
-- kept: by day
-- run: regions
-- Order books per minute, coin and quote currency: by region, and `total` over all regions.
-- Means over the sampled books that have both sides: best bid and ask, their sizes (base units), spread
-- (quote units, and as a fraction of the mid), imbalance (ΣQb − ΣQa) / (ΣQb + ΣQa) over the best ten levels,
-- microprice (Pb·Qa + Pa·Qb) / (Qa + Qb). Levels of size zero are not levels. `one_sided` counts the books left out.

create temp table tops as
with levels as (
  select venue, market, time_bucket(interval 1 minute, ts at time zone 'UTC') as ts,
    list_filter(from_json(bids, '[["DOUBLE"]]'), lambda l: l[2] > 0)[1:10] as bids,
    list_filter(from_json(asks, '[["DOUBLE"]]'), lambda l: l[2] > 0)[1:10] as asks
  from lake.books
)
select l.ts, m.base, m.quote, r.region, bids[1][1] as bid, asks[1][1] as ask, bids[1][2] as bid_size,
  asks[1][2] as ask_size, list_sum([x[2] for x in bids]) as bid_depth, list_sum([x[2] for x in asks]) as ask_depth,
  len(bids) > 0 and len(asks) > 0 as whole
from levels l join lake.markets m using (venue, market) join regions r using (venue);

select ts, base, quote, coalesce(region, 'total') as region,
  avg(bid) filter (whole) as bid, avg(ask) filter (whole) as ask,
  avg(bid_size) filter (whole) as bid_size, avg(ask_size) filter (whole) as ask_size,
  avg(ask - bid) filter (whole) as spread, avg(2 * (ask - bid) / (ask + bid)) filter (whole) as spread_relative,
  avg((bid_depth - ask_depth) / (bid_depth + ask_depth)) filter (whole) as imbalance,
  avg((bid * ask_size + ask * bid_size) / (ask_size + bid_size)) filter (whole) as microprice,
  count(*) filter (whole) as books, count(*) filter (not whole) as one_sided
from tops
group by grouping sets ((ts, base, quote, region), (ts, base, quote))
order by base, quote, region, ts;
