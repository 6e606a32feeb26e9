-- How did the forecasts of the last 3 days come out? loss is less where the model was better.
-- Units: volatility: root of the sum of squared 1-minute log returns; volume: base units; direction: probability of a rise
-- Zone: hour in KST
-- Who: anyone
select venue, market, quantity, model, target_from at time zone 'Asia/Seoul' as hour_kst,
  value, actual, round(loss::numeric, 4) as loss
from forecast_results
where origin = 'issued' and target_from >= now() - interval '3 days'
order by target_from desc, venue, market, quantity, model;
