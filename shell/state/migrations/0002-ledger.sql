-- The ledger: an entry a row, in the very bytes that are hashed (docs/spec/ledger.md), without the line's end.
CREATE TABLE ledger (
    sequence INTEGER PRIMARY KEY CHECK (sequence > 0),
    line TEXT NOT NULL
) STRICT;

CREATE TRIGGER ledger_grows_at_its_end BEFORE INSERT ON ledger
WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), 0) + 1 FROM ledger)
BEGIN SELECT RAISE(ABORT, 'the ledger grows at its end alone'); END;

CREATE TRIGGER ledger_changes_nothing BEFORE UPDATE ON ledger
BEGIN SELECT RAISE(ABORT, 'an entry of the ledger never changes'); END;

CREATE TRIGGER ledger_loses_nothing BEFORE DELETE ON ledger
BEGIN SELECT RAISE(ABORT, 'an entry of the ledger is never deleted'); END;

-- Number and hash of the last entry, sealed for this row: who has no key cannot cut the ledger or write it anew.
CREATE TABLE ledger_head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    sealed BLOB NOT NULL
) STRICT;

-- Checkpoints that were signed here, as documents.
CREATE TABLE ledger_checkpoints (
    sequence INTEGER NOT NULL CHECK (sequence > 0),
    key TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (sequence, key)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER ledger_checkpoints_change_nothing BEFORE UPDATE ON ledger_checkpoints
BEGIN SELECT RAISE(ABORT, 'a checkpoint never changes'); END;

CREATE TRIGGER ledger_checkpoints_lose_nothing BEFORE DELETE ON ledger_checkpoints
BEGIN SELECT RAISE(ABORT, 'a checkpoint is never deleted'); END;
