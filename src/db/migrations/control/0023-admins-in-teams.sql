-- Of an organization: whether its admins see and change what its teams hold without a seat there.
ALTER TABLE entities ADD COLUMN admins_enter_teams INTEGER NOT NULL DEFAULT 1;
