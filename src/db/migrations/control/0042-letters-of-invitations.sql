-- Invitations whose links are mailed. The token is encrypted with a key that is not in this file, and gone once the letter is taken or
-- given up; a link that is sent again is another letter.
CREATE TABLE invitation_letters (
  invitation_id INTEGER PRIMARY KEY REFERENCES invitations (id) ON DELETE CASCADE,
  token BLOB,
  written_at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'given up')),
  attempts INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER NOT NULL
) STRICT;
CREATE INDEX invitation_letters_waiting ON invitation_letters (next_at) WHERE state = 'waiting';

CREATE TABLE invitation_attempts (
  id INTEGER PRIMARY KEY,
  invitation_id INTEGER NOT NULL REFERENCES invitation_letters (invitation_id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  succeeded INTEGER NOT NULL,
  answer TEXT NOT NULL            -- what the mail server said, or why it could not be asked
) STRICT;
CREATE INDEX invitation_attempts_by_invitation ON invitation_attempts (invitation_id);
