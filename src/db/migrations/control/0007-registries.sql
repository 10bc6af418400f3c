-- Registries: projects of an organization, in which versions of any project are linked for all to find.
ALTER TABLE projects ADD COLUMN registry INTEGER NOT NULL DEFAULT 0;
-- Whether a registry takes versions of any type; else those alone that artifact_types has for it.
ALTER TABLE projects ADD COLUMN any_type INTEGER NOT NULL DEFAULT 1;
UPDATE projects SET registry = 1
 WHERE name LIKE 'wandb-registry-_%' AND entity_id IN (SELECT id FROM entities WHERE kind = 'organization')
   AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.project_id = projects.id)
   AND NOT EXISTS (SELECT 1 FROM artifact_collections WHERE artifact_collections.project_id = projects.id AND kind = 'sequence');

CREATE TABLE registry_members (
  project_id INTEGER NOT NULL REFERENCES projects (id),
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  role TEXT NOT NULL CHECK (role IN ('restricted_viewer', 'viewer', 'member', 'admin')),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, account_id)
) STRICT;
CREATE INDEX registry_members_by_account ON registry_members (account_id);

CREATE TABLE registry_teams (
  project_id INTEGER NOT NULL REFERENCES projects (id),
  team_id INTEGER NOT NULL REFERENCES entities (id),
  role TEXT NOT NULL CHECK (role IN ('restricted_viewer', 'viewer', 'member', 'admin')),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, team_id)
) STRICT;
CREATE INDEX registry_teams_by_team ON registry_teams (team_id);

-- The bytes of small contents, whose blob_key is 'row/' and their SHA-256: one commit puts many of them on the disk.
CREATE TABLE content_bytes (
  content_id INTEGER PRIMARY KEY REFERENCES contents (id) ON DELETE CASCADE,
  bytes BLOB NOT NULL
) STRICT;

-- The orders in which the collections of a project are listed.
CREATE INDEX artifact_collections_by_id ON artifact_collections (project_id, id) WHERE deleted_at IS NULL;
CREATE INDEX artifact_collections_by_creation ON artifact_collections (project_id, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX artifact_collections_by_update ON artifact_collections (project_id, updated_at, id) WHERE deleted_at IS NULL;
