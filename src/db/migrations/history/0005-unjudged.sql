-- Runs with rows that the rules of their project have not seen. Noted with the rows, so that a rule misses none that was
-- acknowledged; only of runs in projects that have rules.
CREATE TABLE unjudged (
  run_id INTEGER PRIMARY KEY,
  turn INTEGER NOT NULL           -- grows with every append until it is judged
) STRICT;
