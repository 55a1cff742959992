-- What the server did by its schedule, what it has to tell, and how far it has read. Moments are milliseconds since 1970 in UTC, so that they
-- compare; nothing here is secret.

-- Since when a job is known: what was missed before that is nobody's.
CREATE TABLE jobs (
    job TEXT PRIMARY KEY,
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE job_runs (
    id INTEGER PRIMARY KEY,
    job TEXT NOT NULL,
    -- The moment of the schedule that it answers.
    due INTEGER NOT NULL,
    attempt INTEGER NOT NULL CHECK (attempt >= 1),
    -- Who asked for it; missing where the schedule did.
    asked_by TEXT,
    begun INTEGER NOT NULL,
    ended INTEGER,
    outcome TEXT NOT NULL CHECK (outcome IN ('running', 'done', 'failed', 'broken off')),
    message TEXT NOT NULL CHECK (length(CAST(message AS BLOB)) <= 2048),
    CHECK ((ended IS NULL) = (outcome = 'running'))
) STRICT;

-- Never two of one job at once, whatever processes there are.
CREATE UNIQUE INDEX job_runs_running ON job_runs (job) WHERE outcome = 'running';
CREATE INDEX job_runs_of_jobs ON job_runs (job, id);

-- Backups that the schedule made: of those alone it removes old ones.
CREATE TABLE job_backups (
    path TEXT PRIMARY KEY,
    made INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What is to be told to whom; kept until it is old, so that nobody is told twice.
CREATE TABLE outbox (
    -- SHA-256 of what makes it one message; receivers drop by it what they have already.
    id TEXT PRIMARY KEY CHECK (length(id) = 64),
    target TEXT NOT NULL,
    dedup TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL CHECK (length(CAST(payload AS BLOB)) <= 65536),
    created INTEGER NOT NULL,
    next_attempt INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    delivery TEXT NOT NULL CHECK (delivery IN ('waiting', 'sent', 'given up')),
    said TEXT NOT NULL CHECK (length(CAST(said AS BLOB)) <= 2048),
    UNIQUE (target, dedup, created)
) STRICT, WITHOUT ROWID;

CREATE INDEX outbox_waiting ON outbox (next_attempt) WHERE delivery = 'waiting';

-- How far a reader of the ledger has come: the last entry that it took.
CREATE TABLE cursors (
    name TEXT PRIMARY KEY,
    position INTEGER NOT NULL CHECK (position >= 0)
) STRICT, WITHOUT ROWID;
