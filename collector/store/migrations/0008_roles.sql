-- People have one of five roles, and a reach: everything, or the organisations and
-- sites of user_reach. Whoever saw all figures sees them still, as council_viewer.
-- A password is empty for those who sign in at a provider, whom issuer and subject
-- tell apart.
CREATE TABLE users_with_roles (
    id         INTEGER PRIMARY KEY,
    name       TEXT    NOT NULL UNIQUE,
    role       TEXT    NOT NULL CHECK (role IN ('administrator', 'it_manager', 'council_viewer', 'procurement', 'auditor')),
    everything INTEGER NOT NULL DEFAULT 0 CHECK (everything IN (0, 1)),
    password   TEXT    NOT NULL DEFAULT '', -- argon2id, in its usual encoding
    issuer     TEXT,
    subject    TEXT,
    UNIQUE (issuer, subject)
) STRICT;
INSERT INTO users_with_roles (id, name, role, everything, password)
SELECT id, name, CASE role WHEN 'viewer' THEN 'council_viewer' ELSE role END, 1, password FROM users;
DROP TABLE users;
ALTER TABLE users_with_roles RENAME TO users;

CREATE TABLE user_reach (
    person       INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    organisation INTEGER REFERENCES organisations ON DELETE CASCADE,
    site         INTEGER REFERENCES sites ON DELETE CASCADE,
    CHECK ((organisation IS NULL) <> (site IS NULL))
) STRICT;
CREATE INDEX user_reach_by_person ON user_reach (person);

-- The column is no longer called user, which is a word of SQL's own.
CREATE TABLE sessions_of_people (
    sha256  BLOB    PRIMARY KEY,
    person  INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO sessions_of_people (sha256, person, expires) SELECT sha256, user, expires FROM sessions;
DROP TABLE sessions;
ALTER TABLE sessions_of_people RENAME TO sessions;
CREATE INDEX sessions_by_person ON sessions (person);

-- Keys for programs that read the API as a person, with some of its scopes.
CREATE TABLE api_keys (
    id      INTEGER PRIMARY KEY,
    person  INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    name    TEXT    NOT NULL,
    sha256  BLOB    NOT NULL UNIQUE,
    scopes  TEXT    NOT NULL, -- their names, with spaces between
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    revoked INTEGER
) STRICT;
CREATE INDEX api_keys_by_person ON api_keys (person);
