-- What an organisation is; empty is not known.
ALTER TABLE organisations ADD COLUMN kind text COLLATE "C" NOT NULL DEFAULT ''
    CHECK (kind IN ('', 'region', 'departement', 'establishment', 'other'));

-- Where a site is (WGS 84, degrees; both or none), and when it was closed: no device
-- enters it any more, and its past stays.
ALTER TABLE sites
    ADD COLUMN latitude  double precision,
    ADD COLUMN longitude double precision,
    ADD COLUMN closed    bigint;
