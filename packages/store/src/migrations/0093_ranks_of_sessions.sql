-- What lists of sessions are ordered by, put together whenever a trace of theirs is counted. What a session lacks comes last.
CREATE TABLE counted_sessions (
  experiment_id bigint NOT NULL,
  session_id    text   NOT NULL,
  last_ms       bigint NOT NULL,
  slowest_ms    double precision NOT NULL,
  failed_traces double precision NOT NULL,
  lowest_score  double precision NOT NULL,
  tokens        double precision NOT NULL,
  cost          double precision NOT NULL,
  PRIMARY KEY (experiment_id, session_id)
);
CREATE INDEX counted_sessions_slowest ON counted_sessions (experiment_id, slowest_ms DESC, last_ms DESC, session_id);
CREATE INDEX counted_sessions_failed ON counted_sessions (experiment_id, failed_traces DESC, last_ms DESC, session_id);
CREATE INDEX counted_sessions_lowest_score ON counted_sessions (experiment_id, lowest_score, last_ms DESC, session_id);
CREATE INDEX counted_sessions_tokens ON counted_sessions (experiment_id, tokens DESC, last_ms DESC, session_id);
CREATE INDEX counted_sessions_cost ON counted_sessions (experiment_id, cost DESC, last_ms DESC, session_id);
-- The session that a trace was counted in, so that it is taken from there when it has gone to another.
ALTER TABLE counted_traces ADD COLUMN session_id text;
INSERT INTO traces_to_count (trace_id) SELECT trace_id FROM traces WHERE metadata ? 'mlflow.trace.session';
