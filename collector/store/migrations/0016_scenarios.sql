-- Scenarios that were given a name, of an organisation or of a site. Shares are in whole
-- per cent, as the addresses of their pages have them.
CREATE TABLE scenarios (
    id            INTEGER PRIMARY KEY,
    organisation  INTEGER REFERENCES organisations ON DELETE CASCADE,
    site          INTEGER REFERENCES sites ON DELETE CASCADE,
    name          TEXT    NOT NULL,
    fewer         INTEGER NOT NULL CHECK (fewer BETWEEN 0 AND 100),
    longer_years  INTEGER NOT NULL CHECK (longer_years >= 0),
    reconditioned INTEGER NOT NULL CHECK (reconditioned BETWEEN 0 AND 100),
    off_at_night  INTEGER NOT NULL CHECK (off_at_night BETWEEN 0 AND 100),
    created       INTEGER NOT NULL,
    CHECK ((organisation IS NULL) <> (site IS NULL))
) STRICT;
CREATE UNIQUE INDEX scenarios_by_organisation ON scenarios (organisation, name) WHERE organisation IS NOT NULL;
CREATE UNIQUE INDEX scenarios_by_site ON scenarios (site, name) WHERE site IS NOT NULL;
