-- How far a stream that can be resumed has been read, and since when without a break.
create table public.cursors (
  source text primary key,
  place text not null,
  subject text not null,
  since bigint not null,
  cursor bigint not null,
  updated_at timestamptz not null default now()
);
comment on column public.cursors.place is 'the host whose clock the cursor follows';
comment on column public.cursors.subject is 'what was read for, as configured then: since counts for that alone';
comment on column public.cursors.since is 'epoch microseconds of the source: nothing from here to the cursor is missing';
comment on column public.cursors.cursor is 'epoch microseconds of the newest event of which all is committed';

-- Posts of a stream are counted by time and deleted by their id or their author, and of neither is the board known.
create index posts_bluesky_ts on public.posts (ts) where source = 'bluesky';
create index posts_bluesky_id on public.posts (post_id) where source = 'bluesky';
create index posts_bluesky_author on public.posts (author_hash) where source = 'bluesky' and title is not null;

alter table public.cursors enable row level security;
revoke all on public.cursors from anon, authenticated;
grant select, insert, update, delete on public.cursors to service_role;
create policy service_writes on public.cursors for all to service_role using (true) with check (true);
