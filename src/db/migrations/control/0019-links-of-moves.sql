-- A move may leave artifacts where they are and link them into the project that the runs go to.
ALTER TABLE moves ADD COLUMN links INTEGER NOT NULL DEFAULT 0;

-- The links that a move made, to be taken back with it; whether the portfolio was made for one.
CREATE TABLE move_links (
  move_id INTEGER NOT NULL REFERENCES moves (id),
  artifact_id INTEGER NOT NULL REFERENCES artifacts (id),
  portfolio_id INTEGER NOT NULL REFERENCES artifact_collections (id),
  made INTEGER NOT NULL,
  PRIMARY KEY (move_id, artifact_id)
) STRICT;
