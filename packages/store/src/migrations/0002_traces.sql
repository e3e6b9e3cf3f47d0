CREATE TABLE traces (
  trace_id              text   PRIMARY KEY,
  experiment_id         bigint NOT NULL,
  client_request_id     text,
  request_time_ms       bigint NOT NULL,
  execution_duration_ms bigint,
  state                 text   NOT NULL,
  request_preview       text,
  response_preview      text,
  metadata              jsonb  NOT NULL DEFAULT '{}',
  tags                  jsonb  NOT NULL DEFAULT '{}',
  -- Set once the client has sent the trace's info, which then wins over what spans tell.
  started_by_client     boolean NOT NULL DEFAULT false,
  finished_by_client    boolean NOT NULL DEFAULT false,
  usage_by_client       boolean NOT NULL DEFAULT false,
  -- What the spans told, kept apart so that it can grow with them.
  first_start_ns        bigint,
  last_end_ns           bigint,
  root_span_id          text,
  root_start_ns         bigint,
  root_ended            boolean NOT NULL DEFAULT false,
  span_count            integer NOT NULL DEFAULT 0,
  error_count           integer NOT NULL DEFAULT 0
);
CREATE INDEX traces_newest ON traces (experiment_id, request_time_ms DESC, trace_id);
CREATE INDEX traces_of_session ON traces ((metadata ->> 'mlflow.trace.session'), request_time_ms DESC)
  WHERE metadata ? 'mlflow.trace.session';
CREATE INDEX traces_of_run ON traces ((metadata ->> 'mlflow.sourceRun')) WHERE metadata ? 'mlflow.sourceRun';

CREATE TABLE spans (
  trace_id        text   NOT NULL,
  span_id         text   NOT NULL,
  parent_span_id  text,
  name            text   NOT NULL,
  kind            text   NOT NULL,
  type            text   NOT NULL,
  start_time_ns   bigint NOT NULL,
  end_time_ns     bigint,
  status_code     text   NOT NULL,
  status_message  text   NOT NULL,
  model           text,
  provider        text,
  input_tokens    bigint,
  output_tokens   bigint,
  total_tokens    bigint,
  is_turn         boolean NOT NULL,
  attributes      json   NOT NULL,
  events          json   NOT NULL,
  links           json   NOT NULL,
  resource        json   NOT NULL,
  scope           json   NOT NULL,
  trace_state     text   NOT NULL,
  dropped_attributes_count integer NOT NULL,
  dropped_events_count     integer NOT NULL,
  dropped_links_count      integer NOT NULL,
  PRIMARY KEY (trace_id, span_id)
);
-- Payloads are read whole and seldom; compressing them costs ingest more than it saves.
ALTER TABLE spans ALTER attributes SET STORAGE EXTERNAL, ALTER events SET STORAGE EXTERNAL;

-- One row a turn, so that lists show conversations without loading payloads.
CREATE TABLE turns (
  trace_id           text    NOT NULL,
  span_id            text    NOT NULL,
  number             integer NOT NULL,
  ended              boolean NOT NULL,
  interrupted        boolean NOT NULL,
  user_text          text,
  voice_to_voice_ms  double precision,
  latency            json    NOT NULL,
  PRIMARY KEY (trace_id, span_id)
);

CREATE TABLE assessments (
  trace_id            text    NOT NULL,
  assessment_id       text    NOT NULL,
  kind                text    NOT NULL,
  name                text    NOT NULL,
  span_id             text,
  source_type         text    NOT NULL,
  source_id           text    NOT NULL,
  create_time_ms      bigint  NOT NULL,
  last_update_time_ms bigint  NOT NULL,
  value               json    NOT NULL,
  error               json,
  rationale           text,
  metadata            jsonb   NOT NULL DEFAULT '{}',
  overrides           text,
  valid               boolean NOT NULL,
  PRIMARY KEY (trace_id, assessment_id)
);

CREATE TABLE services (
  service      text   NOT NULL,
  instance     text   NOT NULL,
  details      json   NOT NULL,
  last_seen_ms bigint NOT NULL,
  PRIMARY KEY (service, instance)
);

-- Traces that a run holds beside those it made itself (metadata `mlflow.sourceRun`).
CREATE TABLE trace_runs (
  trace_id text NOT NULL,
  run_id   text NOT NULL,
  PRIMARY KEY (trace_id, run_id)
);
CREATE INDEX trace_runs_of_run ON trace_runs (run_id);
