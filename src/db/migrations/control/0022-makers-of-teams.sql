-- The group of the operator's directory by which somebody makes teams in an organization where not everybody does.
ALTER TABLE organization_members ADD COLUMN makes_teams_by TEXT;
