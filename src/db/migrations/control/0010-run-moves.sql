-- Runs move to other projects. Where a run was before leads to it as long as no other run takes the address.
CREATE TABLE run_addresses (
  project_id INTEGER NOT NULL REFERENCES projects (id),
  name TEXT NOT NULL,
  run_id INTEGER NOT NULL REFERENCES runs (id),
  since INTEGER NOT NULL,
  PRIMARY KEY (project_id, name)
) STRICT;
CREATE INDEX run_addresses_by_run ON run_addresses (run_id);

-- A move is a job: its runs are moved one transaction each, so that it goes on where a crash ended it.
CREATE TABLE moves (
  id INTEGER PRIMARY KEY,
  source_id INTEGER NOT NULL REFERENCES projects (id),
  destination_id INTEGER NOT NULL REFERENCES projects (id),
  artifacts TEXT NOT NULL CHECK (artifacts IN ('move', 'leave')),
  conflicts TEXT NOT NULL CHECK (conflicts IN ('skip', 'rename')),
  moved_by INTEGER REFERENCES accounts (id),
  acting_for INTEGER REFERENCES accounts (id),
  state TEXT NOT NULL CHECK (state IN ('running', 'done', 'undoing', 'undone')),
  created_at INTEGER NOT NULL,
  ended_at INTEGER,
  undone_by INTEGER REFERENCES accounts (id),
  undone_at INTEGER
) STRICT;
CREATE INDEX moves_open ON moves (id) WHERE state IN ('running', 'undoing');
CREATE INDEX moves_by_source ON moves (source_id, id);
CREATE INDEX moves_by_destination ON moves (destination_id, id);
CREATE INDEX moves_by_mover ON moves (moved_by, id);

CREATE TABLE move_runs (
  move_id INTEGER NOT NULL REFERENCES moves (id),
  run_id INTEGER NOT NULL REFERENCES runs (id),
  old_name TEXT NOT NULL,
  new_name TEXT,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'moved', 'skipped', 'back', 'stayed')),
  -- Why it was skipped, or stayed when the move was undone.
  reason TEXT,
  PRIMARY KEY (move_id, run_id)
) STRICT;
CREATE INDEX move_runs_by_state ON move_runs (move_id, state, run_id);

CREATE TABLE move_artifacts (
  move_id INTEGER NOT NULL REFERENCES moves (id),
  artifact_id INTEGER NOT NULL REFERENCES artifacts (id),
  PRIMARY KEY (move_id, artifact_id)
) STRICT;

-- A run that left its sweep behind says where that is.
ALTER TABLE runs ADD COLUMN sweep_project_id INTEGER REFERENCES projects (id);
-- Of an organization: whether runs may leave restricted projects.
ALTER TABLE entities ADD COLUMN moves_from_restricted INTEGER NOT NULL DEFAULT 0;
