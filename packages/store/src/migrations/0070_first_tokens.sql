-- How long a call of a model took to its first token, in milliseconds; spans of before have none.
ALTER TABLE spans ADD COLUMN first_token_ms double precision;
-- Scores are counted as they are, and no longer by ranges, so that each level has those that belong to it.
INSERT INTO traces_to_count (trace_id) SELECT DISTINCT trace_id FROM assessments;
