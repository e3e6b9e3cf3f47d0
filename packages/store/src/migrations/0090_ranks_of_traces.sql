-- What lists of traces are ordered by beside time, kept with what is counted. What a trace lacks comes last in every order.
ALTER TABLE counted_traces
  ADD COLUMN request_time_ms bigint NOT NULL DEFAULT 0,
  ADD COLUMN slowest_ms   double precision NOT NULL DEFAULT '-Infinity',
  ADD COLUMN duration_ms  double precision NOT NULL DEFAULT '-Infinity',
  ADD COLUMN errors       double precision NOT NULL DEFAULT '-Infinity',
  ADD COLUMN lowest_score double precision NOT NULL DEFAULT 'Infinity',
  ADD COLUMN tokens       double precision NOT NULL DEFAULT '-Infinity',
  ADD COLUMN cost         double precision NOT NULL DEFAULT '-Infinity';
CREATE INDEX counted_slowest ON counted_traces (experiment_id, slowest_ms DESC, request_time_ms DESC, trace_id);
CREATE INDEX counted_longest ON counted_traces (experiment_id, duration_ms DESC, request_time_ms DESC, trace_id);
CREATE INDEX counted_errors ON counted_traces (experiment_id, errors DESC, request_time_ms DESC, trace_id);
CREATE INDEX counted_lowest_score ON counted_traces (experiment_id, lowest_score, request_time_ms DESC, trace_id);
CREATE INDEX counted_tokens ON counted_traces (experiment_id, tokens DESC, request_time_ms DESC, trace_id);
CREATE INDEX counted_cost ON counted_traces (experiment_id, cost DESC, request_time_ms DESC, trace_id);
INSERT INTO traces_to_count (trace_id) SELECT trace_id FROM traces;
