-- Supabase brings these roles; a plain PostgreSQL and the embedded one do not.
do $$
declare
  wanted text;
begin
  foreach wanted in array array['anon', 'authenticated', 'service_role'] loop
    if not exists (select from pg_roles where rolname = wanted) then
      execute format('create role %I nologin noinherit', wanted);
    end if;
  end loop;
end
$$;

-- Day partitions live apart, so that an API that exposes `public` shows the parents only.
create schema if not exists partitions;
revoke all on schema partitions from public;
grant usage on schema public to anon, authenticated, service_role;
