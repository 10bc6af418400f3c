-- What is known of keys goes where the rows are: each chunk says it of its own lines, so that an append writes one row, and
-- cutting or replacing rows leaves what the others say.
ALTER TABLE chunks ADD COLUMN statistics BLOB;         -- NULL: to be told from the lines, which are few, or older than this

-- What the chunks of a writer say together up to before the line `streams.measured_to`; the chunks from there on are joined to
-- it when they are many. A cache: the chunks alone say the same.
CREATE TABLE measures (
  run_id INTEGER NOT NULL,
  stream TEXT NOT NULL,
  writer TEXT NOT NULL,
  statistics BLOB NOT NULL,
  PRIMARY KEY (run_id, stream, writer)
) STRICT;
ALTER TABLE streams ADD COLUMN measured_to INTEGER NOT NULL DEFAULT 0;
ALTER TABLE streams ADD COLUMN unmeasured INTEGER NOT NULL DEFAULT 0;   -- appends since

-- Streams of before keep what `keys` knows of them until their next append.
UPDATE streams SET measured_to = line_count WHERE stream <> 'console';

-- How often rows of a run were changed otherwise than by adding some: who has drawn it before must draw it anew.
CREATE TABLE rewrites (
  run_id INTEGER PRIMARY KEY,
  count INTEGER NOT NULL
) STRICT;
