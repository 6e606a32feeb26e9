-- needs:
-- How often the lexicon score is wrong, measured on texts labelled by hand: per language and label how many
-- were labelled so (n), scored so (predicted) and both (correct). `accuracy` with its 95 % interval (Wilson) stands
-- in the rows of label 'all'. The sample is our own, so other people's texts will be scored worse.
-- run: tone_sample

create temp table sample as
select * from tone_sample union all select 'all', label, predicted from tone_sample;

create temp table per_label as
select language, l.label, count(*) filter (s.label = l.label) as n,
  count(*) filter (s.predicted = l.label) as predicted,
  count(*) filter (s.label = l.label and s.predicted = l.label) as correct
from sample s, (values ('positive'), ('negative'), ('neutral')) l(label)
group by all;

create temp table whole as
select language, count(*) as n, count(*) filter (label = predicted) as correct, correct / n as share
from sample group by language;

select language, label, n, predicted, correct, correct / nullif(predicted, 0) as precision,
  correct / nullif(n, 0) as recall,
  2 * correct / nullif(n + predicted, 0) as f1,
  null::double as accuracy, null::double as accuracy_low, null::double as accuracy_high
from per_label
union all
select language, 'all', n, n, correct, null, null, null, share,
  (share + 1.9207 / n - 1.96 * sqrt(share * (1 - share) / n + 0.9604 / n / n)) / (1 + 3.8416 / n),
  (share + 1.9207 / n + 1.96 * sqrt(share * (1 - share) / n + 0.9604 / n / n)) / (1 + 3.8416 / n)
from whole
order by language, label;
