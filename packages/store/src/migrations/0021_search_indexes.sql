-- What lists of traces are filtered by. None stands on spans, which come in by the thousand.
CREATE INDEX traces_tags ON traces USING gin (tags jsonb_path_ops);
CREATE INDEX traces_of_user ON traces ((metadata ->> 'mlflow.trace.user'), request_time_ms DESC)
  WHERE metadata ? 'mlflow.trace.user';
CREATE INDEX traces_failed ON traces (experiment_id, request_time_ms DESC, trace_id) WHERE state = 'ERROR';
CREATE INDEX turns_slow ON turns (voice_to_voice_ms) WHERE voice_to_voice_ms IS NOT NULL;
CREATE INDEX assessments_by_name ON assessments (name, trace_id) WHERE valid;
