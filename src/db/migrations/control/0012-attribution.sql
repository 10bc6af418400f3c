-- Why a run is not attributed to whom the process of a service account named; empty if it is.
ALTER TABLE runs ADD COLUMN attribution_warning TEXT NOT NULL DEFAULT '';
