-- Every trade of a market around a moment. Put the moment for both now(), such as timestamptz '2026-11-20 09:00+09'.
-- Units: price in the quote, size in base units; the taker's side
-- Zone: KST, by the venue's clock
-- Who: anyone
select trade_id, ts at time zone 'Asia/Seoul' as at_kst, price, size, side, price * size as value
from trades
where venue = 'upbit' and market = 'KRW-BTC'
  and ts >= now() - interval '2 minutes' and ts < now() + interval '2 minutes'
order by ts, trade_id;
