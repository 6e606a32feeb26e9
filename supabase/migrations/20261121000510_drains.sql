-- How far the collectors' batches have come. What may happen only once (a gap
-- opened, a stream's count, a reject) is committed together with its number, so
-- that a batch written again after a lost answer or a crash adds nothing.
create table public.drains (
  writer uuid primary key,
  step bigint not null default 0,
  gaps bigint not null default 0,
  at timestamptz not null default now()
);
comment on table public.drains is 'one row a collector process; it may go once nothing of that process waits';
comment on column public.drains.step is 'twice the number of a batch: what goes before its rows is committed; one more: all of it is';
comment on column public.drains.gaps is 'how many gaps of its spool''s own are committed';

alter table public.drains enable row level security;
revoke all on public.drains from anon, authenticated;
grant select, insert, update, delete on public.drains to service_role;
create policy service_writes on public.drains for all to service_role using (true) with check (true);
