-- When somebody was last recorded to have seen, by their office alone, what an entity holds: once a day.
CREATE TABLE office_entries (
  account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  entity_id INTEGER NOT NULL REFERENCES entities (id) ON DELETE CASCADE,
  day INTEGER NOT NULL, -- since 1970, UTC
  PRIMARY KEY (account_id, entity_id)
) STRICT;
