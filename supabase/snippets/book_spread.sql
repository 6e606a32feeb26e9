-- How wide are the order books now? Of the newest snapshot of the last 10 minutes.
-- Units: prices in the quote; spread in hundredths of a percent of the middle
-- Zone: UTC
-- Who: anyone
select b.venue, b.market, b.ts, b.bid, b.ask, round((b.ask - b.bid) / ((b.ask + b.bid) / 2) * 10000, 2) as spread
from stream_stats s
cross join lateral (
  select n.venue, n.market, n.ts, (n.bids #>> '{0,0}')::numeric as bid, (n.asks #>> '{0,0}')::numeric as ask
  from books n
  where n.venue = s.source and n.market = s.stream
    and n.ts >= now() - interval '10 minutes' and n.ts < now() + interval '1 minute'
  order by n.ts desc limit 1) as b
where s.channel = 'book' order by spread desc;
