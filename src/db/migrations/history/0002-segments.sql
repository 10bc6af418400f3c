-- Rows that came long ago leave the tail: they lie in immutable Parquet files, of which the chunks say where.

-- A Parquet file in the blob store. It is kept for as long as a chunk of any run points into it.
CREATE TABLE segments (
  id INTEGER PRIMARY KEY,
  blob_key TEXT NOT NULL UNIQUE,
  size_bytes INTEGER NOT NULL DEFAULT 0,
  free_after INTEGER,             -- when it may be given up if no chunk points into it; NULL while nobody has seen it unused
  given_up INTEGER NOT NULL DEFAULT 0   -- its bytes are being removed: nothing may point into it any more
) STRICT;
CREATE INDEX segments_to_free ON segments (free_after) WHERE free_after IS NOT NULL;

-- The lines of a sealed chunk are the rows from `segment_row` on of the row group `segment_group`; its `lines` are empty.
ALTER TABLE chunks ADD COLUMN segment_id INTEGER REFERENCES segments (id);
ALTER TABLE chunks ADD COLUMN segment_group INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chunks ADD COLUMN segment_row INTEGER NOT NULL DEFAULT 0;
CREATE INDEX chunks_by_segment ON chunks (segment_id) WHERE segment_id IS NOT NULL;

-- Up to which line a stream was looked at for sealing, and whether its run said that it ended.
ALTER TABLE streams ADD COLUMN sealed_to INTEGER NOT NULL DEFAULT 0;
ALTER TABLE streams ADD COLUMN ended INTEGER NOT NULL DEFAULT 0;
CREATE INDEX streams_long ON streams (run_id) WHERE line_count - sealed_to >= 16384 AND stream <> 'console';
CREATE INDEX streams_ended ON streams (run_id) WHERE ended = 1 AND line_count > sealed_to AND stream <> 'console';
