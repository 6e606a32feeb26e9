-- Three days of six markets, yesterday to tomorrow, and of all else that is asked of the database.
-- What only the service role may read holds the word SECRET.
insert into markets (venue, market, base, quote, korean_name, english_name)
values ('upbit', 'KRW-BTC', 'BTC', 'KRW', '비트코인', 'Bitcoin'), ('upbit', 'KRW-ETH', 'ETH', 'KRW', '이더리움', 'Ethereum'),
  ('upbit', 'KRW-XRP', 'XRP', 'KRW', '리플', 'XRP'), ('bithumb', 'KRW-BTC', 'BTC', 'KRW', '비트코인', 'Bitcoin'),
  ('binance', 'BTCUSDT', 'BTC', 'USDT', null, 'Bitcoin'), ('binance', 'ETHUSDT', 'ETH', 'USDT', null, 'Ethereum');

-- Whole days, so that what a question reads of one does not depend on the hour at which it is asked.
select ensure_day_partitions('trades', day - 1, day + 2) from (select (now() at time zone 'UTC')::date as day) as today;
insert into trades (venue, market, trade_id, ts, price, size, side, received_at)
select m.venue, m.market, 9007199254740993 + n, ts, 100 + n % 7, 0.5 + n % 3, case n % 2 when 0 then 'buy' else 'sell' end, ts
from generate_series(date_trunc('day', now(), 'UTC') - interval '1 day', date_trunc('day', now(), 'UTC') + interval '47 hours',
  interval '20 seconds') with ordinality as t (ts, n)
cross join markets m
order by ts, m.venue, m.market;

insert into tickers (venue, market, ts, last, volume_24h, value_24h, change_rate, received_at)
select venue, market, now() - age * interval '1 second', case venue when 'bithumb' then 102 else 100 end + age, 5, 500, 0.01, now()
from markets, generate_series(0, 30, 10) as age;

insert into books (venue, market, ts, bids, asks, received_at)
select venue, market, now() - interval '1 second', '[["99.5","1"]]', '[["100.5","1"]]', now() from markets;

insert into stream_stats (source, stream, channel, events, last_ts, last_received_at, news_at, pauses, longest_pause)
select venue, market, channel, 9, now() - interval '2 seconds', now() - interval '1.8 seconds', now() - interval '1 second', 200, 3
from markets, unnest(array['trade', 'ticker', 'book']) as channel;
update stream_stats set news_at = now() - interval '1 hour' where source = 'upbit' and stream = 'KRW-XRP' and channel = 'trade';

-- Closes go 100, 101, 100, …; each minute has a volume of 2.
insert into candles (venue, market, interval, ts, open, high, low, close, volume, source, state, received_at)
select 'upbit', 'KRW-BTC', '1m', minute, 100, 102, 99, 100 + n % 2, 2, source, 'closed', now()
from unnest(array['venue', 'trades']) as source,
  generate_series(date_trunc('hour', now()) - interval '4 hours', now(), interval '1 minute') with ordinality as t (minute, n);

insert into counts (source, query, ts, bucket, count, complete, first_count, observed_at)
select 'dcinside', measure || ':bitcoins_new1', minute, '1m', 3, true, 3, now()
from unnest(array['posts', 'comments']) as measure,
  generate_series(date_trunc('hour', now()) - interval '4 hours', now(), interval '1 minute') as minute;
insert into posts (source, board, post_id, ts, title, author_hash, first_seen, observed_at)
values ('dcinside', 'bitcoins_new1', 1, now(), 'SECRET', 'SECRET', now(), now()),
  ('dcinside', 'bitcoins_new1', 2, now() - interval '15 days', 'SECRET', 'SECRET', now(), now());
insert into comments (source, board, post_id, comment_id, ts, text, author_hash, first_seen)
values ('dcinside', 'bitcoins_new1', 1, 1, now(), 'SECRET', 'SECRET', now()),
  ('dcinside', 'bitcoins_new1', 2, 2, now() - interval '15 days', 'SECRET', 'SECRET', now());
insert into talk values ('dcinside', 'bitcoins_new1', 'post', 1, now(), 'BTC', 1, 0, 'ko', 'SECRET', 9, 'SECRET');
insert into talk_readings values ('post', 1, 'SECRET');
insert into rejects (source, place, reason, payload) values ('upbit', 'socket', 'not JSON', 'SECRET');
insert into cursors values ('bluesky', 'SECRET', 'SECRET', 1, 2);
insert into writer_offsets values (gen_random_uuid());
insert into collectors (collector) values (gen_random_uuid());
insert into clock_offsets values ('upbit', gen_random_uuid(), -400, 'events');
insert into imports values ('upbit', 'KRW-BTC', 'trades', '', 'SECRET', now(), now(), 1, 1, 1, 0, true);
insert into rates values ('open.er-api.com', 'USD', 'KRW', now(), 1400, now());
insert into runs (round, step, attempt, state, collector, started_at, ended_at, error)
values (now() - interval '1 hour', 'snapshot', 1, 'done', gen_random_uuid(), now() - interval '70 s', now() - interval '10 s', null),
  (now() - interval '1 hour', 'analyze', 1, 'failed', gen_random_uuid(), now() - interval '9 s', now(), 'SECRET');

insert into observed (span_id, collector, venue, markets, channels, from_ts, to_ts)
values (gen_random_uuid(), gen_random_uuid(), 'upbit', array['KRW-BTC'], array['trade'], now() - interval '3 days', now());
insert into observed_ids values (gen_random_uuid(), 'KRW-BTC', 1, 2);
insert into anchors values ('upbit', 'KRW-BTC', 1);
insert into id_checks values ('binance', 'BTCUSDT', 1, 2, 0);
insert into gaps (venue, market, channel, from_ts, to_ts, reason, state, recovered, closed_at)
values ('upbit', 'KRW-BTC', 'trade', now() - interval '1 day', now() - interval '1 day' + interval '90 seconds',
  'socket_failed', 'repaired', 12, now());
insert into gaps (venue, market, channel, from_ts, reason) values ('upbit', 'KRW-ETH', 'trade', now() - interval '30 seconds', 'socket_mute');
insert into market_flags (venue, market, flag, first_seen, last_seen)
values ('upbit', 'KRW-XRP', 'CAUTION', now() - interval '1 day', now()), ('upbit', 'KRW-XRP', 'listed', now() - interval '9 days', now());
insert into lake_files values ('trades/x.parquet', 'trades', 'upbit', '2026-11-20', 1, 1, 1, 2);
insert into lake_past values ('.past/x.parquet', 'trades', 'upbit', '2026-11-20', 'SECRET', now(), now());

insert into published_parts values ('premium', 'day', 'SECRET', now(), 'x');
insert into published_marts values ('premium', now(), now(), now(), 1, null);
insert into published_indicators (venue, market, interval, ts, close, measures)
values ('upbit', 'KRW-BTC', '1m', now(), 100, array[1.5]);
insert into published_premium (ts, base, korean_venue, korean_market, global_venue, global_market, basis, premium_fx, premium_usdt, stale)
select minute, 'BTC', 'upbit', 'KRW-BTC', 'binance', 'BTCUSDT', 'book', 0.02, 0.01 + 0.02 * (extract(minute from minute)::integer % 2), false
from generate_series(date_trunc('hour', now()) - interval '3 hours', date_trunc('hour', now()) - interval '1 minute', interval '1 minute') as minute;
insert into published_attention (source, coin, measure, bucket, ts, count_raw, count_deduplicated, z)
select 'dcinside', 'BTC', 'posts', '1h', hour, 10, 8, 1.5
from generate_series(date_trunc('hour', now()) - interval '40 hours', now(), interval '1 hour') as hour;
insert into published_correlation (source, query, measure, venue, market, against, bucket, transform, method, n, p_adjusted, valid,
  verdict, verdict_en, verdict_ko)
values ('dcinside', 'bitcoins_new1', 'posts', 'upbit', 'KRW-BTC', 'volume', '5m', 'dlog', 'pearson', 900, 0.01, true,
  'x_leads', 'talk leads', '이야기가 앞선다');
insert into forecasts (origin, venue, market, quantity, model, model_version, issued_at, target_from, target_to, data_to, value)
select 'issued', 'upbit', 'KRW-BTC', quantity, 'persistence', '1', hour, hour, hour + interval '1 hour', hour, value
from (values ('volume', 60), ('volatility', 0.05), ('direction', 0.6)) as v (quantity, value),
  (select date_trunc('hour', now()) - interval '2 hours' as hour) as h;
