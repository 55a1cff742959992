-- Who a user is for an identity provider: the first of its accounts that came with their name. Another one with that name is not them.
CREATE TABLE identities (
    user TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    bound TEXT NOT NULL,
    PRIMARY KEY (user, issuer),
    UNIQUE (issuer, subject)
) STRICT, WITHOUT ROWID;
