-- The tables of the ledger: what SQLite has after its migration 0007.
--
-- What grows with devices and days is cut by range of days into partitions of a month, which
-- Store.EnsurePartitions makes ahead of time; a day of no partition goes to the one
-- called default, so that none is refused, and moves when its month is made.
--
-- Citus distributes it by site, which every key of a distributed table holds:
--
--   SELECT create_reference_table(t) FROM unnest('{organisations, sites, products, users, sessions, tokens, audit, keys, grid_half_hours, organisation_months, latest_report}'::regclass[]) t;
--   SELECT create_distributed_table('device_windows', 'site');
--   SELECT create_distributed_table(t, 'site', colocate_with => 'device_windows')
--     FROM unnest('{device_days, device_months, device_starts, forgotten_starts, site_days, site_months, month_revisions, unsent_days, erased_days}'::regclass[]) t;
--
-- Tables of people, keys and answers in later files are reference tables as well.
-- What has no site in its key stays on the coordinator: devices, whose name is unique
-- among all sites, erased_devices, journal and outbox. It has not been run on Citus.
-- Tables by device refer to devices by no foreign key for the same reason, and because
-- a report locks its device's row anyway.

-- The start of the newest window that was ever filed: a later one is new.
ALTER TABLE devices DROP COLUMN purged_until, ADD COLUMN newest_window bigint NOT NULL DEFAULT 0;

-- When the latest report came, by the collector's clock of then, to a minute.
CREATE TABLE latest_report (
    "only" bigint PRIMARY KEY CHECK ("only" = 1), -- quoted: a word of PostgreSQL's
    at   bigint NOT NULL
);

-- Windows of a device, packed (collector/ledger/pack), by the day of UTC that they
-- start on.
CREATE TABLE device_windows (
    day     bigint NOT NULL,
    site    bigint NOT NULL,
    device  bigint NOT NULL,
    windows bytea  NOT NULL,
    PRIMARY KEY (day, site, device)
) PARTITION BY RANGE (day);
CREATE TABLE device_windows_default PARTITION OF device_windows DEFAULT;

-- Of windows that are kept no longer, when they started, by month of UTC: one that
-- comes again is a repeat, one that never came is not.
CREATE TABLE device_starts (
    month  bigint NOT NULL,
    site   bigint NOT NULL,
    device bigint NOT NULL,
    starts bytea  NOT NULL,
    PRIMARY KEY (month, site, device)
) PARTITION BY RANGE (month);
CREATE TABLE device_starts_default PARTITION OF device_starts DEFAULT;

-- Months of which not even the starts are known any more: whatever starts in one of
-- them is taken for a repeat.
CREATE TABLE forgotten_starts (
    month  bigint NOT NULL,
    site   bigint NOT NULL,
    device bigint NOT NULL,
    until  bigint NOT NULL, -- the latest end of these windows
    PRIMARY KEY (month, site, device)
);

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

-- Days of device_windows that are to be sent as a whole, because the outbox grew too
-- long to keep them apart; since when.
CREATE TABLE unsent_days (
    day    bigint NOT NULL,
    site   bigint NOT NULL,
    device bigint NOT NULL,
    since  bigint NOT NULL,
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

-- Posted windows that the time series data base has not accepted yet, in the order of
-- their posting; the first so many of a row were sent.
CREATE TABLE outbox (
    id            bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    device        bigint NOT NULL,
    sent          bigint NOT NULL DEFAULT 0,
    windows       bytea  NOT NULL,
    total_windows bigint NOT NULL,
    total_b       bigint NOT NULL
);

-- Reports that were acknowledged and are not in the sums yet. On PostgreSQL reports
-- are posted at once; the table is here so that both have the same.
CREATE TABLE journal (
    id              bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    device          bigint NOT NULL,
    received        bigint NOT NULL,
    agent           text COLLATE "C" NOT NULL,
    dropped_windows bigint NOT NULL,
    newest          bigint NOT NULL, -- the start of its newest window
    send            bigint NOT NULL, -- 1: on to the time series data base, once it is posted
    windows         bytea  NOT NULL
);
