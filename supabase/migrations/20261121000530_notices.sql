-- What a venue says of its markets, each statement for as long as the list of
-- markets bore it out.
create table public.notices (
  venue text not null,
  market text not null,
  notice text not null,
  first_seen timestamptz not null,
  last_seen timestamptz not null,
  ended_at timestamptz,
  primary key (venue, market, notice, first_seen),
  check (first_seen <= last_seen and last_seen <= ended_at)
);
create unique index notices_under_way on public.notices (venue, market, notice) where ended_at is null;
comment on column public.notices.notice is
  'listed: came after the venue''s first list; delisted: left it; halted: listed, but not traded; else the venue''s own caution flag';
comment on column public.notices.first_seen is 'of the list that said it first';
comment on column public.notices.last_seen is 'of the list that said it last';
comment on column public.notices.ended_at is 'of the first list that said it no more; null while it holds';

alter table public.notices enable row level security;
revoke all on public.notices from anon, authenticated;
grant select, insert, update, delete on public.notices to service_role;
grant select on public.notices to anon, authenticated;
create policy service_writes on public.notices for all to service_role using (true) with check (true);
create policy anyone_reads on public.notices for select to anon, authenticated using (true);
