-- What is configured to be collected, by whom, and how often each stream usually
-- speaks: what `/healthz` judges by. All times here are the database's own: the
-- clock of a collector may be wrong.

create table public.collectors (
  collector uuid primary key,
  began_at timestamptz not null default clock_timestamp(),
  seen_at timestamptz not null default clock_timestamp(),
  sockets jsonb not null default '[]',
  streams jsonb not null default '[]'
);
comment on table public.collectors is 'the processes that collect; one that has ended without a word is known by seen_at';
comment on column public.collectors.sockets is '[{"venue", "all", "up", "down_seconds"}]: of each venue, how many sockets there should be and are';
comment on column public.collectors.streams is '[{"source", "channel", "every", "streams"}]: what is configured; every: seconds between two looks, null where news is pushed';

alter table public.collectors enable row level security;
revoke all on public.collectors from anon, authenticated;
grant select, insert, update, delete on public.collectors to service_role;
create policy service_writes on public.collectors for all to service_role using (true) with check (true);

alter table public.feeds
  add column news_at timestamptz,
  add column paused_from timestamptz,
  add column pauses integer not null default 0,
  add column longest_pause double precision not null default 0;
comment on column public.feeds.news_at is 'when news was last committed';
comment on column public.feeds.paused_from is 'beginning of the pause under way; null while it cannot be measured, as after a new socket';
comment on column public.feeds.pauses is 'pauses that were measured';
comment on column public.feeds.longest_pause is 'seconds: the longest usual pause, forgotten by half each day';

-- Without a search_path of their own, which would keep them from being inlined:
-- they name nothing that is not qualified or built in.

-- Seconds of silence beyond which a stream is no longer quiet but mute: ten times
-- its longest usual pause, two minutes at least. Null while too few were measured.
create function public.longest_silence(pauses integer, longest_pause double precision)
returns double precision
language sql immutable
as $$
  select case when pauses >= 100 then greatest(120, 10 * longest_pause) end
$$;

-- The longest usual pause after one more of so many seconds. One beyond belief
-- is an outage: it teaches little, but a market that has grown quiet is learned.
create function public.next_longest_pause(pauses integer, longest_pause double precision, pause double precision)
returns double precision
language sql immutable
as $$
  select case when pause > coalesce(public.longest_silence(pauses, longest_pause), 'infinity')
    then longest_pause * 1.5
    else greatest(longest_pause * exp(-pause * ln(2) / 86400), pause) end
$$;
revoke all on function public.longest_silence, public.next_longest_pause from public;
grant execute on function public.longest_silence, public.next_longest_pause to anon, authenticated, service_role;
