-- Of an organization: whether view-only people may have API keys, which then read and do nothing else.
ALTER TABLE entities ADD COLUMN read_only_keys INTEGER NOT NULL DEFAULT 0;
