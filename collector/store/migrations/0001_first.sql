-- Instants are seconds since 1970 (UTC), days are local days since 1970-01-01.

CREATE TABLE organisations (
    id        INTEGER PRIMARY KEY,
    name      TEXT    NOT NULL UNIQUE,
    simulated INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE sites (
    id           INTEGER PRIMARY KEY,
    organisation INTEGER NOT NULL REFERENCES organisations,
    name         TEXT    NOT NULL,
    kind         TEXT    NOT NULL CHECK (kind IN ('college', 'lycee', 'other')),
    uai          TEXT    UNIQUE,
    zone         TEXT    NOT NULL DEFAULT '' CHECK (zone IN ('', 'A', 'B', 'C')),
    pupils       INTEGER NOT NULL DEFAULT 0,
    UNIQUE (organisation, name)
) STRICT;

CREATE TABLE devices (
    id              INTEGER PRIMARY KEY,
    name            TEXT    NOT NULL UNIQUE, -- the random identity that agents and pages use
    site            INTEGER NOT NULL REFERENCES sites,
    category        TEXT    NOT NULL,
    population      TEXT    NOT NULL,
    label           TEXT    NOT NULL DEFAULT '',
    inventory       TEXT    NOT NULL DEFAULT '{}', -- JSON, as the agent sent it
    secret_sha256   BLOB,                          -- NULL: no agent
    in_service      INTEGER NOT NULL,
    in_service_from TEXT    NOT NULL CHECK (in_service_from IN ('purchase', 'firmware', 'enrolment')),
    retired         INTEGER,
    last_seen       INTEGER,
    agent           TEXT    NOT NULL DEFAULT '',
    dropped_windows INTEGER NOT NULL DEFAULT 0,
    -- Windows that start up to here have been counted and then purged: one that
    -- comes again is a repeat although it is no longer in the table.
    purged_until    INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX devices_by_site ON devices (site);

CREATE TABLE tokens (
    id         INTEGER PRIMARY KEY,
    site       INTEGER NOT NULL REFERENCES sites,
    population TEXT    NOT NULL,
    sha256     BLOB    NOT NULL UNIQUE,
    created    INTEGER NOT NULL,
    expires    INTEGER NOT NULL,
    uses       INTEGER NOT NULL DEFAULT 0,
    max_uses   INTEGER NOT NULL,
    revoked    INTEGER
) STRICT;

CREATE TABLE users (
    id       INTEGER PRIMARY KEY,
    name     TEXT    NOT NULL UNIQUE,
    role     TEXT    NOT NULL CHECK (role IN ('administrator', 'viewer')),
    password TEXT    NOT NULL -- argon2id, in its usual encoding
) STRICT;

CREATE TABLE sessions (
    sha256  BLOB    PRIMARY KEY,
    user    INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE windows (
    device          INTEGER NOT NULL REFERENCES devices,
    start           INTEGER NOT NULL,
    span_s          INTEGER NOT NULL,
    received        INTEGER NOT NULL,
    off_ms          INTEGER NOT NULL,
    suspended_ms    INTEGER NOT NULL,
    load0_ms        INTEGER NOT NULL,
    load1_ms        INTEGER NOT NULL,
    load2_ms        INTEGER NOT NULL,
    load3_ms        INTEGER NOT NULL,
    load4_ms        INTEGER NOT NULL,
    cpu_busy_ms     INTEGER NOT NULL,
    cpu_capacity_ms INTEGER NOT NULL,
    mem_used_mib    INTEGER NOT NULL,
    net_rx_b        INTEGER NOT NULL,
    net_tx_b        INTEGER NOT NULL,
    disk_read_b     INTEGER NOT NULL,
    disk_write_b    INTEGER NOT NULL,
    agent_cpu_ms    INTEGER NOT NULL,
    agent_tx_b      INTEGER NOT NULL,
    PRIMARY KEY (device, start)
) STRICT, WITHOUT ROWID;

CREATE TABLE window_energy (
    device     INTEGER NOT NULL,
    start      INTEGER NOT NULL,
    source     TEXT    NOT NULL,
    boundary   TEXT    NOT NULL,
    energy_uj  INTEGER NOT NULL,
    covered_ms INTEGER NOT NULL,
    PRIMARY KEY (device, start, source)
) STRICT, WITHOUT ROWID;

-- The facts of a device and a local day: footprint.Facts, by footprint.FactNames.
CREATE TABLE device_days (
    device          INTEGER NOT NULL REFERENCES devices,
    day             INTEGER NOT NULL,
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
    PRIMARY KEY (device, day)
) STRICT, WITHOUT ROWID;

-- The sums of device_days over the devices of a site, category and population.
CREATE TABLE site_days (
    site            INTEGER NOT NULL REFERENCES sites,
    day             INTEGER NOT NULL,
    category        TEXT    NOT NULL,
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
    PRIMARY KEY (site, day, category, population)
) STRICT, WITHOUT ROWID;

-- Windows that the time series data base has not accepted yet, oldest first.
CREATE TABLE outbox (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    device INTEGER NOT NULL,
    start  INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_by_window ON outbox (device, start);
