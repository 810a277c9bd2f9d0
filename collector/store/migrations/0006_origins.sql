-- How an erased device was acquired: what a second-hand one carries is less.
ALTER TABLE erased_devices ADD COLUMN acquisition TEXT NOT NULL DEFAULT '';
