CREATE TABLE chunks (
  run_id INTEGER NOT NULL,
  stream TEXT NOT NULL,
  writer TEXT NOT NULL,
  first_line INTEGER NOT NULL,
  line_count INTEGER NOT NULL,
  min_step INTEGER NOT NULL,      -- metrics: least and greatest _step; events: milliseconds of _timestamp;
  max_step INTEGER NOT NULL,      -- console: first and last number among the lines of all writers
  lines BLOB NOT NULL, segment_id INTEGER REFERENCES segments (id), segment_group INTEGER NOT NULL DEFAULT 0, segment_row INTEGER NOT NULL DEFAULT 0, statistics BLOB,            -- zstd of: the byte length of each line (32 bits, little endian), then their text
  PRIMARY KEY (run_id, stream, writer, first_line)
) STRICT;

CREATE TABLE keys (
  run_id INTEGER NOT NULL,
  stream TEXT NOT NULL,
  writer TEXT NOT NULL,
  name TEXT NOT NULL,             -- nested names joined with dots
  type_counts TEXT NOT NULL,      -- JSON: how many values of each type
  previous TEXT NOT NULL,         -- JSON: the last value
  last_step INTEGER NOT NULL,     -- the step of the last value
  monotonic INTEGER NOT NULL,     -- whether all values are numbers that never fall
  least REAL,                     -- among numbers, NaN aside
  greatest REAL,
  PRIMARY KEY (run_id, stream, writer, name)
) STRICT;

CREATE TABLE measures (
  run_id INTEGER NOT NULL,
  stream TEXT NOT NULL,
  writer TEXT NOT NULL,
  statistics BLOB NOT NULL,
  PRIMARY KEY (run_id, stream, writer)
) STRICT;

CREATE TABLE rewrites (
  run_id INTEGER PRIMARY KEY,
  count INTEGER NOT NULL
) STRICT;

CREATE TABLE segments (
  id INTEGER PRIMARY KEY,
  blob_key TEXT NOT NULL UNIQUE,
  size_bytes INTEGER NOT NULL DEFAULT 0,
  free_after INTEGER,             -- when it may be given up if no chunk points into it; NULL while nobody has seen it unused
  given_up INTEGER NOT NULL DEFAULT 0   -- its bytes are being removed: nothing may point into it any more
) STRICT;

CREATE TABLE streams (
  run_id INTEGER NOT NULL,
  stream TEXT NOT NULL CHECK (stream IN ('history', 'events', 'console')),
  writer TEXT NOT NULL,
  place INTEGER NOT NULL,         -- in which order the writers of the stream appeared, from 0
  turn INTEGER NOT NULL,          -- grows with every append to the run's stream: the greatest wrote last
  line_count INTEGER NOT NULL,    -- the highest line number + 1, lines that were skipped included
  last_step INTEGER NOT NULL, sealed_to INTEGER NOT NULL DEFAULT 0, ended INTEGER NOT NULL DEFAULT 0, measured_to INTEGER NOT NULL DEFAULT 0, unmeasured INTEGER NOT NULL DEFAULT 0,     -- the greatest step of any line; of console lines, the greatest number
  PRIMARY KEY (run_id, stream, writer)
) STRICT;

CREATE TABLE summaries (
  run_id INTEGER PRIMARY KEY,
  turn INTEGER NOT NULL,          -- grows with every summary of the run: the control plane knows up to which one it has them
  document TEXT,                  -- JSON; NULL once the control plane has it
  is_part INTEGER NOT NULL        -- whether its members go among those that the run has, as of one of several processes
) STRICT;

CREATE TABLE unjudged (
  run_id INTEGER PRIMARY KEY,
  turn INTEGER NOT NULL           -- grows with every append until it is judged
) STRICT;

CREATE INDEX chunks_by_segment ON chunks (segment_id) WHERE segment_id IS NOT NULL;

CREATE INDEX chunks_by_step ON chunks (run_id, stream, min_step, max_step);

CREATE INDEX segments_to_free ON segments (free_after) WHERE free_after IS NOT NULL;

CREATE INDEX streams_ended ON streams (run_id) WHERE ended = 1 AND line_count > sealed_to AND stream <> 'console';

CREATE INDEX streams_long ON streams (run_id) WHERE line_count - sealed_to >= 16384 AND stream <> 'console';

CREATE INDEX summaries_waiting ON summaries (run_id) WHERE document IS NOT NULL;
