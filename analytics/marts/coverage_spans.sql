-- needs: lake.observed, lake.gaps
-- The ledger as spans: each market and channel from the ledger's first moment to its last,
-- cut where its state changes, so that the spans of a stream never overlap and leave nothing
-- out. State is that of the SQL function `coverage`: what is open counts before what is lost,
-- that before what is repaired, that before what was observed; the rest is unknown.

create temp table seen as
select venue, market, unnest(channels) as channel, a, b, ended
from (
  select venue, unnest(markets) as market, channels, epoch_us(from_ts) as a, epoch_us(to_ts) as b, ended
  from lake.observed
);

create temp table holes as
select venue, market, channel, state, epoch_us(from_ts) as a, epoch_us(to_ts) as b
from lake.gaps;

-- A socket that has not ended may have said nothing for a while: a minute and a bit later it
-- is given up. Up to the last word of each that lives, everything is known of all of them.
create temp table span as
with newest as (
  select max(t) as t from (select b as t from seen union all select a from holes union all select b from holes)
)
select (select min(a) from (select a from seen union all select a from holes)) as first,
  coalesce((select min(b) from seen where not ended and b > newest.t - 65000000), newest.t) as last
from newest;

create temp table parts as
select venue, market, channel, 'observed' as state, a, b from seen
union all
-- One that is still growing reaches to the end of all that is known.
select venue, market, channel, state, a, coalesce(b, last) from holes, span;

create temp table turns as
select venue, market, channel, t,
  sum(step) filter (state = 'open') as open, sum(step) filter (state = 'unrecoverable') as lost,
  sum(step) filter (state = 'repaired') as repaired, sum(step) filter (state = 'observed') as observed
from (
  select venue, market, channel, state, greatest(a, first) as t, 1 as step
  from parts, span where a < b and a < last
  union all
  select venue, market, channel, state, least(b, last), -1 from parts, span where a < b and a < last
  union all
  select distinct venue, market, channel, 'edge', unnest([first, last]), 0 from parts, span
)
group by all;

create temp table states as
select venue, market, channel, t, lead(t) over stream as until,
  case when coalesce(sum(open) over sofar, 0) > 0 then 'open'
    when coalesce(sum(lost) over sofar, 0) > 0 then 'unrecoverable'
    when coalesce(sum(repaired) over sofar, 0) > 0 then 'repaired'
    when coalesce(sum(observed) over sofar, 0) > 0 then 'observed'
    else 'unknown' end as state
from turns
window stream as (partition by venue, market, channel order by t),
  sofar as (partition by venue, market, channel order by t rows unbounded preceding);

create temp table runs as
select *, count_if(other) over (
  partition by venue, market, channel order by t rows unbounded preceding) as run
from (
  select *, state is distinct from lag(state) over (partition by venue, market, channel order by t) as other
  from states where until is not null and t < until
);

select venue, market, channel, make_timestamp(min(t)) as from_ts, make_timestamp(max(until)) as to_ts, state
from runs
group by venue, market, channel, run, state
order by venue, market, channel, from_ts;
