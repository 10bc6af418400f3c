-- Pictures of teams, as this server made them of what was sent; entities.avatar is the digest of the one that is shown.
ALTER TABLE entities ADD COLUMN avatar TEXT;
CREATE TABLE avatars (
  entity_id INTEGER PRIMARY KEY REFERENCES entities (id) ON DELETE CASCADE,
  png BLOB NOT NULL
) STRICT;
