-- The largest trades of the last hour. Change the quote by the pattern of the markets.
-- Units: value in the quote
-- Zone: KST, by the venue's clock
-- Who: anyone
select venue, market, ts at time zone 'Asia/Seoul' as at_kst, side, price, size, price * size as value, trade_id
from trades
where ts >= now() - interval '1 hour' and ts < now() + interval '1 minute' and market like 'KRW-%'
order by value desc limit 20;
