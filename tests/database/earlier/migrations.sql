-- migration 20261121000000_roles
-- Supabase brings these roles; a plain PostgreSQL and the embedded one do not.
do $$
declare
  wanted text;
begin
  foreach wanted in array array['anon', 'authenticated', 'service_role'] loop
    if not exists (select from pg_roles where rolname = wanted) then
      execute format('create role %I nologin noinherit', wanted);
    end if;
  end loop;
end
$$;

-- Day partitions live apart, so that an API that exposes `public` shows the parents only.
create schema if not exists partitions;
revoke all on schema partitions from public;
grant usage on schema public to anon, authenticated, service_role;
-- migration 20261121000100_tables
-- Event time is `ts`, by the source's clock; all times are UTC.
-- `written` is the transaction that last wrote the row: the snapshot reads by it,
-- so that it sees each committed version exactly once, however late it comes.

create function public.current_transaction() returns bigint
language sql volatile parallel unsafe
as 'select pg_current_xact_id()::text::bigint';
comment on function public.current_transaction is 'the running transaction''s 64-bit number';

create table public.markets (
  venue text not null,
  market text not null,
  base text not null,
  quote text not null,
  korean_name text,
  english_name text,
  active boolean not null default true,
  warning text,
  first_seen timestamptz not null default now(),
  last_seen timestamptz not null default now(),
  primary key (venue, market)
);

create table public.trades (
  venue text not null,
  market text not null,
  trade_id bigint not null,
  ts timestamptz not null,
  price numeric not null check (price > 0),
  size numeric not null check (size > 0),
  side text not null check (side in ('buy', 'sell')),
  fills integer not null default 1,
  received_at timestamptz not null,
  written bigint not null default public.current_transaction(),
  -- PostgreSQL wants the partition key in a unique key. A venue gives one id one time.
  primary key (venue, market, trade_id, ts)
) partition by range (ts);
comment on column public.trades.trade_id is 'the venue''s exact id; unique per market, not ordered';
comment on column public.trades.side is 'the taker''s side';
comment on column public.trades.fills is 'executions in this row: more than 1 for a Binance aggregate';

create table public.tickers (
  venue text not null,
  market text not null,
  ts timestamptz not null,
  last numeric not null,
  volume_24h numeric not null,
  value_24h numeric not null,
  change_rate numeric not null,
  received_at timestamptz not null,
  written bigint not null default public.current_transaction(),
  primary key (venue, market, ts)
);
comment on column public.tickers.volume_24h is 'rolling 24 hours: never to be summed over time';

create table public.books (
  venue text not null,
  market text not null,
  ts timestamptz not null,
  bids jsonb not null,
  asks jsonb not null,
  received_at timestamptz not null,
  written bigint not null default public.current_transaction(),
  primary key (venue, market, ts)
) partition by range (ts);
comment on column public.books.bids is '[["price","size"], …], best first, decimals as text';

create table public.candles (
  venue text not null,
  market text not null,
  interval text not null,
  ts timestamptz not null,
  open numeric not null,
  high numeric not null,
  low numeric not null,
  close numeric not null,
  volume numeric not null,
  quote_volume numeric not null,
  trade_count integer,
  source text not null check (source in ('venue', 'trades')),
  state text not null check (state in ('closed', 'no_trade', 'partial')),
  revision integer not null default 0,
  agrees boolean,
  received_at timestamptz not null,
  written bigint not null default public.current_transaction(),
  primary key (venue, market, interval, ts, source)
);
comment on column public.candles.ts is 'open time';
comment on column public.candles.state is 'an unknown span has no row';
comment on column public.candles.agrees is 'whether the candle made from trades equals the venue''s own; null until compared';

create table public.posts (
  source text not null,
  board text not null,
  post_id bigint not null,
  ts timestamptz not null,
  title text,
  author_hash text,
  author_kind text,
  comment_count integer not null default 0,
  comments_read integer not null default 0,
  view_count integer,
  like_count integer,
  deleted boolean not null default false,
  first_seen timestamptz not null,
  observed_at timestamptz not null,
  written bigint not null default public.current_transaction(),
  primary key (source, board, post_id)
);
comment on column public.posts.title is 'null once older than the configured days';
comment on column public.posts.comment_count is 'as the list showed it at observed_at';
comment on column public.posts.comments_read is 'comment_count when the comments were last read';

create table public.comments (
  source text not null,
  board text not null,
  post_id bigint not null,
  comment_id bigint not null,
  parent_id bigint,
  ts timestamptz not null,
  text text,
  author_hash text,
  author_kind text,
  deleted boolean not null default false,
  first_seen timestamptz not null,
  written bigint not null default public.current_transaction(),
  primary key (source, board, comment_id)
);

create table public.counts (
  source text not null,
  query text not null,
  ts timestamptz not null,
  bucket text not null,
  count integer not null check (count >= 0),
  complete boolean not null,
  first_count integer not null,
  observed_at timestamptz not null,
  written bigint not null default public.current_transaction(),
  primary key (source, query, bucket, ts)
);
comment on column public.counts.first_count is 'the value when the bucket was first seen complete: later ones lack what was deleted since';

create table public.rates (
  source text not null,
  base text not null,
  quote text not null,
  ts timestamptz not null,
  rate numeric not null,
  received_at timestamptz not null,
  written bigint not null default public.current_transaction(),
  primary key (source, base, quote, ts)
);

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
  closed_at timestamptz
);
create index gaps_open on public.gaps (venue, market, channel) where state = 'open';

-- The newest event of each stream, so that health is one small read.
create table public.feeds (
  source text not null,
  stream text not null,
  channel text not null,
  events bigint not null default 0,
  last_ts timestamptz not null,
  last_received_at timestamptz not null,
  primary key (source, stream, channel)
);
comment on column public.feeds.stream is 'a market, board or query';

create table public.rejects (
  reject_id bigint generated always as identity primary key,
  source text not null,
  place text not null,
  reason text not null,
  payload text not null check (length(payload) <= 4096),
  received_at timestamptz not null default now()
);
comment on column public.rejects.payload is 'the first 4,096 characters of what could not be read';

create table public.lake_files (
  path text primary key,
  "table" text not null,
  venue text not null,
  date date not null,
  rows bigint not null,
  bytes bigint not null,
  from_written bigint not null,
  to_written bigint not null,
  created_at timestamptz not null default now()
);
comment on table public.lake_files is 'what the lake holds: rows with from_written <= written < to_written';

-- Rows arrive in the order of their transactions: a block range index finds the new ones and costs almost nothing.
create index trades_written on public.trades using brin (written);
create index books_written on public.books using brin (written);
-- migration 20261121000200_partitions
-- One partition a day for trades and books, made ahead of the data. Each has row
-- level security and no policy: rows are read through the parent, under its policies.
create function public.ensure_day_partitions(parent text, first_day date, last_day date)
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
        made := made + 1;
      end if;
    end if;
    day := day + 1;
  end loop;
  return made;
end
$$;
revoke all on function public.ensure_day_partitions from public, anon, authenticated;
grant execute on function public.ensure_day_partitions to service_role;

select public.ensure_day_partitions(parent, (now() at time zone 'UTC')::date - 1, (now() at time zone 'UTC')::date + 7)
from unnest(array['trades', 'books']) as parent;
-- migration 20261121000300_policies
-- Anyone may read market data and counts; nobody but the service role writes;
-- text, author hashes and dead letters are for the service role alone.
do $$
declare
  name text;
begin
  foreach name in array array['markets', 'trades', 'tickers', 'books', 'candles', 'posts', 'comments',
    'counts', 'rates', 'gaps', 'feeds', 'rejects', 'lake_files'] loop
    execute format('alter table public.%I enable row level security', name);
    execute format('revoke all on public.%I from anon, authenticated', name);
    execute format('grant select, insert, update, delete on public.%I to service_role', name);
    execute format('create policy service_writes on public.%I for all to service_role using (true) with check (true)', name);
  end loop;
  foreach name in array array['markets', 'trades', 'tickers', 'books', 'candles', 'counts', 'rates', 'gaps',
    'feeds', 'lake_files'] loop
    execute format('grant select on public.%I to anon, authenticated', name);
    execute format('create policy anyone_reads on public.%I for select to anon, authenticated using (true)', name);
  end loop;
end
$$;

create policy anyone_reads on public.posts for select to anon, authenticated using (true);
grant select (source, board, post_id, ts, author_kind, comment_count, comments_read, view_count, like_count,
  deleted, first_seen, observed_at) on public.posts to anon, authenticated;

create policy anyone_reads on public.comments for select to anon, authenticated using (true);
grant select (source, board, post_id, comment_id, parent_id, ts, author_kind, deleted, first_seen)
  on public.comments to anon, authenticated;

grant usage on all sequences in schema public to service_role;
grant usage on schema partitions to service_role;
-- migration 20261121000400_talk
-- What was read out of each text while it was there: coins, tone and whether it
-- says what another said. No text, so it is kept for good.
create table public.talk (
  source text not null,
  board text not null,
  kind text not null check (kind in ('post', 'comment')),
  text_id bigint not null,
  ts timestamptz not null,
  coins text not null,
  positive integer not null check (positive >= 0),
  negative integer not null check (negative >= 0),
  language text not null check (language in ('ko', 'en', 'other')),
  words text not null,
  length integer not null,
  text_hash text not null,
  written bigint not null default public.current_transaction(),
  primary key (source, board, kind, text_id)
);
comment on column public.talk.text_id is 'post_id or comment_id';
comment on column public.talk.coins is 'codes of the coins named, sorted, by commas';
comment on column public.talk.positive is 'words of the lexicon that point up, after negation';
comment on column public.talk.words is 'words of the dictionary and the lexicon that were found, sorted, by commas: never the writer''s own';
comment on column public.talk.length is 'letters and digits of the text';
comment on column public.talk.text_hash is 'salted hash of the normalised text; equal where two texts say the same';

-- How far the texts have been read, and by which dictionary and lexicon.
create table public.talk_readings (
  kind text primary key check (kind in ('post', 'comment')),
  read_to bigint not null,
  rules text not null
);
comment on column public.talk_readings.read_to is 'texts with written below it have been read';

alter table public.talk enable row level security;
alter table public.talk_readings enable row level security;
revoke all on public.talk, public.talk_readings from anon, authenticated;
grant select, insert, update, delete on public.talk, public.talk_readings to service_role;
create policy service_writes on public.talk for all to service_role using (true) with check (true);
create policy service_writes on public.talk_readings for all to service_role using (true) with check (true);
-- Single texts, even without their words, are for the service role; the public sees counts.
-- migration 20261121000410_forecasts
-- Forecasts as they were issued: a row is never changed, and none can look back.
create table public.forecasts (
  origin text not null check (origin in ('issued', 'backtest')),
  venue text not null,
  market text not null,
  quantity text not null check (quantity in ('volatility', 'volume', 'direction')),
  model text not null,
  model_version text not null,
  issued_at timestamptz not null,
  target_from timestamptz not null,
  target_to timestamptz not null,
  data_to timestamptz not null,
  trained_to timestamptz,
  value numeric not null,
  written bigint not null default public.current_transaction(),
  primary key (origin, venue, market, quantity, model, model_version, target_from),
  check (issued_at <= target_from and target_from < target_to),
  check (data_to <= issued_at and trained_to <= issued_at)
);
comment on column public.forecasts.origin is
  'issued: stored before its target began; backtest: made afterwards as if at issued_at, from what was known then';
comment on column public.forecasts.data_to is 'end of the newest minute that went into it';
comment on column public.forecasts.trained_to is 'end of the newest target that the model was fitted to; null for persistence';
comment on column public.forecasts.value is
  'volatility: root of the sum of squared 1-minute log returns over the target; volume: base units; direction: probability of a rise';

create function public.keep_forecast() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  raise exception 'a forecast is never changed';
end
$$;
create trigger forecasts_are_final before update on public.forecasts
  for each row execute function public.keep_forecast();

alter table public.forecasts enable row level security;
revoke all on public.forecasts from anon, authenticated;
grant select, insert, delete on public.forecasts to service_role;
grant select on public.forecasts to anon, authenticated;
create policy service_writes on public.forecasts for all to service_role using (true) with check (true);
create policy anyone_reads on public.forecasts for select to anon, authenticated using (true);
-- migration 20261121000420_published
-- Marts as the API serves them: made from the lake by `deno task publish`, a
-- bounded span of each, replaced by the next. What is unknown is null. Values
-- are doubles, as in the marts: what is exact stands in the tables they come from.

create table public.published_marts (
  mart text primary key,
  published_at timestamptz not null,
  from_ts timestamptz,
  to_ts timestamptz,
  row_count integer not null
);
comment on column public.published_marts.from_ts is 'oldest row; null where the mart has no time or no row';

create table public.published_indicators (
  venue text not null,
  market text not null,
  interval text not null,
  ts timestamptz not null,
  close double precision not null,
  sma20 double precision,
  sma60 double precision,
  sma240 double precision,
  ema12 double precision,
  ema26 double precision,
  bb_upper double precision,
  bb_middle double precision,
  bb_lower double precision,
  rsi14 double precision,
  macd double precision,
  macd_signal double precision,
  macd_hist double precision,
  bb240_upper double precision,
  bb240_lower double precision,
  up_share240 double precision,
  atr14 double precision,
  obv double precision,
  cci20 double precision,
  stoch_k double precision,
  stoch_d double precision,
  adx14 double precision,
  mfi14 double precision,
  vwap double precision,
  vwap240 double precision,
  ichimoku_conversion double precision,
  ichimoku_base double precision,
  ichimoku_lead_a double precision,
  ichimoku_lead_b double precision,
  ichimoku_span_a double precision,
  ichimoku_span_b double precision,
  primary key (venue, market, interval, ts)
);
comment on column public.published_indicators.ts is 'open of the bar';

create table public.published_attention (
  source text not null,
  query text,
  coin text,
  measure text not null,
  bucket text not null,
  ts timestamptz not null,
  count_raw integer not null,
  count_complete integer,
  count_deduplicated integer,
  share double precision,
  share_deduplicated double precision,
  expected double precision,
  z double precision,
  weeks integer,
  expected_daily double precision,
  z_daily double precision,
  days integer,
  check (num_nonnulls(query, coin) = 1)
);
comment on column public.published_attention.query is 'of a whole query or board; null in the rows of a coin';
comment on column public.published_attention.count_complete is 'null unless the bucket was wholly observed';
comment on column public.published_attention.z is 'against the same hour of the week before; hours alone have one';
create unique index published_attention_key on public.published_attention
  (bucket, coin, query, source, measure, ts) nulls not distinct;
create index published_attention_time on public.published_attention (bucket, ts);

create table public.published_correlation (
  source text not null,
  query text not null,
  measure text not null,
  venue text not null,
  market text not null,
  against text not null,
  bucket text not null,
  transform text not null,
  method text not null,
  r double precision,
  n integer not null,
  n_eff double precision,
  low double precision,
  high double precision,
  boot_low double precision,
  boot_high double precision,
  p double precision,
  p_adjusted double precision,
  valid boolean not null,
  lag integer,
  lag_minutes integer,
  lag_r double precision,
  lag_p double precision,
  verdict text not null,
  verdict_en text not null,
  verdict_ko text not null,
  primary key (venue, market, source, query, measure, against, bucket, transform, method)
);
comment on column public.published_correlation.lag is 'buckets; positive: talk comes first';

create table public.published_premium (
  ts timestamptz not null,
  base text not null,
  korean_venue text not null,
  korean_market text not null,
  global_venue text not null,
  global_market text not null,
  basis text not null,
  korean_price double precision,
  global_price double precision,
  fx double precision,
  fx_source text,
  fx_age_seconds double precision,
  stale boolean,
  usdt_krw double precision,
  usdt_source text,
  usdt_basis text,
  usdt_age_seconds double precision,
  premium_fx double precision,
  premium_usdt double precision,
  tether double precision,
  disagree boolean,
  primary key (base, ts, korean_venue, korean_market, global_venue, global_market)
);
create index published_premium_time on public.published_premium (ts);
comment on column public.published_premium.ts is 'start of the minute whose end the values are of';
comment on column public.published_premium.stale is 'the official rate is older than an hour';

do $$
declare
  name text;
begin
  foreach name in array array['published_marts', 'published_indicators', 'published_attention',
    'published_correlation', 'published_premium'] loop
    execute format('alter table public.%I enable row level security', name);
    execute format('revoke all on public.%I from anon, authenticated', name);
    execute format('grant select, insert, update, delete on public.%I to service_role', name);
    execute format('grant select on public.%I to anon, authenticated', name);
    execute format('create policy service_writes on public.%I for all to service_role using (true) with check (true)', name);
    execute format('create policy anyone_reads on public.%I for select to anon, authenticated using (true)', name);
  end loop;
end
$$;
-- migration 20261121000500_ledger
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
-- migration 20261121000510_drains
-- How far the collectors' batches have come. What may happen only once (a gap
-- opened, a stream's count, a reject) is committed together with its number, so
-- that a batch written again after a lost answer or a crash adds nothing.
create table public.drains (
  writer uuid primary key,
  step bigint not null default 0,
  gaps bigint not null default 0,
  at timestamptz not null default now()
);
comment on table public.drains is 'one row a collector process; it may go once nothing of that process waits';
comment on column public.drains.step is 'twice the number of a batch: what goes before its rows is committed; one more: all of it is';
comment on column public.drains.gaps is 'how many gaps of its spool''s own are committed';

alter table public.drains enable row level security;
revoke all on public.drains from anon, authenticated;
grant select, insert, update, delete on public.drains to service_role;
create policy service_writes on public.drains for all to service_role using (true) with check (true);
-- migration 20261121000520_bluesky
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

-- Posts of a stream are counted by time and deleted by their id or their author, and of neither is the board known.
create index posts_bluesky_ts on public.posts (ts) where source = 'bluesky';
create index posts_bluesky_id on public.posts (post_id) where source = 'bluesky';
create index posts_bluesky_author on public.posts (author_hash) where source = 'bluesky' and title is not null;

alter table public.cursors enable row level security;
revoke all on public.cursors from anon, authenticated;
grant select, insert, update, delete on public.cursors to service_role;
create policy service_writes on public.cursors for all to service_role using (true) with check (true);
-- migration 20261121000530_notices
-- What a venue says of its markets, each statement for as long as the list of
-- markets bore it out.
create table public.notices (
  venue text not null,
  market text not null,
  notice text not null,
  first_seen timestamptz not null,
  last_seen timestamptz not null,
  ended_at timestamptz,
  primary key (venue, market, notice, first_seen),
  check (first_seen <= last_seen and last_seen <= ended_at)
);
create unique index notices_under_way on public.notices (venue, market, notice) where ended_at is null;
comment on column public.notices.notice is
  'listed: came after the venue''s first list; delisted: left it; halted: listed, but not traded; else the venue''s own caution flag';
comment on column public.notices.first_seen is 'of the list that said it first';
comment on column public.notices.last_seen is 'of the list that said it last';
comment on column public.notices.ended_at is 'of the first list that said it no more; null while it holds';

alter table public.notices enable row level security;
revoke all on public.notices from anon, authenticated;
grant select, insert, update, delete on public.notices to service_role;
grant select on public.notices to anon, authenticated;
create policy service_writes on public.notices for all to service_role using (true) with check (true);
create policy anyone_reads on public.notices for select to anon, authenticated using (true);
-- migration 20261121000600_import
-- History from files: many of them say the volume in base units only.

alter table public.candles alter column quote_volume drop not null;
comment on column public.candles.quote_volume is 'null where an imported file does not say it';
-- migration 20261121000610_imported
-- A file that holds every trade of its span is an observation, but no socket's.

alter table public.observed add column imported boolean not null default false;
comment on column public.observed.imported is 'what a file claims: the time from its end to the first socket was never asked for';
-- migration 20261121010000_ids_decide
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
-- migration 20261121010010_gap_codes
-- A gap's reason is a code with details, and so is what became of it: sentences
-- are made where a person reads them. Rows of before keep theirs as they are.
alter table public.gaps
  add column detail jsonb not null default '{}',
  add column note_detail jsonb not null default '{}';
comment on column public.gaps.reason is 'a code, such as socket_failed; its details are in detail';
comment on column public.gaps.note is 'a code: how it was closed, or why it is still open; its details are in note_detail';
-- migration 20261121010020_page_chains
-- Of a venue that gives only its newest trades: pages that overlap form a chain, from its
-- oldest trade to its newest, in which nothing is missing, whoever asked for them.
alter table public.feeds
  add column chain_from_id bigint,
  add column chain_from_ts timestamptz,
  add column chain_to_id bigint;
comment on column public.feeds.chain_from_id is 'the oldest trade of the newest pages that overlap; up to chain_to_id all are stored';
alter table public.gaps drop column reached_to_id;
-- migration 20261121030000_collectors
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
-- migration 20261121030010_imports
-- What came in from files: an import claims nothing about completeness by
-- itself, but the audit says what there is of it.

create table public.imports (
  venue text not null,
  market text not null,
  kind text not null check (kind in ('candles', 'trades')),
  interval text not null,
  file text not null,
  from_ts timestamptz not null,
  to_ts timestamptz not null,
  rows bigint not null,
  first_id bigint,
  last_id bigint,
  rejected bigint not null,
  complete boolean not null,
  imported_at timestamptz not null default now(),
  primary key (venue, market, kind, interval, file, from_ts, to_ts),
  check (from_ts <= to_ts)
);
comment on table public.imports is 'one row a file; imported again it is the same row';
comment on column public.imports.interval is 'of candles; empty for trades';
comment on column public.imports.file is 'its name, without the folder';
comment on column public.imports.rows is 'rows of the file that the tables hold now';
comment on column public.imports.complete is 'whether its span counts as observed';

alter table public.imports enable row level security;
revoke all on public.imports from anon, authenticated;
grant select, insert, update, delete on public.imports to service_role;
create policy service_writes on public.imports for all to service_role using (true) with check (true);
