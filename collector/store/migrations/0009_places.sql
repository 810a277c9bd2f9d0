-- What an organisation is; empty is not known.
ALTER TABLE organisations ADD COLUMN kind TEXT NOT NULL DEFAULT '' CHECK (kind IN ('', 'region', 'departement', 'establishment', 'other'));

-- Where a site is (WGS 84, degrees; both or none), and when it was closed: no device
-- enters it any more, and its past stays.
ALTER TABLE sites ADD COLUMN latitude REAL;
ALTER TABLE sites ADD COLUMN longitude REAL;
ALTER TABLE sites ADD COLUMN closed INTEGER;
