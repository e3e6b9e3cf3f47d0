-- Where in the bytes of a recording without an index of its own a moment is found: places at which it can be taken up.
CREATE TABLE recording_cues (
  trace_id     text   NOT NULL,
  recording_id text   NOT NULL,
  number       integer NOT NULL,
  byte         bigint NOT NULL,
  -- As the file counts it.
  time         bigint NOT NULL,
  PRIMARY KEY (trace_id, recording_id, number)
);
ALTER TABLE recordings ADD COLUMN cues integer NOT NULL DEFAULT 0;

-- WebM that has been read is read again, for its cues.
DELETE FROM recording_envelopes e USING recordings r
WHERE e.trace_id = r.trace_id AND e.recording_id = r.recording_id AND r.content_type = 'audio/webm';
UPDATE recordings SET read_bytes = 0, read_state = NULL, read_problem = NULL, read_buckets = 0
WHERE content_type = 'audio/webm';
