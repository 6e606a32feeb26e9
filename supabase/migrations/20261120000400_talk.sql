-- What was read out of each text while it was there: coins, tone and whether it
-- says what another said. No text, so it is kept for good.
create table public.talk (
  source text not null,
  board text not null,
  kind text not null check (kind in ('post', 'comment')),
  text_id bigint not null,
  ts timestamptz not null,
  coins text not null,
  positive integer not null check (positive >= 0),
  negative integer not null check (negative >= 0),
  language text not null check (language in ('ko', 'en', 'other')),
  words text not null,
  length integer not null,
  text_hash text not null,
  written bigint not null default public.current_transaction(),
  primary key (source, board, kind, text_id)
);
comment on column public.talk.text_id is 'post_id or comment_id';
comment on column public.talk.coins is 'codes of the coins named, sorted, by commas';
comment on column public.talk.positive is 'words of the lexicon that point up, after negation';
comment on column public.talk.words is 'words of the dictionary and the lexicon that were found, sorted, by commas: never the writer''s own';
comment on column public.talk.length is 'letters and digits of the text';
comment on column public.talk.text_hash is 'salted hash of the normalised text; equal where two texts say the same';

-- How far the texts have been read, and by which dictionary and lexicon.
create table public.talk_readings (
  kind text primary key check (kind in ('post', 'comment')),
  read_to bigint not null,
  rules text not null
);
comment on column public.talk_readings.read_to is 'texts with written below it have been read';
