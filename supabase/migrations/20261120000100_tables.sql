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

-- What a venue says of its markets, each flag for as long as the list of markets
-- bears it.
create table public.market_flags (
  venue text not null,
  market text not null,
  flag text not null,
  first_seen timestamptz not null,
  last_seen timestamptz not null,
  ended_at timestamptz,
  primary key (venue, market, flag, first_seen),
  check (first_seen <= last_seen and last_seen <= ended_at)
);
create unique index market_flags_under_way on public.market_flags (venue, market, flag) where ended_at is null;
comment on column public.market_flags.flag is
  'listed: came after the venue''s first list; delisted: left it; halted: listed, but not traded; else the venue''s own caution flag';
comment on column public.market_flags.first_seen is 'of the first list that bears it';
comment on column public.market_flags.last_seen is 'of the last list that bears it';
comment on column public.market_flags.ended_at is 'of the first list without it; null while it holds';

-- One id, one row: a page that says another time for a stored id adds nothing.
-- The unique key of each day's partition leaves the time out; the insert looks
-- for a row on a neighbouring day.
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
  written bigint not null default public.current_transaction()
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
  quote_volume numeric,
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
comment on column public.candles.quote_volume is 'null where an imported file does not say it';
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

-- Posts of a stream are counted by time and deleted by their id or their author, and of neither is the board known.
create index posts_bluesky_ts on public.posts (ts) where source = 'bluesky';
create index posts_bluesky_id on public.posts (post_id) where source = 'bluesky';
create index posts_bluesky_author on public.posts (author_hash) where source = 'bluesky' and title is not null;

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

create table public.rejects (
  reject_id bigint generated always as identity primary key,
  source text not null,
  place text not null,
  reason text not null,
  payload text not null check (length(payload) <= 4096),
  received_at timestamptz not null default now()
);
create index rejects_received on public.rejects (received_at);
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
