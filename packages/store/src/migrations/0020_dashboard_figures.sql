-- What dashboards read: counts, sums and histograms by hour. A row is one range of values of one metric in one hour;
-- `dimension` is empty, `model`, `name` or `tag:KEY`, and `value` what the row is of in that dimension.
CREATE TABLE dashboard_figures (
  experiment_id bigint  NOT NULL,
  metric        text    NOT NULL,
  dimension     text    NOT NULL,
  hour          bigint  NOT NULL,
  value         text    NOT NULL,
  bucket        integer NOT NULL,
  count         bigint  NOT NULL,
  sum           double precision NOT NULL,
  PRIMARY KEY (experiment_id, metric, dimension, hour, value, bucket)
);

-- What each trace has contributed to the figures, so that a trace that has changed is corrected and never counted twice.
CREATE TABLE counted_traces (
  trace_id      text   PRIMARY KEY,
  experiment_id bigint NOT NULL,
  cells         json   NOT NULL
);

-- Traces that have changed and are to be counted. Only ever added to by writers, who so do not wait for each other.
CREATE TABLE traces_to_count (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  trace_id text NOT NULL
);
INSERT INTO traces_to_count (trace_id) SELECT trace_id FROM traces;

CREATE INDEX spans_of_models ON spans (trace_id) WHERE model IS NOT NULL OR total_tokens IS NOT NULL;
