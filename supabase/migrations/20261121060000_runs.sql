-- The runs of the chain's steps (snapshot, forecast, analyze, publish, site).
create table public.runs (
  run_id bigint generated always as identity primary key,
  source text not null default 'run',
  round timestamptz not null,
  step text not null,
  attempt integer not null check (attempt > 0),
  state text not null default 'running' check (state in ('running', 'done', 'failed', 'abandoned')),
  collector uuid not null,
  started_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  units bigint,
  rows bigint,
  error text,
  unique (round, step, attempt),
  check ((state = 'running') = (ended_at is null))
);
comment on table public.runs is 'each attempt at each step of the chain; kept for 30 days';
comment on column public.runs.source is 'what started it';
comment on column public.runs.round is 'the scheduled time of the chain that it belongs to';
comment on column public.runs.state is 'abandoned: the process that ran it was stopped or killed';
comment on column public.runs.collector is 'the process that started it';
comment on column public.runs.ended_at is 'by the database''s clock; of a killed process when the next one noticed';
comment on column public.runs.units is 'files, marts or pages that were made';
comment on column public.runs.rows is 'null where the step has none';
comment on column public.runs.error is 'the sentence that the step ended with';

-- Whatever the processes believe: never two of one step.
create unique index runs_one_at_once on public.runs (step) where state = 'running';
create index runs_started on public.runs (started_at);

alter table public.runs enable row level security;
revoke all on public.runs from anon, authenticated;
grant select, insert, update, delete on public.runs to service_role;
create policy service_writes on public.runs for all to service_role using (true) with check (true);
-- Not the error: it may name folders and hosts.
grant select (run_id, source, round, step, attempt, state, started_at, ended_at, units, rows)
  on public.runs to anon, authenticated;
create policy anyone_reads on public.runs for select to anon, authenticated using (true);
