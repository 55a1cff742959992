-- What was applied to this file, and by which text.
CREATE TABLE migrations (
    number INTEGER PRIMARY KEY CHECK (number > 0),
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    applied TEXT NOT NULL
) STRICT;

-- A known text, sealed: it tells whether a key is the right one.
CREATE TABLE key_check (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    sealed BLOB NOT NULL
) STRICT;

-- Accounts that Tenor is let into. Moments are RFC 3339 in UTC.
CREATE TABLE connections (
    name TEXT PRIMARY KEY,
    partition TEXT NOT NULL,
    account TEXT NOT NULL,
    account_kind TEXT NOT NULL CHECK (account_kind IN ('payer', 'member')),
    role TEXT NOT NULL,
    trusted_principal TEXT NOT NULL,
    report_bucket TEXT,
    report_prefix TEXT,
    report_owner TEXT,
    -- 1: only the regions of connection_regions, of which there may be none.
    regions_limited INTEGER NOT NULL CHECK (regions_limited IN (0, 1)),
    -- Sealed for this row.
    external_id BLOB NOT NULL,
    policy_version INTEGER NOT NULL CHECK (policy_version > 0),
    created TEXT NOT NULL,
    verified TEXT,
    CHECK ((report_bucket IS NULL) = (report_prefix IS NULL)),
    CHECK ((report_bucket IS NULL) = (report_owner IS NULL))
) STRICT;

CREATE TABLE connection_regions (
    connection TEXT NOT NULL REFERENCES connections (name) ON DELETE CASCADE,
    region TEXT NOT NULL,
    PRIMARY KEY (connection, region)
) STRICT, WITHOUT ROWID;

CREATE TABLE connection_tiers (
    connection TEXT NOT NULL REFERENCES connections (name) ON DELETE CASCADE,
    tier TEXT NOT NULL,
    PRIMARY KEY (connection, tier)
) STRICT, WITHOUT ROWID;

CREATE TABLE connection_switches (
    connection TEXT NOT NULL REFERENCES connections (name) ON DELETE CASCADE,
    capability TEXT NOT NULL,
    is_on INTEGER NOT NULL CHECK (is_on IN (0, 1)),
    PRIMARY KEY (connection, capability)
) STRICT, WITHOUT ROWID;

-- What the last verification of a connection found, at connections.verified.
CREATE TABLE findings (
    connection TEXT NOT NULL REFERENCES connections (name) ON DELETE CASCADE,
    capability TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('works', 'missing', 'excess', 'not-offered', 'untried')),
    note TEXT NOT NULL,
    PRIMARY KEY (connection, capability)
) STRICT, WITHOUT ROWID;

-- What AWS charges for Tenor's own calls, by month (UTC); exact decimal text.
CREATE TABLE call_costs (
    month TEXT PRIMARY KEY CHECK (month GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]'),
    spent TEXT NOT NULL
) STRICT;
