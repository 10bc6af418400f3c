-- The summary that a run's process streamed last is kept with the lines it came with; within a second the control plane has it.
CREATE TABLE summaries (
  run_id INTEGER PRIMARY KEY,
  turn INTEGER NOT NULL,          -- grows with every summary of the run: the control plane knows up to which one it has them
  document TEXT,                  -- JSON; NULL once the control plane has it
  is_part INTEGER NOT NULL        -- whether its members go among those that the run has, as of one of several processes
) STRICT;
CREATE INDEX summaries_waiting ON summaries (run_id) WHERE document IS NOT NULL;
