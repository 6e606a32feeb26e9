-- A gap's reason is a code with details, and so is what became of it: sentences
-- are made where a person reads them. Rows of before keep theirs as they are.
alter table public.gaps
  add column detail jsonb not null default '{}',
  add column note_detail jsonb not null default '{}';
comment on column public.gaps.reason is 'a code, such as socket_failed; its details are in detail';
comment on column public.gaps.note is 'a code: how it was closed, or why it is still open; its details are in note_detail';
