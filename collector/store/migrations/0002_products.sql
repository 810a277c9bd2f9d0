-- What a device is as a product: devices of one product share factors, and the
-- metered ones among them teach the power of the others. Sums of a site are kept
-- by product. Memory is in whole GiB and storage in steps of 32 GB, because what
-- systems report of equal machines differs a little (report.Inventory.Spec).

CREATE TABLE products (
    id         INTEGER PRIMARY KEY,
    category   TEXT    NOT NULL,
    maker      TEXT    NOT NULL,
    model      TEXT    NOT NULL,
    cpu        TEXT    NOT NULL,
    memory_gib INTEGER NOT NULL,
    storage_gb INTEGER NOT NULL,
    UNIQUE (category, maker, model, cpu, memory_gib, storage_gb)
) STRICT;

INSERT INTO products (category, maker, model, cpu, memory_gib, storage_gb)
SELECT DISTINCT category, coalesce(inventory ->> 'maker', ''), coalesce(inventory ->> 'model', ''), coalesce(inventory ->> 'cpu', ''),
    (coalesce(inventory ->> 'memory_mib', 0) + 1023) / 1024, (coalesce(inventory ->> 'storage_gb', 0) + 16) / 32 * 32
FROM devices;

ALTER TABLE devices ADD COLUMN product INTEGER REFERENCES products;
UPDATE devices SET product = (SELECT id FROM products p
    WHERE p.category = devices.category AND p.maker = coalesce(inventory ->> 'maker', '') AND p.model = coalesce(inventory ->> 'model', '')
        AND p.cpu = coalesce(inventory ->> 'cpu', '') AND p.memory_gib = (coalesce(inventory ->> 'memory_mib', 0) + 1023) / 1024
        AND p.storage_gb = (coalesce(inventory ->> 'storage_gb', 0) + 16) / 32 * 32);

DROP TABLE site_days;

-- The sums of device_days over the devices of a site, product and population.
CREATE TABLE site_days (
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

INSERT INTO site_days
SELECT d.site, x.day, d.product, d.population, sum(windows), sum(off_ms), sum(suspended_ms), sum(metered_ms), sum(metered_uj), sum(part_ms), sum(part_uj),
    sum(load0_ms), sum(load1_ms), sum(load2_ms), sum(load3_ms), sum(load4_ms), sum(cpu_busy_ms), sum(cpu_capacity_ms), sum(mem_mib_s),
    sum(net_rx_b), sum(net_tx_b), sum(disk_read_b), sum(disk_write_b), sum(agent_cpu_ms), sum(agent_tx_b)
FROM device_days x JOIN devices d ON d.id = x.device GROUP BY 1, 2, 3, 4;
