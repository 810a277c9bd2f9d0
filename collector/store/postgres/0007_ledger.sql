-- The tables of the ledger: what SQLite has after its migration 0007.
--
-- Nothing here has a row for each report, or one that all reports change. What grows
-- with devices and days is cut by range of days into partitions of a month, which
-- Store.EnsurePartitions makes ahead of time; a day of no partition goes to the one
-- called default, so that none is refused, and moves when its month is made.
--
-- Citus distributes it by site, which every key of a distributed table holds:
--
--   SELECT create_reference_table(t) FROM unnest('{organisations, sites, products, users, sessions, tokens, audit, keys, grid_half_hours, organisation_months}'::regclass[]) t;
--   SELECT create_distributed_table('device_windows', 'site');
--   SELECT create_distributed_table(t, 'site', colocate_with => 'device_windows')
--     FROM unnest('{device_days, device_months, site_days, site_months, month_revisions, unsent_days, erased_days}'::regclass[]) t;
--
-- Two tables stay on the coordinator, whose key has no site: devices, whose name is
-- unique among all sites, and erased_devices. It has not been run on Citus.
-- The tables of days refer to devices by no foreign key for the same reason, and
-- because a report locks its device's row anyway.

-- The windows of a device that start on a local day, packed (collector/ledger/pack).
CREATE TABLE device_windows (
    day     bigint NOT NULL,
    site    bigint NOT NULL,
    device  bigint NOT NULL,
    windows bytea  NOT NULL,
    PRIMARY KEY (day, site, device)
) PARTITION BY RANGE (day);
CREATE TABLE device_windows_default PARTITION OF device_windows DEFAULT;
CREATE INDEX device_windows_by_device ON device_windows (device, day);

-- The facts of a device and a local day: footprint.Facts, by footprint.FactNames.
CREATE TABLE device_days (
    day             bigint NOT NULL,
    site            bigint NOT NULL,
    device          bigint NOT NULL,
    windows         bigint NOT NULL,
    off_ms          bigint NOT NULL,
    suspended_ms    bigint NOT NULL,
    metered_ms      bigint NOT NULL,
    metered_uj      bigint NOT NULL,
    part_ms         bigint NOT NULL,
    part_uj         bigint NOT NULL,
    load0_ms        bigint NOT NULL,
    load1_ms        bigint NOT NULL,
    load2_ms        bigint NOT NULL,
    load3_ms        bigint NOT NULL,
    load4_ms        bigint NOT NULL,
    cpu_busy_ms     bigint NOT NULL,
    cpu_capacity_ms bigint NOT NULL,
    mem_mib_s       bigint NOT NULL,
    net_rx_b        bigint NOT NULL,
    net_tx_b        bigint NOT NULL,
    disk_read_b     bigint NOT NULL,
    disk_write_b    bigint NOT NULL,
    agent_cpu_ms    bigint NOT NULL,
    agent_tx_b      bigint NOT NULL,
    PRIMARY KEY (day, site, device)
) PARTITION BY RANGE (day);
CREATE TABLE device_days_default PARTITION OF device_days DEFAULT;
CREATE INDEX device_days_by_device ON device_days (device, day);

-- Their sums by month, which is its first day.
CREATE TABLE device_months (
    month           bigint NOT NULL,
    site            bigint NOT NULL,
    device          bigint NOT NULL,
    windows         bigint NOT NULL,
    off_ms          bigint NOT NULL,
    suspended_ms    bigint NOT NULL,
    metered_ms      bigint NOT NULL,
    metered_uj      bigint NOT NULL,
    part_ms         bigint NOT NULL,
    part_uj         bigint NOT NULL,
    load0_ms        bigint NOT NULL,
    load1_ms        bigint NOT NULL,
    load2_ms        bigint NOT NULL,
    load3_ms        bigint NOT NULL,
    load4_ms        bigint NOT NULL,
    cpu_busy_ms     bigint NOT NULL,
    cpu_capacity_ms bigint NOT NULL,
    mem_mib_s       bigint NOT NULL,
    net_rx_b        bigint NOT NULL,
    net_tx_b        bigint NOT NULL,
    disk_read_b     bigint NOT NULL,
    disk_write_b    bigint NOT NULL,
    agent_cpu_ms    bigint NOT NULL,
    agent_tx_b      bigint NOT NULL,
    PRIMARY KEY (month, site, device)
) PARTITION BY RANGE (month);
CREATE TABLE device_months_default PARTITION OF device_months DEFAULT;
CREATE INDEX device_months_by_device ON device_months (device, month);

-- The sums of device_days over the devices of a site, product and population.
CREATE TABLE site_days (
    day             bigint NOT NULL,
    site            bigint NOT NULL REFERENCES sites,
    product         bigint NOT NULL REFERENCES products,
    population      text COLLATE "C" NOT NULL,
    windows         bigint NOT NULL,
    off_ms          bigint NOT NULL,
    suspended_ms    bigint NOT NULL,
    metered_ms      bigint NOT NULL,
    metered_uj      bigint NOT NULL,
    part_ms         bigint NOT NULL,
    part_uj         bigint NOT NULL,
    load0_ms        bigint NOT NULL,
    load1_ms        bigint NOT NULL,
    load2_ms        bigint NOT NULL,
    load3_ms        bigint NOT NULL,
    load4_ms        bigint NOT NULL,
    cpu_busy_ms     bigint NOT NULL,
    cpu_capacity_ms bigint NOT NULL,
    mem_mib_s       bigint NOT NULL,
    net_rx_b        bigint NOT NULL,
    net_tx_b        bigint NOT NULL,
    disk_read_b     bigint NOT NULL,
    disk_write_b    bigint NOT NULL,
    agent_cpu_ms    bigint NOT NULL,
    agent_tx_b      bigint NOT NULL,
    PRIMARY KEY (day, site, product, population)
);

CREATE TABLE site_months (
    month           bigint NOT NULL,
    site            bigint NOT NULL REFERENCES sites,
    product         bigint NOT NULL REFERENCES products,
    population      text COLLATE "C" NOT NULL,
    windows         bigint NOT NULL,
    off_ms          bigint NOT NULL,
    suspended_ms    bigint NOT NULL,
    metered_ms      bigint NOT NULL,
    metered_uj      bigint NOT NULL,
    part_ms         bigint NOT NULL,
    part_uj         bigint NOT NULL,
    load0_ms        bigint NOT NULL,
    load1_ms        bigint NOT NULL,
    load2_ms        bigint NOT NULL,
    load3_ms        bigint NOT NULL,
    load4_ms        bigint NOT NULL,
    cpu_busy_ms     bigint NOT NULL,
    cpu_capacity_ms bigint NOT NULL,
    mem_mib_s       bigint NOT NULL,
    net_rx_b        bigint NOT NULL,
    net_tx_b        bigint NOT NULL,
    disk_read_b     bigint NOT NULL,
    disk_write_b    bigint NOT NULL,
    agent_cpu_ms    bigint NOT NULL,
    agent_tx_b      bigint NOT NULL,
    PRIMARY KEY (month, site, product, population)
);

CREATE TABLE organisation_months (
    month           bigint NOT NULL,
    organisation    bigint NOT NULL REFERENCES organisations,
    product         bigint NOT NULL REFERENCES products,
    population      text COLLATE "C" NOT NULL,
    windows         bigint NOT NULL,
    off_ms          bigint NOT NULL,
    suspended_ms    bigint NOT NULL,
    metered_ms      bigint NOT NULL,
    metered_uj      bigint NOT NULL,
    part_ms         bigint NOT NULL,
    part_uj         bigint NOT NULL,
    load0_ms        bigint NOT NULL,
    load1_ms        bigint NOT NULL,
    load2_ms        bigint NOT NULL,
    load3_ms        bigint NOT NULL,
    load4_ms        bigint NOT NULL,
    cpu_busy_ms     bigint NOT NULL,
    cpu_capacity_ms bigint NOT NULL,
    mem_mib_s       bigint NOT NULL,
    net_rx_b        bigint NOT NULL,
    net_tx_b        bigint NOT NULL,
    disk_read_b     bigint NOT NULL,
    disk_write_b    bigint NOT NULL,
    agent_cpu_ms    bigint NOT NULL,
    agent_tx_b      bigint NOT NULL,
    PRIMARY KEY (month, organisation, product, population)
);

-- Months whose figures changed after they were closed: when for the last time, and by
-- how many windows in all. A month is its first day.
CREATE TABLE month_revisions (
    site    bigint NOT NULL REFERENCES sites,
    month   bigint NOT NULL,
    revised bigint NOT NULL,
    windows bigint NOT NULL,
    PRIMARY KEY (site, month)
);

-- Days of devices whose windows the time series data base has yet to be sent.
CREATE TABLE unsent_days (
    day    bigint NOT NULL,
    site   bigint NOT NULL,
    device bigint NOT NULL,
    PRIMARY KEY (day, site, device)
);

-- What remains of devices that were erased: that a product was in service, and the
-- sums of their days. Neither says which device it was.
CREATE TABLE erased_devices (
    id          bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, -- not the device's
    site        bigint NOT NULL REFERENCES sites,
    product     bigint NOT NULL REFERENCES products,
    population  text COLLATE "C" NOT NULL,
    in_service  bigint NOT NULL,
    retired     bigint NOT NULL,
    acquisition text COLLATE "C" NOT NULL DEFAULT ''
);

CREATE TABLE erased_days (
    day             bigint NOT NULL,
    site            bigint NOT NULL REFERENCES sites,
    product         bigint NOT NULL REFERENCES products,
    population      text COLLATE "C" NOT NULL,
    windows         bigint NOT NULL,
    off_ms          bigint NOT NULL,
    suspended_ms    bigint NOT NULL,
    metered_ms      bigint NOT NULL,
    metered_uj      bigint NOT NULL,
    part_ms         bigint NOT NULL,
    part_uj         bigint NOT NULL,
    load0_ms        bigint NOT NULL,
    load1_ms        bigint NOT NULL,
    load2_ms        bigint NOT NULL,
    load3_ms        bigint NOT NULL,
    load4_ms        bigint NOT NULL,
    cpu_busy_ms     bigint NOT NULL,
    cpu_capacity_ms bigint NOT NULL,
    mem_mib_s       bigint NOT NULL,
    net_rx_b        bigint NOT NULL,
    net_tx_b        bigint NOT NULL,
    disk_read_b     bigint NOT NULL,
    disk_write_b    bigint NOT NULL,
    agent_cpu_ms    bigint NOT NULL,
    agent_tx_b      bigint NOT NULL,
    PRIMARY KEY (day, site, product, population)
);

-- Reports that wait to be posted or sent (docs/ledger.md). On PostgreSQL a report is
-- posted at once; a row waits to be sent only.
CREATE TABLE journal (
    id        bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    device    bigint NOT NULL,
    received  bigint NOT NULL,
    agent     text COLLATE "C" NOT NULL,
    dropped   bigint NOT NULL,
    windows   bytea NOT NULL,
    inventory text COLLATE "C"
);
CREATE INDEX journal_by_device ON journal (device);
