-- needs:
-- How well the lexicon score does on texts that others wrote and labelled, and that no word was chosen by: per language
-- and label given (all: either) the texts, how many of them got a score (`scored`; as many words up as down is none), and
-- their share, `coverage`; beside it how many texts were scored as the label says (`said`; all: either way), how many of
-- these rightly (`correct`), and their share, `precision`. `_low`, `_high`: 95 % interval (Jeffreys). The texts are all
-- positive or negative, so how often a neutral one is scored is not known. Without texts, as for Korean, all is NULL.
-- run: tone_measured
-- run: lexicon_words

create temp table error as
select l.language, k.label, coalesce(sum(texts) filter (k.label in ('all', m.label)), 0) as texts,
  coalesce(sum(texts) filter (k.label in ('all', m.label) and m.scored <> 'neutral'), 0) as scored,
  coalesce(sum(texts) filter (m.scored <> 'neutral' and k.label in ('all', m.scored)), 0) as said,
  coalesce(sum(texts) filter (m.scored = m.label and k.label in ('all', m.label)), 0) as correct
from (select distinct language from lexicon_words) l
  cross join (values ('all'), ('positive'), ('negative')) k(label)
  left join tone_measured m using (language)
group by all;

create temp table shares as
select scored::double as yes, texts::double as n from error union select correct, said from error;
-- run: share_intervals

select e.language, e.label, e.texts::bigint as texts, e.scored::bigint as scored,
  e.scored / nullif(e.texts, 0) as coverage, c.low as coverage_low, c.high as coverage_high,
  e.said::bigint as said, e.correct::bigint as correct,
  e.correct / nullif(e.said, 0) as precision, p.low as precision_low, p.high as precision_high,
  s.measured_on, s.sample, s.licence
from error e
  left join share_intervals c on c.yes = e.scored and c.n = e.texts
  left join share_intervals p on p.yes = e.correct and p.n = e.said
  left join (select distinct language, measured_on, sample, licence from tone_measured) s using (language)
order by e.language, e.label;
