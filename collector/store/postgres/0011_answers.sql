-- Answers about large organisations, which take long to compute: shown at once, and
-- computed anew in the background.
CREATE TABLE kept_answers (
    organisation bigint NOT NULL REFERENCES organisations ON DELETE CASCADE,
    school_year  bigint NOT NULL, -- the calendar year in which it begins
    rules        text COLLATE "C" NOT NULL, -- the model, factors and method that it was computed with
    details      text COLLATE "C" NOT NULL, -- what else the figures depend on, hashed
    as_of_ms     bigint NOT NULL, -- milliseconds since 1970
    took_ms      bigint NOT NULL,
    sites        bigint NOT NULL, -- and devices: how many the organisation had
    devices      bigint NOT NULL,
    body         bytea NOT NULL,
    PRIMARY KEY (organisation, school_year)
);

-- To count the devices of a site without reading them; with all columns given, each
-- has them in the order of their numbers too, in which they are listed.
DROP INDEX devices_by_site;
CREATE INDEX devices_by_site ON devices (site, retired);
CREATE INDEX devices_by_category ON devices (site, category, retired);
-- To find what was erased at a site.
CREATE INDEX erased_devices_by_site ON erased_devices (site);
