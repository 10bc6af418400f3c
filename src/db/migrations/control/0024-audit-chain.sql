-- Each entry of the audit log carries a digest of itself and of that of the entry before it, so that nobody changes, removes or
-- slips in one unnoticed. How it is made: domain/audit/chain.rs.
ALTER TABLE audit ADD COLUMN digest BLOB NOT NULL DEFAULT x'';

WITH RECURSIVE chained (id, digest) AS (
  SELECT 0, zeroblob(32)
  UNION ALL
  SELECT a.id, sha256(json_array(lower(hex(chained.digest)), a.id, a.at, a.action, a.actor_id, a.acting_for_id, a.address,
                                 a.object_kind, a.object_id, a.object_name, a.details))
    FROM chained JOIN audit a ON a.id = (SELECT MIN(b.id) FROM audit b WHERE b.id > chained.id)
)
UPDATE audit SET digest = chained.digest FROM chained WHERE chained.id = audit.id;

-- The ends of the chain: the entry before the oldest that is kept, 0 if none was given up, and the newest.
CREATE TABLE audit_chain (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  before_id INTEGER NOT NULL,
  before_digest BLOB NOT NULL,
  last_id INTEGER NOT NULL,
  last_digest BLOB NOT NULL
) STRICT;
INSERT INTO audit_chain (id, before_id, before_digest, last_id, last_digest)
SELECT 1, 0, zeroblob(32), COALESCE(newest.id, 0), COALESCE(newest.digest, zeroblob(32))
  FROM (SELECT 1) LEFT JOIN (SELECT id, digest FROM audit ORDER BY id DESC LIMIT 1) newest;

-- What is told of the log elsewhere, and up to which entry it was.
CREATE TABLE audit_outputs (
  name TEXT PRIMARY KEY,
  last_id INTEGER NOT NULL
) STRICT;
