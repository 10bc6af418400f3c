-- How long versions are kept, when the bytes of deleted ones were freed, and aliases that only managers move.

ALTER TABLE artifacts ADD COLUMN freed_at INTEGER;
CREATE INDEX artifacts_to_free ON artifacts (id) WHERE state = 'deleted' AND freed_at IS NULL;
CREATE INDEX artifacts_expiring ON artifacts (id) WHERE state = 'committed' AND ttl_seconds > 0;
CREATE INDEX artifacts_by_run ON artifacts (run_id) WHERE run_id IS NOT NULL;

-- The rule of an entity for versions that have none of their own.
CREATE TABLE artifact_lifetimes (
  entity_id INTEGER PRIMARY KEY REFERENCES entities (id),
  ttl_seconds INTEGER NOT NULL
) STRICT;

CREATE TABLE protected_aliases (
  project_id INTEGER NOT NULL REFERENCES projects (id),
  alias TEXT NOT NULL,
  PRIMARY KEY (project_id, alias)
) STRICT;
