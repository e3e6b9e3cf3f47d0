-- Registered models, and prompts, which MLflow keeps as registered models with a tag.
CREATE TABLE registered_models (
  name                text    PRIMARY KEY,
  description         text    NOT NULL,
  creation_time_ms    bigint  NOT NULL,
  last_update_time_ms bigint  NOT NULL,
  tags                jsonb   NOT NULL DEFAULT '{}',
  -- Version numbers by alias.
  aliases             jsonb   NOT NULL DEFAULT '{}',
  -- The highest number ever given, so that the number of a deleted version never comes again.
  last_version        integer NOT NULL DEFAULT 0
);

CREATE TABLE model_versions (
  name                text    NOT NULL REFERENCES registered_models ON UPDATE CASCADE ON DELETE CASCADE,
  version             integer NOT NULL,
  description         text    NOT NULL,
  stage               text    NOT NULL DEFAULT 'None',
  source              text    NOT NULL,
  run_id              text    NOT NULL,
  run_link            text    NOT NULL,
  model_id            text    NOT NULL,
  creation_time_ms    bigint  NOT NULL,
  last_update_time_ms bigint  NOT NULL,
  tags                jsonb   NOT NULL DEFAULT '{}',
  PRIMARY KEY (name, version)
);
