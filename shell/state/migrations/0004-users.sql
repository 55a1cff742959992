-- Who may log in to the web server. Moments are RFC 3339 in UTC; of what is secret there is the SHA-256 alone.
CREATE TABLE users (
    name TEXT PRIMARY KEY,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'analyst', 'approver', 'admin')),
    -- Argon2id in the PHC form; missing until the user has set one.
    password TEXT,
    created TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Links by which a user sets a password, once. One for each user: a newer one takes the place of an older.
CREATE TABLE invitations (
    user TEXT PRIMARY KEY REFERENCES users (name) ON DELETE CASCADE,
    hash TEXT NOT NULL UNIQUE CHECK (length(hash) = 64),
    expires TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Who is logged in, since when, and when they were last seen.
CREATE TABLE sessions (
    hash TEXT PRIMARY KEY CHECK (length(hash) = 64),
    user TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    begun TEXT NOT NULL,
    seen TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_of_users ON sessions (user);

-- Tokens for the API, by their beginning, which may be shown.
CREATE TABLE tokens (
    prefix TEXT PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE CHECK (length(hash) = 64),
    user TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    label TEXT NOT NULL,
    -- Words with a space between.
    scopes TEXT NOT NULL,
    created TEXT NOT NULL,
    expires TEXT NOT NULL
) STRICT, WITHOUT ROWID;
