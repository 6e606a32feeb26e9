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
