-- Datasets that runs used, and models that they used and made.
CREATE TABLE run_datasets (
  run_id      text    NOT NULL REFERENCES runs ON DELETE CASCADE,
  name        text    NOT NULL,
  digest      text    NOT NULL,
  number      bigint  NOT NULL GENERATED ALWAYS AS IDENTITY,
  source_type text    NOT NULL,
  source      text    NOT NULL,
  schema      text    NOT NULL,
  profile     text    NOT NULL,
  tags        jsonb   NOT NULL DEFAULT '{}',
  PRIMARY KEY (run_id, name, digest)
);

CREATE TABLE run_models (
  run_id   text   NOT NULL REFERENCES runs ON DELETE CASCADE,
  model_id text   NOT NULL,
  -- 'input' or 'output'
  role     text   NOT NULL,
  step     bigint NOT NULL DEFAULT 0,
  number   bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  PRIMARY KEY (run_id, role, model_id)
);
