-- Answers to requests that may be sent again, encrypted by the key that their callers named them with.
CREATE TABLE repeats (
  key_hash BLOB PRIMARY KEY,
  fingerprint BLOB NOT NULL,
  answer BLOB,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX repeats_by_age ON repeats (created_at);
