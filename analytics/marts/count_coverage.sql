-- needs: lake.counts
-- How many minutes of each hour a community's query was seen whole, in part, or not at all,
-- from its first row to its last.

create temp table minutes as
select source, query, ts at time zone 'UTC' as ts, complete
from lake.counts
where bucket = '1m';

create temp table hours as
select source, query, unnest(generate_series(date_trunc('hour', first), last, interval 1 hour)) as ts, first, last
from (select source, query, min(ts) as first, max(ts) as last from minutes group by source, query);

select h.source, h.query, h.ts,
  (count(*) filter (m.complete))::integer as complete,
  (count(*) filter (not m.complete))::integer as incomplete,
  (date_diff('minute', greatest(h.ts, any_value(h.first)),
    least(h.ts + interval 1 hour, any_value(h.last) + interval 1 minute)) - count(m.ts))::integer as missing
from hours h
left join minutes m on m.source = h.source and m.query = h.query and date_trunc('hour', m.ts) = h.ts
group by h.source, h.query, h.ts
order by h.source, h.query, h.ts;
