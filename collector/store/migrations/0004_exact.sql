-- Before purged_until, the time that no purged window covers, in seconds, the end
-- not included: a window that starts in it was never counted, and is no repeat
-- however late it comes.
CREATE TABLE purge_gaps (
    device INTEGER NOT NULL REFERENCES devices,
    start  INTEGER NOT NULL,
    until  INTEGER NOT NULL CHECK (until > start),
    PRIMARY KEY (device, start)
) STRICT, WITHOUT ROWID;

-- Months whose figures changed after they were closed: when for the last time,
-- and by how many windows in all. A month is its first day.
CREATE TABLE month_revisions (
    site    INTEGER NOT NULL REFERENCES sites,
    month   INTEGER NOT NULL,
    revised INTEGER NOT NULL,
    windows INTEGER NOT NULL,
    PRIMARY KEY (site, month)
) STRICT, WITHOUT ROWID;

-- What remains of devices that were erased: that a product was in service, for the
-- footprint of having made it, and the sums of their days. Neither says which
-- device it was.
CREATE TABLE erased_devices (
    id         INTEGER PRIMARY KEY, -- not the device's
    site       INTEGER NOT NULL REFERENCES sites,
    product    INTEGER NOT NULL REFERENCES products,
    population TEXT    NOT NULL,
    in_service INTEGER NOT NULL,
    retired    INTEGER NOT NULL
) STRICT;

CREATE TABLE erased_days (
    site            INTEGER NOT NULL REFERENCES sites,
    day             INTEGER NOT NULL,
    product         INTEGER NOT NULL REFERENCES products,
    population      TEXT    NOT NULL,
    windows         INTEGER NOT NULL,
    off_ms          INTEGER NOT NULL,
    suspended_ms    INTEGER NOT NULL,
    metered_ms      INTEGER NOT NULL,
    metered_uj      INTEGER NOT NULL,
    part_ms         INTEGER NOT NULL,
    part_uj         INTEGER NOT NULL,
    load0_ms        INTEGER NOT NULL,
    load1_ms        INTEGER NOT NULL,
    load2_ms        INTEGER NOT NULL,
    load3_ms        INTEGER NOT NULL,
    load4_ms        INTEGER NOT NULL,
    cpu_busy_ms     INTEGER NOT NULL,
    cpu_capacity_ms INTEGER NOT NULL,
    mem_mib_s       INTEGER NOT NULL,
    net_rx_b        INTEGER NOT NULL,
    net_tx_b        INTEGER NOT NULL,
    disk_read_b     INTEGER NOT NULL,
    disk_write_b    INTEGER NOT NULL,
    agent_cpu_ms    INTEGER NOT NULL,
    agent_tx_b      INTEGER NOT NULL,
    PRIMARY KEY (site, day, product, population)
) STRICT, WITHOUT ROWID;
