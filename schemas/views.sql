-- Views, for people who look with sqlite3 (docs/database.md).  They are made
-- anew with each change of the tables.

-- What was committed, the newest first.
CREATE VIEW v_history AS
SELECT generation, at, user, origin, changes AS objects, comment
FROM commit_log
ORDER BY generation DESC;

-- Each line that a commit took away and put in its place; of an object that
-- came or went, all that it had.
CREATE VIEW v_changes AS
SELECT generation, at, user, path,
    CASE WHEN setting IS NULL THEN old || ' ' || old_values ELSE old END AS old,
    CASE WHEN setting IS NULL THEN new || ' ' || new_values ELSE new END AS new
FROM change JOIN commit_log USING (generation)
ORDER BY generation DESC, position;

-- Who touched it last?  setting is NULL for the object as a whole.
CREATE VIEW v_last_change AS
SELECT path, setting, max(generation) AS generation, at, user, comment
FROM change JOIN commit_log USING (generation)
GROUP BY path, setting;

-- What an empty column means is in docs/reference/configuration.md: the
-- default.
CREATE VIEW v_tunnels AS
SELECT name, virtual_router, coalesce(transport_vr, virtual_router) AS transport,
    coalesce(signaling, 'isakmp') AS signaling, ip_address, ip_mask,
    coalesce(source_address, source_identity) AS source,
    coalesce(destination_address, destination_identity) AS destination,
    coalesce(backup_destination_address, backup_destination_identity) AS backup,
    transform_set, mtu, coalesce(shutdown, 0) AS shutdown, description
FROM tunnel
ORDER BY virtual_router, name;

-- A row for each transform set, with how many tunnels use it.
CREATE VIEW v_transform_sets AS
SELECT name, transforms,
    (SELECT count(*) FROM tunnel WHERE transform_set = transform_set.name)
        AS tunnels
FROM transform_set
ORDER BY name;

CREATE VIEW v_interfaces AS
SELECT virtual_router, type || ' ' || location AS interface,
    ip_address, ip_mask, coalesce(shutdown, 0) AS shutdown, description
FROM interface
UNION ALL
SELECT virtual_router, 'tunnel ipsec:' || name,
    ip_address, ip_mask, coalesce(shutdown, 0), description
FROM tunnel
ORDER BY virtual_router, interface;

CREATE VIEW v_routes AS
SELECT virtual_router, prefix, mask,
    coalesce(next_hop, out_type || ' ' || out_location,
        'tunnel ipsec:' || out_tunnel) AS next, coalesce(distance, 1) AS distance
FROM route
ORDER BY virtual_router, prefix, mask;
