-- What could not be read in the last 7 days, and why?
-- Units: rows
-- Zone: UTC
-- Who: service_role
select source, reason, rejects, first_at, last_at, last_place from rejects_by_reason order by rejects desc;
