CREATE TABLE evaluation_datasets (
  dataset_id          text    PRIMARY KEY,
  name                text    NOT NULL,
  digest              text    NOT NULL,
  creation_time_ms    bigint  NOT NULL,
  last_update_time_ms bigint  NOT NULL,
  created_by          text,
  last_updated_by     text,
  schema              json,
  tags                jsonb   NOT NULL DEFAULT '{}'
);

CREATE TABLE evaluation_dataset_experiments (
  dataset_id    text   NOT NULL REFERENCES evaluation_datasets ON DELETE CASCADE,
  experiment_id bigint NOT NULL REFERENCES experiments ON DELETE CASCADE,
  PRIMARY KEY (dataset_id, experiment_id)
);
CREATE INDEX evaluation_datasets_of_experiment ON evaluation_dataset_experiments (experiment_id);

CREATE TABLE evaluation_dataset_records (
  dataset_id          text   NOT NULL REFERENCES evaluation_datasets ON DELETE CASCADE,
  -- The order in which records came.
  number              bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  record_id           text   NOT NULL,
  -- SHA-256 of the inputs with sorted keys: a dataset holds the same inputs once.
  input_hash          text   NOT NULL,
  inputs              json   NOT NULL,
  outputs             json,
  expectations        json,
  tags                json   NOT NULL,
  source              json,
  creation_time_ms    bigint NOT NULL,
  last_update_time_ms bigint NOT NULL,
  created_by          text,
  last_updated_by     text,
  PRIMARY KEY (dataset_id, number),
  UNIQUE (dataset_id, input_hash),
  UNIQUE (dataset_id, record_id)
);
