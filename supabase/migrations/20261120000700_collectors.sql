-- The processes that collect: what they are configured for, how each stream
-- speaks, and how far they have come. Times here are the database's own: the
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

-- The newest event of each stream, so that health is one small read.
create table public.stream_stats (
  source text not null,
  stream text not null,
  channel text not null,
  events bigint not null default 0,
  last_ts timestamptz not null,
  last_received_at timestamptz not null,
  verified_id bigint,
  verified_ts timestamptz,
  first_id bigint,
  last_id bigint,
  -- Of a venue that gives only its newest trades: pages that overlap form a chain, from
  -- its oldest trade to its newest, in which nothing is missing, whoever asked for them.
  chain_from_id bigint,
  chain_from_ts timestamptz,
  chain_to_id bigint,
  news_at timestamptz,
  paused_from timestamptz,
  pauses integer not null default 0,
  longest_pause double precision not null default 0,
  primary key (source, stream, channel)
);
comment on column public.stream_stats.stream is 'a market, board or query';
comment on column public.stream_stats.verified_ts is 'up to here the stored trades equal the venue''s own pages';
comment on column public.stream_stats.first_id is 'the first trade that a socket delivered';
comment on column public.stream_stats.last_id is 'the trade that a socket delivered last, in the order of arrival';
comment on column public.stream_stats.chain_from_id is 'the oldest trade of the newest pages that overlap; up to chain_to_id all are stored';
comment on column public.stream_stats.news_at is 'when news was last committed';
comment on column public.stream_stats.paused_from is 'beginning of the pause under way; null while it cannot be measured, as after a new socket';
comment on column public.stream_stats.pauses is 'pauses that were measured';
comment on column public.stream_stats.longest_pause is 'seconds: the longest usual pause, forgotten by half each day';

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

-- How far each collector's batches have come. What may happen only once (a gap
-- opened, a stream's count, a reject) is committed together with its number, so
-- that a batch written again after a lost answer or a crash adds nothing.
create table public.writer_offsets (
  writer uuid primary key,
  step bigint not null default 0,
  gaps bigint not null default 0,
  at timestamptz not null default now()
);
comment on table public.writer_offsets is 'one row a collector process; it may go once nothing of that process waits';
comment on column public.writer_offsets.step is 'twice the number of a batch: what goes before its rows is committed; one more: all of it is';
comment on column public.writer_offsets.gaps is 'how many gaps of its spool''s own are committed';

-- How far a stream that can be resumed has been read, and since when without a break.
create table public.cursors (
  source text primary key,
  place text not null,
  subject text not null,
  since bigint not null,
  cursor bigint not null,
  updated_at timestamptz not null default now()
);
comment on column public.cursors.place is 'the host whose clock the cursor follows';
comment on column public.cursors.subject is 'what was read for, as configured then: since counts for that alone';
comment on column public.cursors.since is 'epoch microseconds of the source: nothing from here to the cursor is missing';
comment on column public.cursors.cursor is 'epoch microseconds of the newest event of which all is committed';

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
