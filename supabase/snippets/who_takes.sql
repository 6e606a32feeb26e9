-- Do takers buy or sell? By the minute, of the last half hour. Change venue and market.
-- Units: base units; share of the volume that takers bought
-- Zone: KST, by the venue's clock
-- Who: anyone
select date_trunc('minute', ts) at time zone 'Asia/Seoul' as minute_kst,
  sum(size) filter (where side = 'buy') as bought, sum(size) filter (where side = 'sell') as sold,
  round(coalesce(sum(size) filter (where side = 'buy'), 0) / sum(size), 3) as share_bought, count(*) as trades
from trades
where venue = 'upbit' and market = 'KRW-BTC'
  and ts >= now() - interval '30 minutes' and ts < now() + interval '1 minute'
group by 1 order by 1 desc;
