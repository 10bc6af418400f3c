-- Which data this is, wherever it is copied or restored to: its backups say so.
CREATE TABLE server_id (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  word TEXT NOT NULL
) STRICT;
INSERT INTO server_id (id, word) VALUES (1, lower(hex(randomblob(8))));
