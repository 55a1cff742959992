-- What programs were answered that sent an Idempotency-Key, so that the same is not done twice. Kept for a day.
CREATE TABLE answers (
    user TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    key TEXT NOT NULL,
    -- SHA-256 of what was asked.
    asked TEXT NOT NULL CHECK (length(asked) = 64),
    begun TEXT NOT NULL,
    -- Both are missing until it is answered.
    status INTEGER,
    answer TEXT,
    PRIMARY KEY (user, key),
    CHECK ((status IS NULL) = (answer IS NULL))
) STRICT, WITHOUT ROWID;
