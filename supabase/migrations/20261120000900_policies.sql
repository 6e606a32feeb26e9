-- Who may read and write. Nobody but the service role writes; anyone may read
-- market data, the ledger, counts and what is published; text, author hashes and
-- dead letters are for the service role alone.
do $$
declare
  name text;
  -- Read by the service role alone; of posts and comments others read some columns, see below.
  kept text[] := array['posts', 'comments', 'rejects', 'talk', 'talk_readings', 'cursors', 'writer_offsets',
    'collectors', 'imports'];
  open text[] := array['markets', 'market_flags', 'trades', 'tickers', 'books', 'candles', 'counts', 'rates',
    'observed', 'observed_ids', 'anchors', 'gaps', 'id_checks', 'stream_stats', 'clock_offsets', 'lake_files',
    'forecasts', 'published_marts', 'published_indicators', 'published_attention', 'published_correlation',
    'published_premium'];
begin
  foreach name in array kept || open loop
    execute format('alter table public.%I enable row level security', name);
    execute format('revoke all on public.%I from anon, authenticated', name);
    execute format('grant select, insert, update, delete on public.%I to service_role', name);
    execute format('create policy service_writes on public.%I for all to service_role using (true) with check (true)', name);
  end loop;
  foreach name in array open loop
    execute format('grant select on public.%I to anon, authenticated', name);
    execute format('create policy anyone_reads on public.%I for select to anon, authenticated using (true)', name);
  end loop;
end
$$;
-- A forecast that was issued stays as it is.
revoke update on public.forecasts from service_role;

create policy anyone_reads on public.posts for select to anon, authenticated using (true);
grant select (source, board, post_id, ts, author_kind, comment_count, comments_read, view_count, like_count,
  deleted, first_seen, observed_at) on public.posts to anon, authenticated;

create policy anyone_reads on public.comments for select to anon, authenticated using (true);
grant select (source, board, post_id, comment_id, parent_id, ts, author_kind, deleted, first_seen)
  on public.comments to anon, authenticated;

grant usage on all sequences in schema public to service_role;
grant usage on schema partitions to service_role;
