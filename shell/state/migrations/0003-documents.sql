-- Contents that entries of the ledger name by their hash: SHA-256 of the content, 64 digits.
CREATE TABLE documents (
    hash TEXT PRIMARY KEY CHECK (length(hash) = 64),
    kind TEXT NOT NULL,
    content TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Against a replacement, too: that deletes without asking the trigger below.
CREATE TRIGGER documents_replace_nothing BEFORE INSERT ON documents
WHEN EXISTS (SELECT 1 FROM documents WHERE hash = NEW.hash)
BEGIN SELECT RAISE(ABORT, 'a document is kept once'); END;

CREATE TRIGGER documents_change_nothing BEFORE UPDATE ON documents
BEGIN SELECT RAISE(ABORT, 'a document never changes'); END;

CREATE TRIGGER documents_lose_nothing BEFORE DELETE ON documents
BEGIN SELECT RAISE(ABORT, 'a document is never deleted'); END;
