-- needs: coverage_spans
-- How many seconds of each hour every market and channel was observed, repaired, lost for
-- good, open or unknown. The five never overlap and add up to the hour, or, of the ledger's
-- first and last one, to the part of it that lies within the ledger. A stream's rows begin
-- with the hour of which something is known: all before that is unknown.

create temp table cut as
select venue, market, channel, state, to_ts,
  case when state = 'unknown' and row_number() over (partition by venue, market, channel order by from_ts) = 1
    then greatest(from_ts, date_trunc('hour', to_ts)) else from_ts end as from_ts
from marts.coverage_spans;

create temp table pieces as
select venue, market, channel, state, ts,
  epoch_us(least(to_ts, ts + interval 1 hour)) - epoch_us(greatest(from_ts, ts)) as us
from (
  select *, unnest(generate_series(date_trunc('hour', from_ts), to_ts - interval 1 microsecond, interval 1 hour)) as ts
  from cut
  where from_ts < to_ts
);

select venue, market, channel, ts,
  coalesce(sum(us) filter (state = 'observed'), 0) / 1e6 as observed,
  coalesce(sum(us) filter (state = 'repaired'), 0) / 1e6 as repaired,
  coalesce(sum(us) filter (state = 'unrecoverable'), 0) / 1e6 as unrecoverable,
  coalesce(sum(us) filter (state = 'open'), 0) / 1e6 as open,
  coalesce(sum(us) filter (state = 'unknown'), 0) / 1e6 as unknown
from pieces
group by venue, market, channel, ts
order by venue, market, channel, ts;
