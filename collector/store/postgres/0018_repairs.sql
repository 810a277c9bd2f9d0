-- What was repaired of devices, by the local day (in days since 1970): one row for a
-- device, a day and a part. There is no text in it that could name a person.
CREATE TABLE repairs (
    device     bigint NOT NULL REFERENCES devices,
    day        bigint NOT NULL,
    part       text COLLATE "C" NOT NULL,
    outcome    text COLLATE "C" NOT NULL CHECK (outcome IN ('repaired', 'not_repairable')),
    done_by    text COLLATE "C" NOT NULL CHECK (done_by IN ('', 'in_house', 'sent_out', 'warranty')), -- empty: not known
    cost_cents bigint NOT NULL CHECK (cost_cents >= 0), -- 0: not known, or nothing under warranty
    PRIMARY KEY (device, day, part)
);
