-- Files that the lake held: what was known at a past moment is made from them.
create table public.lake_past (
  path text primary key,
  "table" text not null,
  venue text not null,
  date date not null,
  was text not null,
  created_at timestamptz not null,
  removed_at timestamptz not null
);
comment on table public.lake_past is 'files that the lake no longer reads, kept for 30 days; a moment''s lake is those with created_at <= moment < removed_at, beside lake_files';
comment on column public.lake_past.path is 'where it is now, in the data folder';
comment on column public.lake_past.was is 'where it was while the lake read it';
create index lake_past_removed on public.lake_past (removed_at);
comment on column public.lake_files.created_at is 'when the snapshot began that added it, by its machine''s clock';

alter table public.lake_past enable row level security;
revoke all on public.lake_past from anon, authenticated;
grant select, insert, update, delete on public.lake_past to service_role;
create policy service_writes on public.lake_past for all to service_role using (true) with check (true);
