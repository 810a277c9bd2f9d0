-- What the devices of a site did in each hour of a local day, packed (collector/ledger/hours):
-- of all windows that start before the day of UTC that hours_until tells, and of those
-- that are kept no longer. The rest is added when it is asked for.
CREATE TABLE site_hours (
    day   INTEGER NOT NULL,
    site  INTEGER NOT NULL REFERENCES sites,
    hours BLOB    NOT NULL,
    PRIMARY KEY (day, site)
) STRICT;

CREATE TABLE hours_until (
    site  INTEGER PRIMARY KEY REFERENCES sites,
    until INTEGER NOT NULL, -- a day of UTC
    -- From this local day on the hours of the site add up to its days. Earlier ones may
    -- be of windows that were purged before hours were kept, or whose device moved since.
    whole_from INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO hours_until (site, until, whole_from)
    SELECT id, 0, unixepoch() / 86400 + 2 FROM sites WHERE EXISTS (SELECT 1 FROM device_starts) OR EXISTS (SELECT 1 FROM forgotten_starts);
-- To see without reading it whether a window comes late.
CREATE INDEX hours_until_latest ON hours_until (until);
