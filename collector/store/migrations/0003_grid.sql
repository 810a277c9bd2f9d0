-- What burning fuel emitted for each kWh produced, by half hour of UTC, as fetched
-- from éco2mix: in gCO2, without the life cycle. No row: not known.
CREATE TABLE grid_half_hours (
    territory        TEXT    NOT NULL,
    start            INTEGER NOT NULL CHECK (start % 1800 = 0),
    g_per_kwh_direct REAL    NOT NULL CHECK (g_per_kwh_direct > 0),
    PRIMARY KEY (territory, start)
) STRICT, WITHOUT ROWID;
