-- Which collectors run, and how far are they?
-- Units: seconds since each said that it runs
-- Zone: UTC
-- Who: service_role
select collector, began_at, seen_at, round(extract(epoch from now() - seen_at), 1) as silent, sockets
from collectors order by seen_at desc;
