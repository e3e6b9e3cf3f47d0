-- Counts changes to the turns of a large trace that have not been read yet; 0 when its turns are up to date.
ALTER TABLE traces ADD COLUMN turns_due bigint NOT NULL DEFAULT 0;
