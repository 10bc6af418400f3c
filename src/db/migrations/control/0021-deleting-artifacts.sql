-- Of a team, and of an organization for new ones: whether members delete versions of artifacts that others made.
ALTER TABLE entities ADD COLUMN members_delete_artifacts INTEGER NOT NULL DEFAULT 0;
