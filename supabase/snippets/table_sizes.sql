-- How large are the tables, with partitions and indexes?
-- Units: MB; rows as the planner believes
-- Zone: none
-- Who: service_role
select name, partitions, estimated_rows, round(bytes / 1e6, 1) as mb, round(index_bytes / 1e6, 1) as index_mb
from table_sizes order by bytes desc;
