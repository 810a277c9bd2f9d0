-- Devices under whose name two machines reported at the same time, as a copied disk does
-- where the agents cannot tell (docs/fleet.md). Of a device that is not here nothing of
-- the kind was seen.
CREATE TABLE twins (
    device   INTEGER PRIMARY KEY REFERENCES devices ON DELETE CASCADE,
    first    INTEGER NOT NULL, -- when it was seen first, and last, in seconds since 1970
    last     INTEGER NOT NULL,
    times    INTEGER NOT NULL CHECK (times > 0),     -- how often it was seen
    left_out INTEGER NOT NULL CHECK (left_out >= 0), -- windows that count for nothing: another one stands in their place
    newest   INTEGER NOT NULL  -- start of the newest window that was known when it was seen last
) STRICT;
