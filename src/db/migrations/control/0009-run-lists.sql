-- A summary that a run's process streams is stored at once; the index of fields follows within a second, for many together.
ALTER TABLE runs ADD COLUMN summary_indexed INTEGER NOT NULL DEFAULT 1;
CREATE INDEX runs_unindexed ON runs (id) WHERE summary_indexed = 0;

-- The runs that lists show, newest first, and how many they are, without reading the runs themselves.
CREATE INDEX runs_listed ON runs (project_id, created_at, id) WHERE deleted_at IS NULL AND archive_of IS NULL;
DROP INDEX runs_by_creation;
-- Whether a key has other values than numbers and texts, and which.
CREATE INDEX run_fields_others ON run_fields (project_id, section, key, kind, number, run_id)
  WHERE kind NOT IN ('number', 'text');
