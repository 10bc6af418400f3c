-- Deleted runs lie in a trash with all they have, until `purge_after`; then what they streamed and their files are freed, and
-- their name with them. A locked run cannot be deleted.
ALTER TABLE runs ADD COLUMN locked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN deleted_by INTEGER REFERENCES accounts (id);
ALTER TABLE runs ADD COLUMN purge_after INTEGER;
UPDATE runs SET purge_after = deleted_at WHERE deleted_at IS NOT NULL;
UPDATE runs SET name = '/' || id WHERE purged_at IS NOT NULL;

DROP INDEX runs_to_purge;
CREATE INDEX runs_to_purge ON runs (purge_after) WHERE deleted_at IS NOT NULL AND purged_at IS NULL;
CREATE INDEX runs_in_trash ON runs (project_id, deleted_at, id) WHERE deleted_at IS NOT NULL AND purged_at IS NULL;
