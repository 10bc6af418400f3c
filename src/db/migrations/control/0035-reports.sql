-- Reports of a project, drafts of them, and workspaces that were kept: what the vendor calls views. The document is kept as it was
-- sent. In the trash they are as runs and projects are.
CREATE TABLE reports (
  id INTEGER PRIMARY KEY,
  project_id INTEGER NOT NULL REFERENCES projects (id),
  kind TEXT NOT NULL CHECK (kind IN ('report', 'draft', 'workspace')),
  name TEXT NOT NULL,
  display_name TEXT NOT NULL,
  description TEXT NOT NULL,
  spec TEXT NOT NULL,
  -- Of a draft: the report that it is a draft of, and the version of that it began from.
  published_id INTEGER REFERENCES reports (id),
  published_version INTEGER,
  -- Counts the changes of its content.
  version INTEGER NOT NULL DEFAULT 1,
  author_id INTEGER REFERENCES accounts (id),
  created_at INTEGER NOT NULL,
  updated_by INTEGER REFERENCES accounts (id),
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER,
  deleted_by INTEGER REFERENCES accounts (id),
  purge_after INTEGER,
  purged_at INTEGER
) STRICT;
CREATE INDEX reports_of_project ON reports (project_id, kind, updated_at, id) WHERE deleted_at IS NULL;
CREATE INDEX drafts_of_report ON reports (published_id) WHERE published_id IS NOT NULL;
CREATE INDEX reports_by_author ON reports (author_id);
CREATE INDEX reports_in_trash ON reports (project_id, deleted_at, id) WHERE deleted_at IS NOT NULL AND purged_at IS NULL;
CREATE INDEX reports_to_purge ON reports (purge_after) WHERE deleted_at IS NOT NULL AND purged_at IS NULL;

-- Links that show a report to whoever holds them. What is in a link follows from its number, the nonce and a signing key of the
-- server; it is kept nowhere.
CREATE TABLE report_links (
  id INTEGER PRIMARY KEY,
  report_id INTEGER NOT NULL REFERENCES reports (id),
  nonce TEXT NOT NULL,
  created_by INTEGER REFERENCES accounts (id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER,
  revoked_by INTEGER REFERENCES accounts (id)
) STRICT;
CREATE INDEX links_of_report ON report_links (report_id);
-- Whose runs a link shows.
CREATE TABLE report_link_projects (
  link_id INTEGER NOT NULL REFERENCES report_links (id) ON DELETE CASCADE,
  project_id INTEGER NOT NULL REFERENCES projects (id),
  PRIMARY KEY (link_id, project_id)
) STRICT;
