-- What Supabase Realtime tells its subscribers: prices, signals and gaps, each
-- row to who may read it. Without a logical slot nothing is sent, and it costs
-- nothing. Of the indicators every publish rewrites many rows: published_marts
-- says when there are new ones.
do $$
declare
  name text;
begin
  if not exists (select from pg_publication where pubname = 'supabase_realtime') then
    create publication supabase_realtime;
  end if;
  foreach name in array array['tickers', 'market_flags', 'gaps', 'published_marts', 'published_premium',
    'published_correlation'] loop
    if not exists (select from pg_publication_tables where pubname = 'supabase_realtime'
      and schemaname = 'public' and tablename = name) then
      execute format('alter publication supabase_realtime add table public.%I', name);
    end if;
  end loop;
exception when insufficient_privilege then
  raise warning 'Realtime sends nothing: the publication supabase_realtime is another role''s. Add the tables as its owner.';
end
$$;

-- Titles and texts that are older than they may be kept; numbers, times and
-- hashed authors stay.
create function public.drop_old_text(older_than timestamptz, out posts bigint, out comments bigint)
language plpgsql
set search_path = ''
as $$
begin
  update public.posts p set title = null, written = public.current_transaction()
  where p.title is not null and p.ts < older_than;
  get diagnostics posts = row_count;
  update public.comments c set text = null, written = public.current_transaction()
  where c.text is not null and c.ts < older_than;
  get diagnostics comments = row_count;
end
$$;
comment on function public.drop_old_text is 'drops titles and texts of before that moment; how many of each';
revoke all on function public.drop_old_text from public, anon, authenticated;
grant execute on function public.drop_old_text to service_role;

-- So that texts go in time while no collector runs, too.
create function public.keep_text_for(days double precision) returns boolean
language plpgsql
set search_path = ''
as $$
begin
  if to_regprocedure('cron.schedule(text,text,text)') is null then
    return false;
  end if;
  execute 'select cron.schedule($1, $2, $3)' using 'crowdtape text', '23 3 * * *',
    format('select public.drop_old_text(now() - make_interval(secs => %s))', days * 86400);
  return true;
exception when insufficient_privilege then
  return false;
end
$$;
comment on function public.keep_text_for is 'has pg_cron drop titles and texts of more than so many days, each day at 3:23; false where there is no pg_cron';
revoke all on function public.keep_text_for from public, anon, authenticated;
grant execute on function public.keep_text_for to service_role;
