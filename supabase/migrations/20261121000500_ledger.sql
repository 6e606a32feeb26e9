-- The ledger: what was observed of each market and channel, and what was not.

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
  check (from_ts <= to_ts)
);
comment on table public.observed is 'spans in which a socket delivered; times by our clock';
create index observed_venue on public.observed (venue, to_ts);

alter table public.gaps
  add column span_id uuid,
  add column absence boolean not null default false,
  add column note text,
  add column attempts integer not null default 0,
  add column claimed_until timestamptz,
  add column reached_id bigint,
  add column reached_ts timestamptz,
  add check (from_ts <= to_ts);
comment on column public.gaps.to_ts is 'null while the gap is still growing';
comment on column public.gaps.span_id is 'the socket whose end opened it';
comment on column public.gaps.absence is 'nothing was listening, rather than something lost on an open socket: another socket may have observed it';
comment on column public.gaps.from_id is 'the newest trade stored from before it';
comment on column public.gaps.to_id is 'the oldest trade stored from after it';
comment on column public.gaps.recovered is 'rows that a refill brought and nobody had';
comment on column public.gaps.note is 'how it was closed';
comment on column public.gaps.claimed_until is 'a collector refills it until then; after that another may';
comment on column public.gaps.reached_id is 'how far a refill that was broken off had come';

alter table public.feeds
  add column verified_id bigint,
  add column verified_ts timestamptz;
comment on column public.feeds.verified_ts is 'up to here the stored trades equal the venue''s own pages';

create index rejects_received on public.rejects (received_at);

alter table public.observed enable row level security;
revoke all on public.observed from anon, authenticated;
grant select, insert, update, delete on public.observed to service_role;
grant select on public.observed to anon, authenticated;
create policy service_writes on public.observed for all to service_role using (true) with check (true);
create policy anyone_reads on public.observed for select to anon, authenticated using (true);

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
