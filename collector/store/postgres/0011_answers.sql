-- Answers about large organisations, which take long to compute: shown at once, and
-- computed anew in the background.
CREATE TABLE kept_answers (
    organisation bigint NOT NULL REFERENCES organisations ON DELETE CASCADE,
    school_year  bigint NOT NULL, -- the calendar year in which it begins
    rules        text COLLATE "C" NOT NULL, -- the model, factors and method that it was computed with
    details      text COLLATE "C" NOT NULL, -- what else the figures depend on, hashed
    as_of_ms     bigint NOT NULL, -- milliseconds since 1970
    took_ms      bigint NOT NULL,
    body         bytea NOT NULL,
    PRIMARY KEY (organisation, school_year)
);

-- To count devices without reading them, and to find what was erased at a site.
CREATE INDEX devices_in_service ON devices (site, category) WHERE retired IS NULL;
CREATE INDEX erased_devices_by_site ON erased_devices (site);
