-- Who an account is in the operator's directory, by the id that stays when the entry is renamed or moved.

CREATE TABLE directory_identities (
  account_id INTEGER PRIMARY KEY REFERENCES accounts (id),
  directory_id TEXT NOT NULL UNIQUE,
  dn TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL
) STRICT;
