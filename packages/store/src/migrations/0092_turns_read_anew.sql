-- How often a span's row was written over, so that it shows which turns have changed since they were read.
ALTER TABLE spans ADD COLUMN rewritten integer NOT NULL DEFAULT 0;
-- The number that the producer counted, which stays whatever comes before the turn, and a digest of the spans that the
-- turn was read from; turns of before have none and are read anew.
ALTER TABLE turns ADD COLUMN counted integer, ADD COLUMN read_from text;
