-- What came in from files: an import claims nothing about completeness by
-- itself, but the audit says what there is of it.

create table public.imports (
  venue text not null,
  market text not null,
  kind text not null check (kind in ('candles', 'trades')),
  interval text not null,
  file text not null,
  from_ts timestamptz not null,
  to_ts timestamptz not null,
  rows bigint not null,
  first_id bigint,
  last_id bigint,
  rejected bigint not null,
  complete boolean not null,
  imported_at timestamptz not null default now(),
  primary key (venue, market, kind, interval, file, from_ts, to_ts),
  check (from_ts <= to_ts)
);
comment on table public.imports is 'one row a file; imported again it is the same row';
comment on column public.imports.interval is 'of candles; empty for trades';
comment on column public.imports.file is 'its name, without the folder';
comment on column public.imports.rows is 'rows of the file that the tables hold now';
comment on column public.imports.complete is 'whether its span counts as observed';

alter table public.imports enable row level security;
revoke all on public.imports from anon, authenticated;
grant select, insert, update, delete on public.imports to service_role;
create policy service_writes on public.imports for all to service_role using (true) with check (true);
