-- needs: lake.talk
-- The most repeated texts of a source's last day and last 7 days. The texts themselves are not here: they stay in
-- Postgres, for a limited time and for nobody but its owner. A text is known by the beginning of its salted hash and
-- by those of our own words (coins, lexicon) that it holds. Interjections of fewer than 4 letters are left out.

create temp table recent as
select t.source, k.span, t.text_hash, t.ts at time zone 'UTC' as ts, t.board, t.coins, t.words, t.positive, t.negative,
  t.language, t.length
from lake.talk t
join (select source, max(ts) as newest from lake.talk group by source) n using (source)
cross join (values ('1d', interval 1 day), ('7d', interval 7 days)) k(span, back)
where t.ts > n.newest - k.back and t.length >= 4;

select source, span, left(text_hash, 8) as fingerprint, count(*) as count, count(distinct board) as boards,
  min(ts) as first_ts, max(ts) as last_ts, any_value(coins) as coins, any_value(words) as words,
  sign(any_value(positive) - any_value(negative))::integer as tone, any_value(language) as language,
  any_value(length) as length
from recent
group by source, span, text_hash
having count(*) > 1
qualify row_number() over (partition by source, span order by count(*) desc, min(ts), text_hash) <= 50
order by source, span, count desc, first_ts;
