-- Of a venue that gives only its newest trades: pages that overlap form a chain, from its
-- oldest trade to its newest, in which nothing is missing, whoever asked for them.
alter table public.feeds
  add column chain_from_id bigint,
  add column chain_from_ts timestamptz,
  add column chain_to_id bigint;
comment on column public.feeds.chain_from_id is 'the oldest trade of the newest pages that overlap; up to chain_to_id all are stored';
alter table public.gaps drop column reached_to_id;
