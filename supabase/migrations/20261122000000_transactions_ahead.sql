-- A database that is restored elsewhere counts its transactions from its own
-- beginning; what the lake holds is known by those of the one before. So that
-- the numbers go on where they ended, a restore says how far it is behind.

create function public.transactions_ahead() returns bigint
language sql immutable parallel safe
as 'select 0::bigint';
comment on function public.transactions_ahead is
  'added to this database''s own transaction numbers: what it counted elsewhere, before it was restored here';

create or replace function public.current_transaction() returns bigint
language sql volatile parallel unsafe
as 'select pg_current_xact_id()::text::bigint + public.transactions_ahead()';
comment on function public.current_transaction is
  'the running transaction''s 64-bit number, above those of every database that this one was restored from';

revoke all on function public.transactions_ahead from public, anon, authenticated;
grant execute on function public.transactions_ahead to service_role;
