CREATE TABLE recordings (
  trace_id            text    NOT NULL,
  recording_id        text    NOT NULL,
  content_type        text    NOT NULL,
  channels            text[]  NOT NULL,
  start_time_ns       bigint  NOT NULL,
  size_bytes          bigint  NOT NULL DEFAULT 0,
  complete            boolean NOT NULL DEFAULT false,
  create_time_ms      bigint  NOT NULL,
  last_update_time_ms bigint  NOT NULL,
  -- How far its sound has been read: bytes done, what the reader needs to go on, and what stopped it.
  read_bytes          bigint  NOT NULL DEFAULT 0,
  read_state          json,
  read_problem        text,
  read_buckets        integer NOT NULL DEFAULT 0,
  duration_ms         double precision,
  PRIMARY KEY (trace_id, recording_id)
);

-- The bytes, as they came: part follows part without gaps. Sound is compressed already.
CREATE TABLE recording_parts (
  trace_id     text   NOT NULL,
  recording_id text   NOT NULL,
  position     bigint NOT NULL,
  bytes        bytea  NOT NULL,
  PRIMARY KEY (trace_id, recording_id, position)
);
ALTER TABLE recording_parts ALTER bytes SET STORAGE EXTERNAL;

-- The envelope of the sound: of each bucket and channel lowest, highest and root mean square, a byte each.
CREATE TABLE recording_envelopes (
  trace_id     text    NOT NULL,
  recording_id text    NOT NULL,
  first_bucket integer NOT NULL,
  data         bytea   NOT NULL,
  -- Where in the bytes reading took up here, and with what, so that a part can be heard without what comes before.
  from_byte    bigint  NOT NULL,
  from_state   json,
  PRIMARY KEY (trace_id, recording_id, first_bucket)
);
