-- What tells whether two runs of a project were given the same config; empty for a run without any. NULL until the server has
-- looked at what was logged before.
ALTER TABLE runs ADD COLUMN config_digest BLOB;
CREATE INDEX runs_by_config ON runs (project_id, config_digest) WHERE deleted_at IS NULL AND archive_of IS NULL;
CREATE INDEX runs_without_digest ON runs (id) WHERE config_digest IS NULL;
