-- Who gets the monthly report of an organisation by e-mail.
CREATE TABLE report_subscribers (
    id           INTEGER PRIMARY KEY,
    organisation INTEGER NOT NULL REFERENCES organisations,
    address      TEXT NOT NULL,
    language     TEXT NOT NULL CHECK (language IN ('fr', 'en')),
    created      INTEGER NOT NULL,
    UNIQUE (organisation, address)
) STRICT;

-- The letter of a month (its first day, in days since 1970) to a subscriber: each is
-- sent once. next is the second of the next try of one that waits.
CREATE TABLE report_letters (
    subscriber INTEGER NOT NULL REFERENCES report_subscribers ON DELETE CASCADE,
    month      INTEGER NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'refused')),
    tries      INTEGER NOT NULL DEFAULT 0,
    next       INTEGER NOT NULL,
    sent       INTEGER,
    failure    TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (subscriber, month)
) STRICT, WITHOUT ROWID;
