-- needs: mentions, tone, attention, candles, lake.markets
-- window: 84 days
-- What is said of a coin beside that coin's own markets, and what a community says (coin "*") beside all markets together
-- (market "*": the mean of their logs, each beside its own). `talk`: posts, comments or tweets that name the coin, the same
-- `_deduplicated`, or tone, per hour, as they are also per 5 minutes (of the newest 28 days). `against`: volume, volatility,
-- return. Coins: the 20 most named, 200 times at least. `verdict`, `finding`, `lag` (a positive one: talk first), `lag_r`,
-- `lag_p` (adjusted over so many `pairs`), `seen` as in `verdicts`; `left_out`: joint events that all but the bursts is without.
-- Beside it, p as shares of placebos, each also adjusted over all of this mart: `r` in the same bucket (differences under unit
-- roots) with its 95 % interval; `granger_talk_p`, whether the past of talk adds to the market's own, and the other way round;
-- `events`, bursts of talk, with the log of volume or volatility (or the return) before and after beside matched hours and by
-- bucket from 6 hours before to 24 after (`event_path`); r in `windows` that roll over a quarter of the span (30 days from 90
-- on), least, median and greatest, and the share of windows with the sign of the whole. Makes the table `coin_judged`:
-- run: coin_verdicts

select * replace (case when event_path is not null
  then list_transform(string_split(event_path, ','), lambda v: try_cast(v as double)) end as event_path)
from coin_judged
order by source, coin, talk, venue, market, against, bucket;
