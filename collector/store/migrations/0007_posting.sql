-- Reports are acknowledged when they are in the journal or in the sums; the journal is
-- posted: its windows go to the tables below, in one transaction with its deletion
-- (docs/ledger.md). Windows are packed (collector/ledger/pack). A month is its first day.

-- Reports that were acknowledged and are not in the sums yet. That the device is there
-- was asked in the same transaction; to ask again would cost each report.
CREATE TABLE journal (
    id              INTEGER PRIMARY KEY,
    device          INTEGER NOT NULL,
    received        INTEGER NOT NULL,
    agent           TEXT    NOT NULL,
    dropped_windows INTEGER NOT NULL,
    newest          INTEGER NOT NULL, -- the start of its newest window
    send            INTEGER NOT NULL, -- 1: on to the time series data base, once it is posted
    windows         BLOB    NOT NULL
) STRICT;

-- How often any device was retired or returned, moved, given another secret or deleted:
-- while it stays the same, what is remembered of who may report is right.
CREATE TABLE identity_changes (
    n INTEGER NOT NULL
) STRICT;
INSERT INTO identity_changes (n) VALUES (0);
CREATE TRIGGER identity_changes_of_update AFTER UPDATE OF secret_sha256, retired, site ON devices
WHEN OLD.secret_sha256 IS NOT NEW.secret_sha256 OR OLD.site <> NEW.site OR (OLD.retired IS NULL) <> (NEW.retired IS NULL)
BEGIN UPDATE identity_changes SET n = n + 1; END;
CREATE TRIGGER identity_changes_of_delete AFTER DELETE ON devices BEGIN UPDATE identity_changes SET n = n + 1; END;

-- When the latest report came, by the collector's clock of then, to a minute: a clock
-- that is behind it has gone back.
CREATE TABLE latest_report (
    "only" INTEGER PRIMARY KEY CHECK ("only" = 1),
    at   INTEGER NOT NULL
) STRICT;
INSERT INTO latest_report ("only", at) SELECT 1, max(last_seen) FROM devices WHERE last_seen IS NOT NULL HAVING max(last_seen) IS NOT NULL;

-- Windows of a device by the day of UTC that they start on, which no configuration
-- changes. A row longer than a kilobyte would overflow without rowids.
CREATE TABLE device_windows (
    day     INTEGER NOT NULL,
    site    INTEGER NOT NULL,
    device  INTEGER NOT NULL REFERENCES devices,
    windows BLOB    NOT NULL,
    PRIMARY KEY (day, site, device)
) STRICT;

-- Of windows that are kept no longer, when they started, by month of UTC: one that
-- comes again is a repeat, one that never came is not.
CREATE TABLE device_starts (
    month  INTEGER NOT NULL,
    site   INTEGER NOT NULL,
    device INTEGER NOT NULL REFERENCES devices,
    starts BLOB    NOT NULL,
    PRIMARY KEY (month, site, device)
) STRICT, WITHOUT ROWID;

-- Months of which not even the starts are known any more: whatever starts in one of
-- them is taken for a repeat.
CREATE TABLE forgotten_starts (
    month  INTEGER NOT NULL,
    site   INTEGER NOT NULL,
    device INTEGER NOT NULL REFERENCES devices,
    until  INTEGER NOT NULL, -- the latest end of these windows
    PRIMARY KEY (month, site, device)
) STRICT, WITHOUT ROWID;

-- The start of the newest window that was ever filed: a later one is new.
ALTER TABLE devices ADD COLUMN newest_window INTEGER NOT NULL DEFAULT 0;

ALTER TABLE device_days RENAME TO device_days_before;
ALTER TABLE site_days RENAME TO site_days_before;
ALTER TABLE outbox RENAME TO outbox_before;
DROP INDEX outbox_by_window;

-- The facts of a device and a local day: footprint.Facts, by footprint.FactNames. Time
-- comes first in every key: what changes today lies together.
CREATE TABLE device_days (
    day             INTEGER NOT NULL,
    site            INTEGER NOT NULL,
    device          INTEGER NOT NULL REFERENCES devices,
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
    PRIMARY KEY (day, site, device)
) STRICT, WITHOUT ROWID;

-- The sums of device_days by month.
CREATE TABLE device_months (
    month           INTEGER NOT NULL,
    site            INTEGER NOT NULL,
    device          INTEGER NOT NULL REFERENCES devices,
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
    PRIMARY KEY (month, site, device)
) STRICT, WITHOUT ROWID;

-- The sums of device_days, and of erased_days, over a site's devices of a product and
-- population.
CREATE TABLE site_days (
    day             INTEGER NOT NULL,
    site            INTEGER NOT NULL REFERENCES sites,
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
    PRIMARY KEY (day, site, product, population)
) STRICT, WITHOUT ROWID;

-- The sums of site_days by month.
CREATE TABLE site_months (
    month           INTEGER NOT NULL,
    site            INTEGER NOT NULL REFERENCES sites,
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
    PRIMARY KEY (month, site, product, population)
) STRICT, WITHOUT ROWID;

-- The sums of site_months over an organisation's sites.
CREATE TABLE organisation_months (
    month           INTEGER NOT NULL,
    organisation    INTEGER NOT NULL REFERENCES organisations,
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
    PRIMARY KEY (month, organisation, product, population)
) STRICT, WITHOUT ROWID;

-- Posted windows that the time series data base has not accepted yet, in the order of
-- their posting; the first so many of a row were sent. Running totals tell how much
-- lies between two rows without reading what does.
CREATE TABLE outbox (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    device        INTEGER NOT NULL REFERENCES devices,
    sent          INTEGER NOT NULL DEFAULT 0,
    windows       BLOB    NOT NULL,
    total_windows INTEGER NOT NULL,
    total_b       INTEGER NOT NULL
) STRICT;

-- Days of device_windows that are to be sent as a whole, because the outbox grew too
-- long to keep them apart; since when.
CREATE TABLE unsent_days (
    day    INTEGER NOT NULL,
    site   INTEGER NOT NULL,
    device INTEGER NOT NULL REFERENCES devices,
    since  INTEGER NOT NULL,
    PRIMARY KEY (day, site, device)
) STRICT, WITHOUT ROWID;

-- Sums are carried over row by row: that needs no memory, however many there are.
INSERT INTO device_days (day, site, device, windows, off_ms, suspended_ms, metered_ms, metered_uj, part_ms, part_uj, load0_ms, load1_ms, load2_ms, load3_ms, load4_ms, cpu_busy_ms, cpu_capacity_ms, mem_mib_s, net_rx_b, net_tx_b, disk_read_b, disk_write_b, agent_cpu_ms, agent_tx_b)
SELECT x.day, d.site, x.device, x.windows, x.off_ms, x.suspended_ms, x.metered_ms, x.metered_uj, x.part_ms, x.part_uj, x.load0_ms, x.load1_ms, x.load2_ms, x.load3_ms, x.load4_ms, x.cpu_busy_ms, x.cpu_capacity_ms, x.mem_mib_s, x.net_rx_b, x.net_tx_b, x.disk_read_b, x.disk_write_b, x.agent_cpu_ms, x.agent_tx_b FROM device_days_before x JOIN devices d ON d.id = x.device;
INSERT INTO device_months (month, site, device, windows, off_ms, suspended_ms, metered_ms, metered_uj, part_ms, part_uj, load0_ms, load1_ms, load2_ms, load3_ms, load4_ms, cpu_busy_ms, cpu_capacity_ms, mem_mib_s, net_rx_b, net_tx_b, disk_read_b, disk_write_b, agent_cpu_ms, agent_tx_b)
SELECT CAST(julianday(date(x.day * 86400, 'unixepoch', 'start of month')) - 2440587.5 AS INTEGER), x.site, x.device, x.windows, x.off_ms, x.suspended_ms, x.metered_ms, x.metered_uj, x.part_ms, x.part_uj, x.load0_ms, x.load1_ms, x.load2_ms, x.load3_ms, x.load4_ms, x.cpu_busy_ms, x.cpu_capacity_ms, x.mem_mib_s, x.net_rx_b, x.net_tx_b, x.disk_read_b, x.disk_write_b, x.agent_cpu_ms, x.agent_tx_b FROM device_days x WHERE true
ON CONFLICT (month, site, device) DO UPDATE SET windows = device_months.windows + excluded.windows, off_ms = device_months.off_ms + excluded.off_ms, suspended_ms = device_months.suspended_ms + excluded.suspended_ms, metered_ms = device_months.metered_ms + excluded.metered_ms, metered_uj = device_months.metered_uj + excluded.metered_uj, part_ms = device_months.part_ms + excluded.part_ms, part_uj = device_months.part_uj + excluded.part_uj, load0_ms = device_months.load0_ms + excluded.load0_ms, load1_ms = device_months.load1_ms + excluded.load1_ms, load2_ms = device_months.load2_ms + excluded.load2_ms, load3_ms = device_months.load3_ms + excluded.load3_ms, load4_ms = device_months.load4_ms + excluded.load4_ms, cpu_busy_ms = device_months.cpu_busy_ms + excluded.cpu_busy_ms, cpu_capacity_ms = device_months.cpu_capacity_ms + excluded.cpu_capacity_ms, mem_mib_s = device_months.mem_mib_s + excluded.mem_mib_s, net_rx_b = device_months.net_rx_b + excluded.net_rx_b, net_tx_b = device_months.net_tx_b + excluded.net_tx_b, disk_read_b = device_months.disk_read_b + excluded.disk_read_b, disk_write_b = device_months.disk_write_b + excluded.disk_write_b, agent_cpu_ms = device_months.agent_cpu_ms + excluded.agent_cpu_ms, agent_tx_b = device_months.agent_tx_b + excluded.agent_tx_b;
INSERT INTO site_days (day, site, product, population, windows, off_ms, suspended_ms, metered_ms, metered_uj, part_ms, part_uj, load0_ms, load1_ms, load2_ms, load3_ms, load4_ms, cpu_busy_ms, cpu_capacity_ms, mem_mib_s, net_rx_b, net_tx_b, disk_read_b, disk_write_b, agent_cpu_ms, agent_tx_b)
SELECT day, site, product, population, windows, off_ms, suspended_ms, metered_ms, metered_uj, part_ms, part_uj, load0_ms, load1_ms, load2_ms, load3_ms, load4_ms, cpu_busy_ms, cpu_capacity_ms, mem_mib_s, net_rx_b, net_tx_b, disk_read_b, disk_write_b, agent_cpu_ms, agent_tx_b FROM site_days_before;
INSERT INTO site_months (month, site, product, population, windows, off_ms, suspended_ms, metered_ms, metered_uj, part_ms, part_uj, load0_ms, load1_ms, load2_ms, load3_ms, load4_ms, cpu_busy_ms, cpu_capacity_ms, mem_mib_s, net_rx_b, net_tx_b, disk_read_b, disk_write_b, agent_cpu_ms, agent_tx_b)
SELECT CAST(julianday(date(x.day * 86400, 'unixepoch', 'start of month')) - 2440587.5 AS INTEGER), x.site, x.product, x.population, x.windows, x.off_ms, x.suspended_ms, x.metered_ms, x.metered_uj, x.part_ms, x.part_uj, x.load0_ms, x.load1_ms, x.load2_ms, x.load3_ms, x.load4_ms, x.cpu_busy_ms, x.cpu_capacity_ms, x.mem_mib_s, x.net_rx_b, x.net_tx_b, x.disk_read_b, x.disk_write_b, x.agent_cpu_ms, x.agent_tx_b FROM site_days x WHERE true
ON CONFLICT (month, site, product, population) DO UPDATE SET windows = site_months.windows + excluded.windows, off_ms = site_months.off_ms + excluded.off_ms, suspended_ms = site_months.suspended_ms + excluded.suspended_ms, metered_ms = site_months.metered_ms + excluded.metered_ms, metered_uj = site_months.metered_uj + excluded.metered_uj, part_ms = site_months.part_ms + excluded.part_ms, part_uj = site_months.part_uj + excluded.part_uj, load0_ms = site_months.load0_ms + excluded.load0_ms, load1_ms = site_months.load1_ms + excluded.load1_ms, load2_ms = site_months.load2_ms + excluded.load2_ms, load3_ms = site_months.load3_ms + excluded.load3_ms, load4_ms = site_months.load4_ms + excluded.load4_ms, cpu_busy_ms = site_months.cpu_busy_ms + excluded.cpu_busy_ms, cpu_capacity_ms = site_months.cpu_capacity_ms + excluded.cpu_capacity_ms, mem_mib_s = site_months.mem_mib_s + excluded.mem_mib_s, net_rx_b = site_months.net_rx_b + excluded.net_rx_b, net_tx_b = site_months.net_tx_b + excluded.net_tx_b, disk_read_b = site_months.disk_read_b + excluded.disk_read_b, disk_write_b = site_months.disk_write_b + excluded.disk_write_b, agent_cpu_ms = site_months.agent_cpu_ms + excluded.agent_cpu_ms, agent_tx_b = site_months.agent_tx_b + excluded.agent_tx_b;
INSERT INTO organisation_months (month, organisation, product, population, windows, off_ms, suspended_ms, metered_ms, metered_uj, part_ms, part_uj, load0_ms, load1_ms, load2_ms, load3_ms, load4_ms, cpu_busy_ms, cpu_capacity_ms, mem_mib_s, net_rx_b, net_tx_b, disk_read_b, disk_write_b, agent_cpu_ms, agent_tx_b)
SELECT x.month, s.organisation, x.product, x.population, x.windows, x.off_ms, x.suspended_ms, x.metered_ms, x.metered_uj, x.part_ms, x.part_uj, x.load0_ms, x.load1_ms, x.load2_ms, x.load3_ms, x.load4_ms, x.cpu_busy_ms, x.cpu_capacity_ms, x.mem_mib_s, x.net_rx_b, x.net_tx_b, x.disk_read_b, x.disk_write_b, x.agent_cpu_ms, x.agent_tx_b FROM site_months x JOIN sites s ON s.id = x.site WHERE true
ON CONFLICT (month, organisation, product, population) DO UPDATE SET windows = organisation_months.windows + excluded.windows, off_ms = organisation_months.off_ms + excluded.off_ms, suspended_ms = organisation_months.suspended_ms + excluded.suspended_ms, metered_ms = organisation_months.metered_ms + excluded.metered_ms, metered_uj = organisation_months.metered_uj + excluded.metered_uj, part_ms = organisation_months.part_ms + excluded.part_ms, part_uj = organisation_months.part_uj + excluded.part_uj, load0_ms = organisation_months.load0_ms + excluded.load0_ms, load1_ms = organisation_months.load1_ms + excluded.load1_ms, load2_ms = organisation_months.load2_ms + excluded.load2_ms, load3_ms = organisation_months.load3_ms + excluded.load3_ms, load4_ms = organisation_months.load4_ms + excluded.load4_ms, cpu_busy_ms = organisation_months.cpu_busy_ms + excluded.cpu_busy_ms, cpu_capacity_ms = organisation_months.cpu_capacity_ms + excluded.cpu_capacity_ms, mem_mib_s = organisation_months.mem_mib_s + excluded.mem_mib_s, net_rx_b = organisation_months.net_rx_b + excluded.net_rx_b, net_tx_b = organisation_months.net_tx_b + excluded.net_tx_b, disk_read_b = organisation_months.disk_read_b + excluded.disk_read_b, disk_write_b = organisation_months.disk_write_b + excluded.disk_write_b, agent_cpu_ms = organisation_months.agent_cpu_ms + excluded.agent_cpu_ms, agent_tx_b = organisation_months.agent_tx_b + excluded.agent_tx_b;
DROP TABLE site_days_before;

-- What is left of before are windows, window_energy, outbox_before, purge_gaps,
-- device_days_before and devices.purged_until: the program packs windows and what is
-- remembered of them (store/windows.go), and drops all of these.
