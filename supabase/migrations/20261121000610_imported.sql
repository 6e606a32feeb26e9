-- A file that holds every trade of its span is an observation, but no socket's.

alter table public.observed add column imported boolean not null default false;
comment on column public.observed.imported is 'what a file claims: the time from its end to the first socket was never asked for';
