-- Order and ids decide what is complete; times only say where on the venue's clock it was.

-- One id, one row: a page that says another time for a stored id adds nothing.
-- The unique key of each day's partition leaves the time out; a row of a
-- neighbouring day is looked for by the insert.
delete from public.trades t using public.trades o
where t.venue = o.venue and t.market = o.market and t.trade_id = o.trade_id
  and (t.received_at, t.ts) > (o.received_at, o.ts);
alter table public.trades drop constraint trades_pkey;
do $$
declare
  child regclass;
begin
  for child in select inhrelid::regclass from pg_inherits where inhparent = 'public.trades'::regclass loop
    execute format('alter table %s add primary key (venue, market, trade_id)', child);
  end loop;
end
$$;

create or replace function public.ensure_day_partitions(parent text, first_day date, last_day date)
returns integer
language plpgsql
set search_path = ''
as $$
declare
  day date := first_day;
  made integer := 0;
  name text;
begin
  if parent not in ('trades', 'books') then
    raise exception 'table % is not partitioned by day', parent;
  end if;
  while day <= last_day loop
    name := parent || '_' || to_char(day, 'YYYYMMDD');
    if to_regclass('partitions.' || name) is null then
      -- Two collectors may arrive at midnight together.
      perform pg_advisory_xact_lock(hashtext('ensure_day_partitions'));
      if to_regclass('partitions.' || name) is null then
        execute format(
          'create table partitions.%I partition of public.%I for values from (%L) to (%L)',
          name, parent, day::text || ' 00:00:00+00', (day + 1)::text || ' 00:00:00+00');
        execute format('alter table partitions.%I enable row level security', name);
        if parent = 'trades' then
          execute format('alter table partitions.%I add primary key (venue, market, trade_id)', name);
        end if;
        made := made + 1;
      end if;
    end if;
    day := day + 1;
  end loop;
  return made;
end
$$;

alter table public.feeds
  add column first_id bigint,
  add column last_id bigint;
comment on column public.feeds.first_id is 'the first trade that a socket delivered';
comment on column public.feeds.last_id is 'the trade that a socket delivered last, in the order of arrival';
update public.feeds f set
  last_id = (select t.trade_id from public.trades t where t.venue = f.source and t.market = f.stream
    order by t.ts desc, t.trade_id desc limit 1),
  first_id = (select t.trade_id from public.trades t where t.venue = f.source and t.market = f.stream
    and t.ts >= (select min(o.from_ts) from public.observed o where o.venue = f.source
      and f.stream = any (o.markets) and 'trade' = any (o.channels) and not o.imported)
    order by t.ts, t.trade_id limit 1)
where f.channel = 'trade';

-- Where a market's record begins as long as no socket has delivered a trade of it.
create table public.anchors (
  venue text not null,
  market text not null,
  trade_id bigint not null,
  read_at timestamptz not null default clock_timestamp(),
  primary key (venue, market)
);
comment on table public.anchors is 'the newest trade on the venue''s page when a market began to be observed';

-- What each socket delivered first and last, where only that proves what lies between.
create table public.observed_ids (
  span_id uuid not null,
  market text not null,
  first_id bigint not null,
  last_id bigint not null,
  primary key (span_id, market)
);
comment on table public.observed_ids is 'the first and the last trade that a socket delivered of a market, in the order of arrival';

alter table public.gaps
  add column next_span uuid,
  add column ended_at timestamptz,
  add column reached_to_id bigint,
  add column clock_offset_ms integer;
update public.gaps set ended_at = clock_timestamp() where to_ts is not null;
comment on column public.gaps.from_id is 'the last trade before it, in the order of arrival';
comment on column public.gaps.to_id is 'the first trade after it, in the order of arrival; null while none has come';
comment on column public.gaps.next_span is 'the socket whose beginning ended it';
comment on column public.gaps.ended_at is 'when its end became known, by the database''s clock';
comment on column public.gaps.reached_to_id is 'the newest id of the pages that reach from reached_id on without a break';
comment on column public.gaps.clock_offset_ms is 'the venue''s clock less ours when it was opened';

-- A venue's clock against that of each collector.
create table public.clock_offsets (
  source text not null,
  collector uuid not null,
  offset_ms integer not null,
  method text not null check (method in ('events', 'responses')),
  measured_at timestamptz not null default clock_timestamp(),
  primary key (source, collector)
);
comment on table public.clock_offsets is 'each venue''s clock less that of a collector, in milliseconds';
comment on column public.clock_offsets.method is 'from the times of events, or from the Date of answers by REST';

create function public.gap_opened() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if new.to_ts is not null and new.ended_at is null then
    new.ended_at := clock_timestamp();
  end if;
  if new.clock_offset_ms is null then
    new.clock_offset_ms := (select c.offset_ms from public.clock_offsets c
      where c.source = new.venue order by c.measured_at desc limit 1);
  end if;
  return new;
end
$$;
create trigger gap_opened before insert or update of to_ts on public.gaps
for each row execute function public.gap_opened();

-- The last count of each market whose ids are dense.
create table public.id_checks (
  venue text not null,
  market text not null,
  first_id bigint not null,
  last_id bigint not null,
  missing bigint not null,
  checked_at timestamptz not null default clock_timestamp(),
  since timestamptz not null default clock_timestamp(),
  primary key (venue, market)
);
comment on column public.id_checks.since is 'when it was counted for the first time';
comment on table public.id_checks is 'ids between the first and the last that were observed, of markets in which a missing id is a missing trade';

do $$
declare
  name text;
begin
  foreach name in array array['anchors', 'observed_ids', 'clock_offsets', 'id_checks'] loop
    execute format('alter table public.%I enable row level security', name);
    execute format('revoke all on public.%I from anon, authenticated', name);
    execute format('grant select, insert, update, delete on public.%I to service_role', name);
    execute format('create policy service_writes on public.%I for all to service_role using (true) with check (true)', name);
    execute format('grant select on public.%I to anon, authenticated', name);
    execute format('create policy anyone_reads on public.%I for select to anon, authenticated using (true)', name);
  end loop;
end
$$;
revoke all on function public.gap_opened from public, anon, authenticated;
