-- Models that runs logged: MLflow's LoggedModel.
CREATE TABLE logged_models (
  model_id            text   PRIMARY KEY,
  experiment_id       bigint NOT NULL REFERENCES experiments ON DELETE CASCADE,
  name                text   NOT NULL,
  model_type          text   NOT NULL,
  source_run_id       text   NOT NULL,
  status              text   NOT NULL,
  artifact_uri        text   NOT NULL,
  creation_time_ms    bigint NOT NULL,
  last_update_time_ms bigint NOT NULL,
  tags                jsonb  NOT NULL DEFAULT '{}',
  params              jsonb  NOT NULL DEFAULT '{}',
  deleted             boolean NOT NULL DEFAULT false
);
CREATE INDEX logged_models_newest ON logged_models (experiment_id, creation_time_ms DESC);
