-- Whom an alert was handed over to; without that, whoever made it answers for it.
ALTER TABLE alert_rules ADD COLUMN author_id INTEGER REFERENCES accounts (id);
