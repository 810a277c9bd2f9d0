-- The parts that repairs had fitted to devices that were erased: they were made all the
-- same. Like erased_devices, whose columns it repeats, it does not say to which device.
CREATE TABLE erased_parts (
    id          INTEGER PRIMARY KEY,
    site        INTEGER NOT NULL REFERENCES sites,
    product     INTEGER NOT NULL REFERENCES products,
    population  TEXT    NOT NULL,
    in_service  INTEGER NOT NULL,
    retired     INTEGER NOT NULL,
    acquisition TEXT    NOT NULL,
    day         INTEGER NOT NULL, -- local, in days since 1970
    part        TEXT    NOT NULL
) STRICT;
CREATE INDEX erased_parts_by_site ON erased_parts (site);
