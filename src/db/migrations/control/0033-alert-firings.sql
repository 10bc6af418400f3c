-- That rules fired, and what became of telling it. A firing and what is to be sent are written together, so that after a crash
-- neither is there without the other.
CREATE TABLE alert_firings (
  id INTEGER PRIMARY KEY,
  rule_id INTEGER NOT NULL REFERENCES alert_rules (id) ON DELETE CASCADE,
  project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  run_id INTEGER REFERENCES runs (id),   -- NULL: somebody tried the rule out
  at INTEGER NOT NULL,
  severity TEXT NOT NULL CHECK (severity IN ('INFO', 'WARN', 'ERROR')),
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  facts TEXT NOT NULL             -- JSON: metric, value, baseline and the like
) STRICT;
CREATE INDEX alert_firings_by_project ON alert_firings (project_id, id);
CREATE INDEX alert_firings_by_rule ON alert_firings (rule_id, id);
CREATE INDEX alert_firings_by_run ON alert_firings (run_id) WHERE run_id IS NOT NULL;

CREATE TABLE alert_deliveries (
  id INTEGER PRIMARY KEY,
  firing_id INTEGER NOT NULL REFERENCES alert_firings (id) ON DELETE CASCADE,
  channel TEXT NOT NULL CHECK (channel IN ('mail', 'webhook')),
  account_id INTEGER REFERENCES accounts (id),
  address TEXT,
  webhook_id INTEGER REFERENCES webhooks (id) ON DELETE SET NULL,
  recipient TEXT NOT NULL,        -- as people read it
  state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'given up')),
  attempts INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER NOT NULL
) STRICT;
CREATE INDEX alert_deliveries_by_firing ON alert_deliveries (firing_id);
CREATE INDEX alert_deliveries_waiting ON alert_deliveries (next_at) WHERE state = 'waiting';
CREATE INDEX alert_deliveries_by_webhook ON alert_deliveries (webhook_id) WHERE webhook_id IS NOT NULL;

CREATE TABLE alert_attempts (
  id INTEGER PRIMARY KEY,
  delivery_id INTEGER NOT NULL REFERENCES alert_deliveries (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  succeeded INTEGER NOT NULL,
  answer TEXT NOT NULL            -- what the other side said, or why it could not be asked
) STRICT;
CREATE INDEX alert_attempts_by_delivery ON alert_attempts (delivery_id);
