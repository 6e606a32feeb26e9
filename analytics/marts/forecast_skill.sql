-- needs: forecasts
-- Is a model better than persistence (the next hour is as the last one)? Over the hours that both have forecast:
-- `skill` = 1 − loss / loss of persistence, with the 95 % interval of the mean difference of losses (Diebold & Mariano, Newey & West's
-- error, `skill_low`, `skill_high`); `p` one-sided, for "no better", `p_adjusted` over all rows (Benjamini & Hochberg).
-- `beats_persistence` is true where p_adjusted <= 5 % and the interval lies above 0, NULL below 30 hours. Market NULL: mean over markets.
-- `hit_rate`: for direction, the share of right sides; a coin is right in half.
-- `verdict`: unknown (below 30 hours), better, worse, not_better; `verdict_ko`, `verdict_en` say it in words.
-- run: forecast_skill

select origin, venue, market, quantity, model, model_version, n, loss, loss_persistence, skill, skill_low, skill_high,
  p, p_adjusted, beats_persistence, hit_rate, verdict, verdict_ko, verdict_en
from forecast_skill
order by origin, venue nulls first, market nulls first, quantity, model;
