-- Forecasts as they were issued: a row is never changed, and none can look back.
create table public.forecasts (
  origin text not null check (origin in ('issued', 'backtest')),
  venue text not null,
  market text not null,
  quantity text not null check (quantity in ('volatility', 'volume', 'direction')),
  model text not null,
  model_version text not null,
  issued_at timestamptz not null,
  target_from timestamptz not null,
  target_to timestamptz not null,
  data_to timestamptz not null,
  trained_to timestamptz,
  value numeric not null,
  written bigint not null default public.current_transaction(),
  primary key (origin, venue, market, quantity, model, model_version, target_from),
  check (issued_at <= target_from and target_from < target_to),
  check (data_to <= issued_at and trained_to <= issued_at)
);
comment on column public.forecasts.origin is
  'issued: stored before its target began; backtest: made afterwards as if at issued_at, from what was known then';
comment on column public.forecasts.data_to is 'end of the newest minute that went into it';
comment on column public.forecasts.trained_to is 'end of the newest target that the model was fitted to; null for persistence';
comment on column public.forecasts.value is
  'volatility: root of the sum of squared 1-minute log returns over the target; volume: base units; direction: probability of a rise';

create function public.keep_forecast() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  raise exception 'a forecast is never changed';
end
$$;
create trigger forecasts_are_final before update on public.forecasts
  for each row execute function public.keep_forecast();
