-- needs: lake.talk
-- Lexicon score of what was said, per source and coin (NULL: all texts), hour and UTC day: the mean over texts with
-- at least one word of the lexicon of (up − down) / (up + down), -1 to 1; texts repeated within 24 hours count once.
-- `score_low`, `score_high`: 95 % interval of the mean (Jeffreys, of the share (score + 1) / 2), from 10 scored texts on:
-- ten of ten positive texts are not certainty. The score's own error stands in `tone_error`.

create temp table texts as
select source, ts at time zone 'UTC' as ts, coins,
  case when positive + negative > 0 then (positive - negative) / (positive + negative) end as score,
  text_hash <> '' and coalesce(lag(ts) over (partition by source, text_hash order by ts, kind, board, text_id)
    >= ts - interval 1 day, false) as repeated
from lake.talk;

create temp table said as
select source, null as coin, ts, score, repeated from texts
union all
select source, unnest(string_split(coins, ',')), ts, score, repeated from texts where coins <> '';

create temp table buckets as
select source, coin, bucket, date_trunc(case bucket when '1h' then 'hour' else 'day' end, ts) as ts,
  count(*) as texts, count(*) filter (not repeated) as texts_deduplicated,
  count(score) filter (not repeated) as scored,
  count(*) filter (not repeated and score > 0) as positive,
  count(*) filter (not repeated and score < 0) as negative,
  avg(score) filter (not repeated) as score
from said, (values ('1h'), ('1d')) k(bucket)
group by all;

create temp table shares as
select distinct scored * (score + 1) / 2 as yes, scored::double as n from buckets where scored >= 10;
-- run: share_intervals

select source, coin, bucket, ts, texts, texts_deduplicated, scored, positive, negative, score,
  2 * low - 1 as score_low, 2 * high - 1 as score_high
from buckets left join share_intervals i on i.n = scored and i.yes = scored * (score + 1) / 2
order by source, coin, bucket, ts;
