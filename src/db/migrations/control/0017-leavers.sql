-- Of an organization: whether everybody in it makes teams, whether people have personal spaces to log to, and whether what
-- somebody's processes send ends with their seat.
ALTER TABLE entities ADD COLUMN members_create_teams INTEGER NOT NULL DEFAULT 0;
ALTER TABLE entities ADD COLUMN personal_spaces INTEGER NOT NULL DEFAULT 1;
ALTER TABLE entities ADD COLUMN cut_runs_of_leavers INTEGER NOT NULL DEFAULT 0;

-- Who a project was handed over to; without that, whoever made it owns it.
ALTER TABLE projects ADD COLUMN owner_id INTEGER REFERENCES accounts (id);

-- What somebody made anywhere, for who is about to lock them out.
CREATE INDEX runs_by_author ON runs (created_by, project_id) WHERE deleted_at IS NULL AND archive_of IS NULL;
