-- History from files: many of them say the volume in base units only.

alter table public.candles alter column quote_volume drop not null;
comment on column public.candles.quote_volume is 'null where an imported file does not say it';
