-- MLflow's scorers: judges that clients register in an experiment, in MLflow's serialized form.
CREATE TABLE scorers (
  scorer_id     text   PRIMARY KEY,
  experiment_id bigint NOT NULL REFERENCES experiments ON DELETE CASCADE,
  name          text   NOT NULL,
  UNIQUE (experiment_id, name)
);

CREATE TABLE scorer_versions (
  scorer_id        text    NOT NULL REFERENCES scorers ON DELETE CASCADE,
  version          integer NOT NULL,
  serialized       text    NOT NULL,
  creation_time_ms bigint  NOT NULL,
  PRIMARY KEY (scorer_id, version)
);

CREATE TABLE scorer_online_configs (
  scorer_id   text NOT NULL PRIMARY KEY REFERENCES scorers ON DELETE CASCADE,
  config_id   text NOT NULL,
  sample_rate double precision NOT NULL,
  filter      text
);
