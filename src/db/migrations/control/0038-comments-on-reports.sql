-- What is said about published reports: comments in threads, each about the whole report or about a place in it. In the trash they
-- are with their report.
CREATE TABLE report_threads (
  id INTEGER PRIMARY KEY,
  report_id INTEGER NOT NULL REFERENCES reports (id),
  anchor TEXT,                    -- JSON: which words or panel it is about
  begun_by INTEGER REFERENCES accounts (id),
  created_at INTEGER NOT NULL,
  resolved_at INTEGER,
  resolved_by INTEGER REFERENCES accounts (id)
) STRICT;
CREATE INDEX threads_of_report ON report_threads (report_id, id);

CREATE TABLE report_comments (
  id INTEGER PRIMARY KEY,
  thread_id INTEGER NOT NULL REFERENCES report_threads (id) ON DELETE CASCADE,
  author_id INTEGER REFERENCES accounts (id),
  body TEXT,                      -- Markdown; people are named in it by their numbers. NULL: deleted, and answered before
  created_at INTEGER NOT NULL,
  edited_at INTEGER
) STRICT;
CREATE INDEX comments_of_thread ON report_comments (thread_id, id);
CREATE INDEX comments_by_author ON report_comments (author_id);
