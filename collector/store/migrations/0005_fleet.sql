-- Products have the size of their screen and their weight, as purchase lists give
-- them: both tell what making one emitted. 0 is not known. SQLite widens a unique
-- key by a new table only; numbers stay, so whoever refers to a product still does.
CREATE TABLE products_sized (
    id         INTEGER PRIMARY KEY,
    category   TEXT    NOT NULL,
    maker      TEXT    NOT NULL,
    model      TEXT    NOT NULL,
    cpu        TEXT    NOT NULL,
    memory_gib INTEGER NOT NULL,
    storage_gb INTEGER NOT NULL,
    screen_in  REAL    NOT NULL DEFAULT 0,
    weight_kg  REAL    NOT NULL DEFAULT 0,
    UNIQUE (category, maker, model, cpu, memory_gib, storage_gb, screen_in, weight_kg)
) STRICT;
INSERT INTO products_sized (id, category, maker, model, cpu, memory_gib, storage_gb)
SELECT id, category, maker, model, cpu, memory_gib, storage_gb FROM products;
DROP TABLE products;
ALTER TABLE products_sized RENAME TO products;

-- What a purchase list knows of a device and its agent does not.
ALTER TABLE devices ADD COLUMN screen_in REAL NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN weight_kg REAL NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN price_cents INTEGER NOT NULL DEFAULT 0; -- 0: not known
ALTER TABLE devices ADD COLUMN acquisition TEXT NOT NULL DEFAULT '' CHECK (acquisition IN ('', 'new', 'reconditioned', 'donated', 'leased'));
ALTER TABLE devices ADD COLUMN retired_to TEXT NOT NULL DEFAULT '' CHECK (retired_to IN ('', 'reuse', 'recycling', 'lost'));
-- A hash of the serial number under the data folder's key, to know a device again.
ALTER TABLE devices ADD COLUMN serial BLOB;
CREATE INDEX devices_by_serial ON devices (serial) WHERE serial IS NOT NULL;

-- Who did what: written with the act, never changed after.
CREATE TABLE audit (
    id      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    who     TEXT    NOT NULL,
    what    TEXT    NOT NULL,
    object  TEXT    NOT NULL,
    details TEXT    NOT NULL
) STRICT;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_not_shortened BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
