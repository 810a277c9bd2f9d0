-- What a battery held of its charge, by device and week (its Monday, in days since 1970):
-- a row where an inventory brought another capacity than before. Of devices that are
-- here already, the last inventory still held when they were heard of last.
CREATE TABLE battery_weeks (
    device     INTEGER NOT NULL REFERENCES devices,
    week       INTEGER NOT NULL CHECK ((week + 3) % 7 = 0),
    full_mwh   INTEGER NOT NULL CHECK (full_mwh > 0),
    design_mwh INTEGER NOT NULL CHECK (design_mwh > 0),
    cycles     INTEGER NOT NULL, -- 0: not known
    PRIMARY KEY (device, week)
) STRICT, WITHOUT ROWID;
INSERT INTO battery_weeks (device, week, full_mwh, design_mwh, cycles)
SELECT id, last_seen / 86400 - (last_seen / 86400 + 3) % 7, inventory ->> 'battery_full_mwh', inventory ->> 'battery_design_mwh', coalesce(inventory ->> 'battery_cycles', 0)
FROM devices WHERE last_seen IS NOT NULL AND inventory ->> 'battery_full_mwh' > 0 AND inventory ->> 'battery_design_mwh' > 0;

-- Where an erased device went when it left: shares of reuse count it still.
ALTER TABLE erased_devices ADD COLUMN retired_to TEXT NOT NULL DEFAULT '';
