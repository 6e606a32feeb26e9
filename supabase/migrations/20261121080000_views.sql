-- What people ask, as views. Each reads with the rights of who asks
-- (security_invoker): nobody sees more through a view than in its tables.

create view public.market_prices with (security_invoker = true) as
select f.source as venue, f.stream as market, m.base, m.quote, m.korean_name, m.english_name,
  t.ts, t.last, t.change_rate, t.volume_24h, t.value_24h
from public.stream_stats f
cross join lateral (
  select n.ts, n.last, n.change_rate, n.volume_24h, n.value_24h from public.tickers n
  where n.venue = f.source and n.market = f.stream
  order by n.ts desc limit 1) as t
left join public.markets m on m.venue = f.source and m.market = f.stream
where f.channel = 'ticker';

create view public.venue_spread with (security_invoker = true) as
select base, quote, count(*)::integer as venues,
  (array_agg(venue order by last))[1] as low_venue, min(last) as low,
  (array_agg(venue order by last desc))[1] as high_venue, max(last) as high,
  max(last) / min(last) - 1 as spread, min(ts) as oldest_ts
from public.market_prices
where ts > now() - interval '5 minutes' and last > 0
group by base, quote
having count(*) > 1;

create view public.open_gaps with (security_invoker = true) as
select gap_id, venue, market, channel, from_ts, to_ts,
  extract(epoch from coalesce(to_ts, now()) - from_ts)::double precision as seconds,
  from_id, to_id, reason, detail, note, attempts, opened_at, clock_offset_ms
from public.gaps where state = 'open';

create view public.stream_silence with (security_invoker = true) as
select source, stream, channel, last_ts, silent_seconds, mute_after_seconds,
  silent_seconds > mute_after_seconds as mute
from (
  select source, stream, channel, last_ts,
    extract(epoch from now() - coalesce(news_at, last_received_at))::double precision as silent_seconds,
    public.longest_silence(pauses, longest_pause) as mute_after_seconds
  from public.stream_stats) as streams;

create view public.data_lag with (security_invoker = true) as
with offsets as (
  select distinct on (source) source, offset_ms, measured_at
  from public.clock_offsets order by source, measured_at desc
)
select f.source, f.channel, count(*)::integer as streams, max(f.last_ts) as newest_ts,
  min(extract(epoch from now() - coalesce(f.news_at, f.last_received_at)))::double precision as silent_seconds,
  percentile_cont(0.5) within group (order by
    extract(epoch from f.last_received_at - f.last_ts) * 1000 + coalesce(o.offset_ms, 0)) as delay_ms,
  o.offset_ms as clock_offset_ms, o.measured_at as clock_measured_at
from public.stream_stats f left join offsets o using (source)
group by f.source, f.channel, o.offset_ms, o.measured_at;

create view public.current_flags with (security_invoker = true) as
select f.venue, f.market, m.korean_name, m.english_name, f.flag, f.first_seen, f.last_seen
from public.market_flags f left join public.markets m using (venue, market)
where f.ended_at is null and f.flag <> 'listed';

-- Without the error, which the service role alone may read.
create view public.latest_runs with (security_invoker = true) as
select distinct on (step) step, state, round, attempt, started_at, ended_at,
  extract(epoch from ended_at - started_at)::double precision as seconds, units, rows
from public.runs
order by step, started_at desc;

create view public.newest_premium with (security_invoker = true) as
select distinct on (base, korean_venue, korean_market, global_venue, global_market)
  base, korean_venue, korean_market, global_venue, global_market, ts, korean_price, global_price,
  premium_fx, premium_usdt, tether, fx, fx_age_seconds, stale, disagree
from public.published_premium
where ts > (select max(ts) from public.published_premium) - interval '1 hour'
order by base, korean_venue, korean_market, global_venue, global_market, ts desc;

create view public.premium_by_hour with (security_invoker = true) as
select base, korean_venue, korean_market, global_venue, global_market,
  extract(hour from ts at time zone 'Asia/Seoul')::integer as hour_kst,
  avg(premium_fx) as premium_fx, avg(premium_usdt) as premium_usdt,
  min(premium_usdt) as low_usdt, max(premium_usdt) as high_usdt,
  count(premium_fx)::integer as minutes_fx, count(premium_usdt)::integer as minutes_usdt
from public.published_premium
group by 1, 2, 3, 4, 5, 6;

create view public.coin_attention with (security_invoker = true) as
select coin, source, measure, sum(count_raw) as named, sum(count_deduplicated) as named_once,
  max(z) as highest_z, count(*)::integer as hours, max(ts) as newest_ts
from public.published_attention
where bucket = '1h' and coin is not null
  and ts > (select max(ts) from public.published_attention where bucket = '1h') - interval '24 hours'
group by coin, source, measure;

-- By the rules of the mart `forecasts`.
create view public.forecast_results with (security_invoker = true) as
select origin, venue, market, quantity, model, model_version, issued_at, target_from, target_to, value, actual,
  case when actual is null or quantity <> 'direction' and value <= 0 then null
    when quantity = 'direction' then case when value = 0.5 then 0.5 else ((value > 0.5) <> (actual = 1))::integer end
    else (ln(value) - ln(actual)) ^ 2 end as loss
from (
  select f.origin, f.venue, f.market, f.quantity, f.model, f.model_version, f.issued_at, f.target_from, f.target_to,
    f.value::double precision as value,
    case f.quantity when 'volatility' then nullif(o.volatility, 0) when 'volume' then nullif(o.volume, 0)
      else (o.direction + 1) / nullif(2 * abs(o.direction), 0) end as actual
  from public.forecasts f
  left join lateral (
    select sqrt(sum(change * change)) as volatility, sum(volume)::double precision as volume,
      sign(sum(change)) as direction
    from (
      select ts, volume, case when ts - lag(ts) over series = interval '1 minute'
        then ln(close / lag(close) over series) end as change
      from (
        select distinct on (c.ts) c.ts, c.volume, c.close::double precision as close
        from public.candles c
        where c.venue = f.venue and c.market = f.market and c.interval = '1m'
          and c.ts >= f.target_from - interval '1 minute' and c.ts < f.target_to
          and c.state <> 'partial' and c.close > 0
        order by c.ts, c.source = 'trades') as minutes
      window series as (order by ts)) as returns
    where ts >= f.target_from
    having count(change) = extract(epoch from f.target_to - f.target_from) / 60) as o on true) as compared;

create view public.rejects_by_reason with (security_invoker = true) as
select source, reason, count(*) as rejects, min(received_at) as first_at, max(received_at) as last_at,
  (array_agg(place order by received_at desc))[1] as last_place
from public.rejects
where received_at > now() - interval '7 days'
group by source, reason;

create view public.table_sizes with (security_invoker = true) as
select c.relname::text as name, count(p.part)::integer - 1 as partitions,
  sum(greatest(r.reltuples, 0))::bigint as estimated_rows, sum(pg_total_relation_size(p.part))::bigint as bytes,
  sum(pg_indexes_size(p.part))::bigint as index_bytes
from pg_class c
cross join lateral (
  select c.oid as part union all select i.inhrelid from pg_inherits i where i.inhparent = c.oid) as p
join pg_class r on r.oid = p.part
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
group by c.oid, c.relname;

-- Supabase grants all on new views to everyone: what is granted is said here.
do $$
declare
  name text;
  kept text[] := array['rejects_by_reason', 'table_sizes'];
  open text[] := array['market_prices', 'venue_spread', 'open_gaps', 'stream_silence', 'data_lag', 'current_flags',
    'latest_runs', 'newest_premium', 'premium_by_hour', 'coin_attention', 'forecast_results'];
begin
  foreach name in array kept || open loop
    execute format('revoke all on public.%I from public, anon, authenticated, service_role', name);
    execute format('grant select on public.%I to service_role', name);
  end loop;
  foreach name in array open loop
    execute format('grant select on public.%I to anon, authenticated', name);
  end loop;
end
$$;

-- It grants the same on functions and sequences.
revoke all on sequence public.gaps_gap_id_seq, public.rejects_reject_id_seq, public.runs_run_id_seq
  from public, anon, authenticated;
revoke all on function public.current_transaction, public.keep_forecast from public, anon, authenticated;
grant execute on function public.current_transaction to service_role;

-- Trades around a time are found without reading the day: rows arrive about in
-- the order of their times, and one block range index serves both.
drop index public.trades_written;
create index trades_written on public.trades using brin (written, ts) with (autosummarize = on);

-- PostgreSQL's autovacuum keeps both in order; the embedded database has none.
create function public.tend_day_partitions(day date) returns void
language plpgsql
set search_path = ''
as $$
declare
  part regclass;
  summary regclass;
begin
  for part in
    select i.inhrelid from pg_catalog.pg_inherits i
    where i.inhparent in ('public.trades'::regclass, 'public.books'::regclass)
      and i.inhrelid::regclass::text ~ (to_char(day, 'YYYYMMDD') || '$')
  loop
    execute format('analyze %s', part);
    for summary in
      select x.indexrelid from pg_catalog.pg_index x join pg_catalog.pg_class c on c.oid = x.indexrelid
      where x.indrelid = part and c.relam = (select a.oid from pg_catalog.pg_am a where a.amname = 'brin')
    loop
      perform pg_catalog.brin_summarize_new_values(summary);
    end loop;
  end loop;
end
$$;
revoke all on function public.tend_day_partitions from public, anon, authenticated;
