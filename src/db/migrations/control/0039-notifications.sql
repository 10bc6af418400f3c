-- Reports that somebody marked for themself, and those whose comments and new versions they are told of. Who unfollowed one is not made
-- to follow it again.
CREATE TABLE report_stars (
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  report_id INTEGER NOT NULL REFERENCES reports (id),
  at INTEGER NOT NULL,
  PRIMARY KEY (account_id, report_id)
) STRICT;
CREATE INDEX stars_of_report ON report_stars (report_id);

CREATE TABLE report_follows (
  report_id INTEGER NOT NULL REFERENCES reports (id),
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  follows INTEGER NOT NULL,
  PRIMARY KEY (report_id, account_id)
) STRICT;
CREATE INDEX follows_by_account ON report_follows (account_id);

-- What somebody is told, and what becomes of the letter about it.
CREATE TABLE notifications (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  kind TEXT NOT NULL,
  report_id INTEGER REFERENCES reports (id),
  rule_id INTEGER REFERENCES alert_rules (id) ON DELETE CASCADE,
  thread_id INTEGER REFERENCES report_threads (id) ON DELETE CASCADE,
  comment_id INTEGER REFERENCES report_comments (id) ON DELETE CASCADE,
  by_id INTEGER REFERENCES accounts (id),
  at INTEGER NOT NULL,
  read_at INTEGER,
  mail TEXT CHECK (mail IN ('waiting', 'sent', 'given up')),   -- NULL: none is sent
  attempts INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER,
  CHECK ((report_id IS NULL) <> (rule_id IS NULL))
) STRICT;
CREATE INDEX notifications_of_account ON notifications (account_id, id);
CREATE INDEX notifications_unread ON notifications (account_id, report_id, rule_id) WHERE read_at IS NULL;
CREATE INDEX notifications_about_report ON notifications (report_id, kind, account_id) WHERE report_id IS NOT NULL;
CREATE INDEX notifications_about_rule ON notifications (rule_id) WHERE rule_id IS NOT NULL;
CREATE INDEX notifications_about_thread ON notifications (thread_id) WHERE thread_id IS NOT NULL;
CREATE INDEX notifications_about_comment ON notifications (comment_id) WHERE comment_id IS NOT NULL;
CREATE INDEX notifications_by_age ON notifications (at);
CREATE INDEX notifications_to_mail ON notifications (next_at) WHERE mail = 'waiting';

-- What somebody wants to be mailed or not, where that is not the usual.
CREATE TABLE notification_choices (
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  kind TEXT NOT NULL,
  mailed INTEGER NOT NULL,
  PRIMARY KEY (account_id, kind)
) STRICT;
