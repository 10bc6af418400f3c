-- Reports come in with bundles: kinds of things are known by the program, which grows.
CREATE TABLE things_of_imports (
  import_id INTEGER NOT NULL REFERENCES imports (id),
  kind TEXT NOT NULL,
  origin_id INTEGER NOT NULL,
  old_name TEXT NOT NULL,
  new_name TEXT,
  state TEXT NOT NULL CHECK (state IN ('imported', 'known', 'skipped')),
  reason TEXT,
  PRIMARY KEY (import_id, kind, origin_id, old_name)
) STRICT;
INSERT INTO things_of_imports SELECT import_id, kind, origin_id, old_name, new_name, state, reason FROM import_items;
DROP TABLE import_items;
ALTER TABLE things_of_imports RENAME TO import_items;

CREATE TABLE things_from_elsewhere (
  server TEXT NOT NULL,
  kind TEXT NOT NULL,
  origin_id INTEGER NOT NULL,
  project_id INTEGER NOT NULL REFERENCES projects (id),
  local_id INTEGER NOT NULL,
  digest TEXT NOT NULL,
  is_whole INTEGER NOT NULL,
  PRIMARY KEY (server, kind, origin_id, project_id)
) STRICT;
INSERT INTO things_from_elsewhere SELECT server, kind, origin_id, project_id, local_id, digest, is_whole FROM origins;
DROP TABLE origins;
ALTER TABLE things_from_elsewhere RENAME TO origins;
