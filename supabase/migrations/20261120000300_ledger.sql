-- The ledger: what was observed of each market and channel, and what was not.
-- Order and ids decide what is complete; times only say where on the venue's clock it was.

-- One row a socket's life. `to_ts` is moved on only after what came up to then is
-- committed, so that a crash at any moment claims too little rather than too much.
create table public.observed (
  span_id uuid primary key,
  collector uuid not null,
  venue text not null,
  markets text[] not null,
  channels text[] not null,
  from_ts timestamptz not null,
  to_ts timestamptz not null,
  ended boolean not null default false,
  -- A file that holds every trade of its span is an observation, but no socket's.
  imported boolean not null default false,
  check (from_ts <= to_ts)
);
comment on table public.observed is 'spans in which a socket delivered; times by our clock';
comment on column public.observed.imported is 'what a file claims: the time from its end to the first socket was never asked for';
create index observed_venue on public.observed (venue, to_ts);

-- What each socket delivered first and last, where only that proves what lies between.
create table public.observed_ids (
  span_id uuid not null,
  market text not null,
  first_id bigint not null,
  last_id bigint not null,
  primary key (span_id, market)
);
comment on table public.observed_ids is 'the first and the last trade that a socket delivered of a market, in the order of arrival';

-- Where a market's record begins as long as no socket has delivered a trade of it.
create table public.anchors (
  venue text not null,
  market text not null,
  trade_id bigint not null,
  read_at timestamptz not null default clock_timestamp(),
  primary key (venue, market)
);
comment on table public.anchors is 'the newest trade on the venue''s page when a market began to be observed';

-- A gap's reason is a code with details, and so is its note: sentences are made
-- where a person reads them.
create table public.gaps (
  gap_id bigint generated always as identity primary key,
  venue text not null,
  market text not null,
  channel text not null,
  from_ts timestamptz not null,
  to_ts timestamptz,
  from_id bigint,
  to_id bigint,
  reason text not null,
  state text not null default 'open' check (state in ('open', 'repaired', 'unrecoverable')),
  recovered integer not null default 0,
  opened_at timestamptz not null default now(),
  closed_at timestamptz,
  span_id uuid,
  absence boolean not null default false,
  note text,
  attempts integer not null default 0,
  claimed_until timestamptz,
  reached_id bigint,
  reached_ts timestamptz,
  next_span uuid,
  ended_at timestamptz,
  clock_offset_ms integer,
  detail jsonb not null default '{}',
  note_detail jsonb not null default '{}',
  check (from_ts <= to_ts)
);
create index gaps_open on public.gaps (venue, market, channel) where state = 'open';
comment on column public.gaps.to_ts is 'null while the gap is still growing';
comment on column public.gaps.from_id is 'the last trade before it, in the order of arrival';
comment on column public.gaps.to_id is 'the first trade after it, in the order of arrival; null while none has come';
comment on column public.gaps.reason is 'a code, such as socket_failed; its details are in detail';
comment on column public.gaps.recovered is 'rows that a refill brought and nobody had';
comment on column public.gaps.span_id is 'the socket whose end opened it';
comment on column public.gaps.absence is 'nothing was listening, rather than something lost on an open socket: another socket may have observed it';
comment on column public.gaps.note is 'a code: how it was closed, or why it is still open; its details are in note_detail';
comment on column public.gaps.claimed_until is 'a collector refills it until then; after that another may';
comment on column public.gaps.reached_id is 'how far a refill that was broken off had come';
comment on column public.gaps.next_span is 'the socket whose beginning ended it';
comment on column public.gaps.ended_at is 'when its end became known, by the database''s clock';
comment on column public.gaps.clock_offset_ms is 'the venue''s clock less ours when it was opened';

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
revoke all on function public.gap_opened from public, anon, authenticated;
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
comment on table public.id_checks is 'ids between the first and the last that were observed, of markets in which a missing id is a missing trade';
comment on column public.id_checks.since is 'when it was counted for the first time';

-- Every stream's span [from_ts, to_ts) cut into what is known of it; the five parts never overlap.
create function public.coverage(
  from_ts timestamptz, to_ts timestamptz, of_venue text default null, of_market text default null
)
returns table (
  venue text, market text, channel text, observed tstzmultirange, repaired tstzmultirange,
  unrecoverable tstzmultirange, open tstzmultirange, unknown tstzmultirange
)
language sql stable
set search_path = ''
as $$
  with asked as (
    select tstzmultirange(tstzrange(coverage.from_ts, coverage.to_ts)) as span
  ), seen as (
    select o.venue, m.market, c.channel, range_agg(tstzrange(o.from_ts, o.to_ts)) as span
    from public.observed o, unnest(o.markets) as m (market), unnest(o.channels) as c (channel)
    where (of_venue is null or o.venue = of_venue) and (of_market is null or m.market = of_market)
    group by o.venue, m.market, c.channel
  ), holes as (
    select g.venue, g.market, g.channel,
      coalesce(range_agg(g.span) filter (where g.state = 'repaired'), '{}') as repaired,
      coalesce(range_agg(g.span) filter (where g.state = 'unrecoverable'), '{}') as lost,
      coalesce(range_agg(g.span) filter (where g.state = 'open'), '{}') as open
    from (select *, tstzrange(h.from_ts, h.to_ts) as span from public.gaps h) as g
    where (of_venue is null or g.venue = of_venue) and (of_market is null or g.market = of_market)
    group by g.venue, g.market, g.channel
  ), parts as (
    select venue, market, channel, asked.span,
      coalesce(seen.span, '{}') * asked.span as seen,
      coalesce(holes.open, '{}') * asked.span as open,
      coalesce(holes.lost, '{}') * asked.span as lost,
      coalesce(holes.repaired, '{}') * asked.span as repaired
    from seen full join holes using (venue, market, channel) cross join asked
  )
  select venue, market, channel,
    seen - open - lost - repaired,
    repaired - open - lost,
    lost - open,
    open,
    span - seen - open - lost - repaired
  from parts
  order by venue, market, channel
$$;
comment on function public.coverage is 'what of a span was observed, repaired, lost for good, is open or was never asked for, for each market and channel';
revoke all on function public.coverage from public;
grant execute on function public.coverage to anon, authenticated, service_role;
