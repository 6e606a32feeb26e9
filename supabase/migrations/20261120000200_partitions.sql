-- One partition a day for trades and books, made ahead of the data. Each has row
-- level security and no policy: rows are read through the parent, under its policies.
create function public.ensure_day_partitions(parent text, first_day date, last_day date)
returns integer
language plpgsql
set search_path = ''
as $$
declare
  day date := first_day;
  made integer := 0;
  name text;
begin
  if parent not in ('trades', 'books') then
    raise exception 'table % is not partitioned by day', parent;
  end if;
  while day <= last_day loop
    name := parent || '_' || to_char(day, 'YYYYMMDD');
    if to_regclass('partitions.' || name) is null then
      -- Two collectors may arrive at midnight together.
      perform pg_advisory_xact_lock(hashtext('ensure_day_partitions'));
      if to_regclass('partitions.' || name) is null then
        execute format(
          'create table partitions.%I partition of public.%I for values from (%L) to (%L)',
          name, parent, day::text || ' 00:00:00+00', (day + 1)::text || ' 00:00:00+00');
        execute format('alter table partitions.%I enable row level security', name);
        if parent = 'trades' then
          execute format('alter table partitions.%I add primary key (venue, market, trade_id)', name);
        end if;
        made := made + 1;
      end if;
    end if;
    day := day + 1;
  end loop;
  return made;
end
$$;
revoke all on function public.ensure_day_partitions from public, anon, authenticated;
grant execute on function public.ensure_day_partitions to service_role;

select public.ensure_day_partitions(parent, (now() at time zone 'UTC')::date - 1, (now() at time zone 'UTC')::date + 7)
from unnest(array['trades', 'books']) as parent;
