-- What a battery held of its charge, by device and week (its Monday, in days since 1970):
-- a row where an inventory brought another capacity than before. Of devices that are
-- here already, the last inventory still held when they were heard of last.
CREATE TABLE battery_weeks (
    device     bigint NOT NULL REFERENCES devices,
    week       bigint NOT NULL CHECK ((week + 3) % 7 = 0),
    full_mwh   bigint NOT NULL CHECK (full_mwh > 0),
    design_mwh bigint NOT NULL CHECK (design_mwh > 0),
    cycles     bigint NOT NULL, -- 0: not known
    PRIMARY KEY (device, week)
);
INSERT INTO battery_weeks (device, week, full_mwh, design_mwh, cycles)
SELECT id, last_seen / 86400 - (last_seen / 86400 + 3) % 7, CAST(told ->> 'battery_full_mwh' AS bigint), CAST(told ->> 'battery_design_mwh' AS bigint), CAST(coalesce(told ->> 'battery_cycles', '0') AS bigint)
FROM (SELECT id, last_seen, CAST(inventory AS jsonb) AS told FROM devices WHERE last_seen IS NOT NULL) AS heard
WHERE CAST(told ->> 'battery_full_mwh' AS bigint) > 0 AND CAST(told ->> 'battery_design_mwh' AS bigint) > 0;

-- Where an erased device went when it left: shares of reuse count it still.
ALTER TABLE erased_devices ADD COLUMN retired_to text COLLATE "C" NOT NULL DEFAULT '';
