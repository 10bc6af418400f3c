-- Up to which of the summaries that its process streamed a run has them (`summaries.turn` of the history plane).
ALTER TABLE runs ADD COLUMN summary_turn INTEGER NOT NULL DEFAULT 0;
