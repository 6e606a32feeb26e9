-- What `deno task publish` has published, so that the next one writes what has changed alone.
create table public.published_parts (
  mart text not null,
  kind text not null check (kind in ('version', 'day', 'hour')),
  bucket text not null,
  ts timestamptz not null,
  print text not null,
  primary key (mart, kind, bucket, ts)
);
comment on table public.published_parts is 'fingerprints of what stands in published_<mart>: of each day''s file of the mart, and of the rows of each hour';
comment on column public.published_parts.mart is 'name of the mart';
comment on column public.published_parts.kind is 'version: of the query; day: of a day''s file; hour: of the rows of an hour';
comment on column public.published_parts.bucket is 'length of the bars or buckets of an hour''s rows; empty where they have none';
comment on column public.published_parts.ts is 'start of the day or hour, UTC';
comment on column public.published_parts.print is 'equal where the rows are equal';

alter table public.published_parts enable row level security;
revoke all on public.published_parts from anon, authenticated;
grant select, insert, update, delete on public.published_parts to service_role;
create policy service_writes on public.published_parts for all to service_role using (true) with check (true);

-- The rows of an hour. By the hour, not by the time: no question of the API is to be answered by it.
create index published_indicators_hour on public.published_indicators
  (interval, date_bin('1 hour', ts, timestamptz '1970-01-01 00:00:00+00'));
