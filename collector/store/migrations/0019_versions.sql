-- The models that figures were computed with, one after the other: the version of the
-- formulas, the factors and the method. numbers are those of the factors, packed.
CREATE TABLE models (
    id      INTEGER PRIMARY KEY,
    since   INTEGER NOT NULL, -- second of 1970 in which it was first met
    rules   TEXT    NOT NULL, -- what names all of it
    version INTEGER NOT NULL,
    factors TEXT    NOT NULL,
    method  TEXT    NOT NULL,
    numbers BLOB    NOT NULL
) STRICT;

-- What an organisation's yearly footprint for one pupil, or for one device, of a school
-- year was by a model: when it was computed for the first time and for the last time. So
-- the last one by a model and the first one by the next are of nearly the same data.
CREATE TABLE model_figures (
    model        INTEGER NOT NULL REFERENCES models,
    organisation INTEGER NOT NULL REFERENCES organisations ON DELETE CASCADE,
    school_year  INTEGER NOT NULL, -- the calendar year in which it begins
    per          TEXT    NOT NULL CHECK (per IN ('pupil', 'device')),
    keys         TEXT    NOT NULL, -- of the factors behind it, separated by blanks
    first_at     INTEGER NOT NULL, -- seconds since 1970
    first_low    REAL    NOT NULL, -- gCO2e a year
    first_value  REAL    NOT NULL,
    first_high   REAL    NOT NULL,
    last_at      INTEGER NOT NULL,
    last_low     REAL    NOT NULL,
    last_value   REAL    NOT NULL,
    last_high    REAL    NOT NULL,
    PRIMARY KEY (organisation, school_year, model)
) STRICT, WITHOUT ROWID;
