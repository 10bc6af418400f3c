-- Deleted projects and teams lie in a trash with all they hold until `purge_after`; then that is freed, and their names are
-- free again.
ALTER TABLE projects ADD COLUMN deleted_by INTEGER REFERENCES accounts (id);
ALTER TABLE projects ADD COLUMN purge_after INTEGER;
ALTER TABLE projects ADD COLUMN purged_at INTEGER;
CREATE INDEX projects_in_trash ON projects (purge_after) WHERE deleted_at IS NOT NULL AND purged_at IS NULL;
ALTER TABLE entities ADD COLUMN deleted_by INTEGER REFERENCES accounts (id);
ALTER TABLE entities ADD COLUMN purge_after INTEGER;
ALTER TABLE entities ADD COLUMN purged_at INTEGER;
CREATE INDEX teams_in_trash ON entities (purge_after) WHERE kind = 'team' AND deleted_at IS NOT NULL AND purged_at IS NULL;
-- Teams that were deleted before there was a term get the usual one.
UPDATE entities SET purge_after = deleted_at + 604800000000 WHERE kind = 'team' AND deleted_at IS NOT NULL;
