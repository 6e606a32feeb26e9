-- Tables by the field's names: drains become writer_offsets, notices
-- market_flags, feeds stream_stats; so does what PostgreSQL named after them.
alter table public.drains rename to writer_offsets;
alter table public.notices rename to market_flags;
alter table public.market_flags rename column notice to flag;
alter table public.feeds rename to stream_stats;
alter index public.notices_under_way rename to market_flags_under_way;
do $$
declare
  item record;
begin
  for item in
    select c.conrelid::regclass as "table", c.conname as name,
      replace(n.renamed || substr(c.conname, length(n.old) + 1), 'market_flags_notice', 'market_flags_flag') as renamed
    from (values ('drains', 'writer_offsets'), ('notices', 'market_flags'), ('feeds', 'stream_stats')) as n (old, renamed)
    join pg_constraint c on c.conrelid = format('public.%I', n.renamed)::regclass
    where starts_with(c.conname, n.old || '_')
  loop
    execute format('alter table %s rename constraint %I to %I', item."table", item.name, item.renamed);
  end loop;
end
$$;
comment on column public.market_flags.first_seen is 'of the first list that bears it';
comment on column public.market_flags.last_seen is 'of the last list that bears it';
comment on column public.market_flags.ended_at is 'of the first list without it; null while it holds';
