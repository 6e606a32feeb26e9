-- A row or two in every table of a database of before the first release.
-- migration 20261121000610_imported
insert into markets (venue, market, base, quote, korean_name, warning) values ('upbit', 'KRW-BTC', 'BTC', 'KRW', '비트코인', 'WARNING');
insert into trades (venue, market, trade_id, ts, price, size, side, fills, received_at) values
  ('upbit', 'KRW-BTC', 9007199254740993, now() - interval '1 minute', 91368000.5, 0.00000001, 'buy', 1, now()),
  ('upbit', 'KRW-BTC', 9007199254740995, now(), 91368001, 1e-20, 'sell', 3, now());
insert into tickers (venue, market, ts, last, volume_24h, value_24h, change_rate, received_at) values ('upbit', 'KRW-BTC', now(), 1.5, 2, 3, -0.01, now());
insert into books (venue, market, ts, bids, asks, received_at) values ('upbit', 'KRW-BTC', now(), '[["1","2"]]', '[["3","4"]]', now());
insert into candles (venue, market, interval, ts, open, high, low, close, volume, quote_volume, trade_count, source, state, agrees, received_at) values
  ('upbit', 'KRW-BTC', '1m', '2026-11-20 00:00Z', 1, 2, 1, 2, 5, null, 7, 'venue', 'closed', true, now());
insert into posts (source, board, post_id, ts, title, author_hash, first_seen, observed_at) values
  ('dcinside', 'b', 1, now(), 'title', 'hash', now(), now()), ('bluesky', 'did', 2, now(), 'title', 'hash', now(), now());
insert into comments (source, board, post_id, comment_id, ts, text, first_seen) values ('dcinside', 'b', 1, 2, now(), 'text', now());
insert into counts (source, query, ts, bucket, count, complete, first_count, observed_at) values ('x', '#bitcoin', now(), '1h', 5, true, 6, now());
insert into rates (source, base, quote, ts, rate, received_at) values ('ecb', 'USD', 'KRW', now(), 1388.25, now());
insert into gaps (venue, market, channel, from_ts, to_ts, from_id, to_id, reason, state, recovered, closed_at, span_id, absence, note, attempts, reached_id, reached_ts) values
  ('upbit', 'KRW-BTC', 'trade', now() - interval '1 hour', now(), 1, 9, 'the socket failed', 'repaired', 7, now(), gen_random_uuid(), true, 'refilled', 2, 5, now());
insert into gaps (venue, market, channel, from_ts, reason) values ('upbit', 'KRW-BTC', 'book', now(), 'the socket failed');
insert into observed (span_id, collector, venue, markets, channels, from_ts, to_ts, ended, imported) values
  ('00000000-0000-4000-8000-000000000001', gen_random_uuid(), 'upbit', '{KRW-BTC}', '{trade,book}', now() - interval '2 hours', now(), true, false);
insert into feeds (source, stream, channel, events, last_ts, last_received_at, verified_id, verified_ts) values
  ('upbit', 'KRW-BTC', 'trade', 2, now(), now(), 9007199254740993, now());
insert into drains (writer, step, gaps) values ('00000000-0000-4000-8000-000000000002', 14, 3);
insert into cursors (source, place, subject, since, cursor) values ('bluesky', 'host', 'bitcoin', 1, 2);
insert into notices (venue, market, notice, first_seen, last_seen, ended_at) values
  ('upbit', 'KRW-BTC', 'WARNING', now() - interval '1 day', now(), null), ('upbit', 'KRW-BTC', 'halted', now() - interval '1 day', now(), now());
insert into rejects (source, place, reason, payload) values ('upbit', 'wss', 'no id', '{}');
insert into lake_files (path, "table", venue, date, rows, bytes, from_written, to_written) values ('trades/a.parquet', 'trades', 'upbit', '2026-11-20', 1, 2, 3, 4);
insert into talk (source, board, kind, text_id, ts, coins, positive, negative, language, words, length, text_hash) values
  ('dcinside', 'b', 'post', 1, now(), 'BTC', 1, 0, 'ko', '떡상', 9, 'hash');
insert into talk_readings (kind, read_to, rules) values ('post', 9, 'rules');
insert into forecasts (origin, venue, market, quantity, model, model_version, issued_at, target_from, target_to, data_to, value) values
  ('issued', 'upbit', 'KRW-BTC', 'volume', 'har', '1', '2026-11-20 00:00Z', '2026-11-20 00:00Z', '2026-11-20 01:00Z', '2026-11-20 00:00Z', 0.5);
insert into published_marts (mart, published_at, row_count) values ('premium', now(), 1), ('indicators', now(), 1);
insert into published_indicators (venue, market, interval, ts, close, rsi14) values ('upbit', 'KRW-BTC', '1m', now(), 2, 50);
insert into published_attention (source, coin, measure, bucket, ts, count_raw) values ('dcinside', 'BTC', 'posts', '1h', now(), 4);
insert into published_correlation (source, query, measure, venue, market, against, bucket, transform, method, n, valid, verdict, verdict_en, verdict_ko) values
  ('dcinside', 'b', 'posts', 'upbit', 'KRW-BTC', 'volume', '1h', 'level', 'pearson', 9, true, 'nothing', 'nothing', '없음');
insert into published_premium (ts, base, korean_venue, korean_market, global_venue, global_market, basis, premium_fx) values
  (now(), 'BTC', 'upbit', 'KRW-BTC', 'binance', 'BTCUSDT', 'close', 0.01);
-- migration 20261121030010_imports
update feeds set first_id = 9007199254740993, last_id = 9007199254740995, chain_from_id = 1, chain_from_ts = now(), chain_to_id = 2,
  news_at = now(), paused_from = now(), pauses = 120, longest_pause = 3.5;
update gaps set next_span = gen_random_uuid(), detail = '{"code": 1006}', note_detail = '{"pages": 3}';
insert into anchors (venue, market, trade_id) values ('upbit', 'KRW-BTC', 9007199254740993);
insert into observed_ids (span_id, market, first_id, last_id) values ('00000000-0000-4000-8000-000000000001', 'KRW-BTC', 9007199254740993, 9007199254740995);
insert into clock_offsets (source, collector, offset_ms, method) values ('upbit', '00000000-0000-4000-8000-000000000002', -120, 'events');
insert into id_checks (venue, market, first_id, last_id, missing) values ('binance', 'BTCUSDT', 1, 9, 2);
insert into collectors (collector, sockets, streams) values ('00000000-0000-4000-8000-000000000002', '[{"venue": "upbit"}]', '[{"source": "upbit"}]');
insert into imports (venue, market, kind, interval, file, from_ts, to_ts, rows, rejected, complete) values ('upbit', 'KRW-BTC', 'candles', '1m', 'a.csv', now(), now(), 1, 0, false);
