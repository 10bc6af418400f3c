-- What runs stream.
CREATE TABLE chunks (
  run_id INTEGER NOT NULL,
  PRIMARY KEY (run_id)
) STRICT;
