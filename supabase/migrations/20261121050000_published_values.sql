-- The indicators of a row stand in one array: one more of them changes no table.
alter table public.published_marts add column measures text[];
comment on column public.published_marts.measures is
  'names of the values in the array `measures` of published_<mart>; null where it has none';

alter table public.published_indicators add column measures double precision[];
update public.published_indicators set measures = array[sma20, sma60, sma240, ema12, ema26, bb_upper,
  bb_middle, bb_lower, rsi14, macd, macd_signal, macd_hist, bb240_upper, bb240_lower, up_share240, atr14,
  obv, cci20, stoch_k, stoch_d, adx14, mfi14, vwap, vwap240, ichimoku_conversion, ichimoku_base,
  ichimoku_lead_a, ichimoku_lead_b, ichimoku_span_a, ichimoku_span_b];
alter table public.published_indicators alter column measures set not null,
  drop column sma20, drop column sma60, drop column sma240, drop column ema12, drop column ema26,
  drop column bb_upper, drop column bb_middle, drop column bb_lower, drop column rsi14,
  drop column macd, drop column macd_signal, drop column macd_hist,
  drop column bb240_upper, drop column bb240_lower, drop column up_share240, drop column atr14,
  drop column obv, drop column cci20, drop column stoch_k, drop column stoch_d, drop column adx14,
  drop column mfi14, drop column vwap, drop column vwap240,
  drop column ichimoku_conversion, drop column ichimoku_base, drop column ichimoku_lead_a,
  drop column ichimoku_lead_b, drop column ichimoku_span_a, drop column ichimoku_span_b;
comment on column public.published_indicators.measures is
  'in the order of published_marts.measures; null where a value is unknown';

update public.published_marts set measures = array['sma20', 'sma60', 'sma240', 'ema12', 'ema26', 'bb_upper',
  'bb_middle', 'bb_lower', 'rsi14', 'macd', 'macd_signal', 'macd_hist', 'bb240_upper', 'bb240_lower',
  'up_share240', 'atr14', 'obv', 'cci20', 'stoch_k', 'stoch_d', 'adx14', 'mfi14', 'vwap', 'vwap240',
  'ichimoku_conversion', 'ichimoku_base', 'ichimoku_lead_a', 'ichimoku_lead_b', 'ichimoku_span_a',
  'ichimoku_span_b'] where mart = 'indicators';
