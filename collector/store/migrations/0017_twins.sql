-- What speaks for two machines that report under the name of one device, as a copied disk
-- does where the agents cannot tell (docs/fleet.md). Of a device that is not here nothing
-- was heard that a lone one would not say.
CREATE TABLE twins (
    device   INTEGER PRIMARY KEY REFERENCES devices ON DELETE CASCADE,
    first    INTEGER NOT NULL, -- when two were seen first, and last, in seconds since 1970
    last     INTEGER NOT NULL,
    times    INTEGER NOT NULL CHECK (times >= 0),    -- how often two were seen
    left_out INTEGER NOT NULL CHECK (left_out >= 0), -- windows that count for nothing: another one stands in their place
    newest   INTEGER NOT NULL -- when the newest of these starts
) STRICT;
