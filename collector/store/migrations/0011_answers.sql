-- Answers about large organisations, which take long to compute: shown at once, and
-- computed anew in the background.
CREATE TABLE kept_answers (
    organisation INTEGER NOT NULL REFERENCES organisations ON DELETE CASCADE,
    school_year  INTEGER NOT NULL, -- the calendar year in which it begins
    rules        TEXT    NOT NULL, -- the model, factors and method that it was computed with
    details      TEXT    NOT NULL, -- what else the figures depend on, hashed
    as_of_ms     INTEGER NOT NULL, -- milliseconds since 1970
    took_ms      INTEGER NOT NULL,
    sites        INTEGER NOT NULL, -- and devices: how many the organisation had
    devices      INTEGER NOT NULL,
    body         BLOB    NOT NULL,
    PRIMARY KEY (organisation, school_year)
) STRICT;

-- To count the devices of a site without reading them; with all columns given, each
-- has them in the order of their numbers too, in which they are listed.
DROP INDEX devices_by_site;
CREATE INDEX devices_by_site ON devices (site, retired);
CREATE INDEX devices_by_category ON devices (site, category, retired);
-- To find what was erased at a site.
CREATE INDEX erased_devices_by_site ON erased_devices (site);
