-- What rewinds cut away is looked up by the run that it was cut from.
CREATE INDEX runs_by_archived_run ON runs (archive_of, id) WHERE archive_of IS NOT NULL;
