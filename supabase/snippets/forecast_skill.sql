-- Which model is better than persistence? Mean loss of each over 30 days, over the hours that have an outcome.
-- Units: mean loss; n hours
-- Zone: none
-- Who: anyone
select quantity, venue, market, model, count(loss) as n, round(avg(loss)::numeric, 4) as loss
from forecast_results
where origin = 'issued' and target_from >= now() - interval '30 days'
group by 1, 2, 3, 4 order by 1, 2, 3, loss nulls last;
