-- What calls of models cost in US dollars, as their producers counted it; spans of before have none.
ALTER TABLE spans ADD COLUMN input_cost double precision, ADD COLUMN output_cost double precision,
  ADD COLUMN total_cost double precision;
ALTER TABLE traces ADD COLUMN cost_by_client boolean NOT NULL DEFAULT false;
UPDATE traces SET cost_by_client = true WHERE metadata ? 'mlflow.trace.cost';

-- What counts towards the figures of models.
DROP INDEX spans_of_models;
CREATE INDEX spans_of_models ON spans (trace_id)
  WHERE model IS NOT NULL OR total_tokens IS NOT NULL OR total_cost IS NOT NULL;

-- What people scored is counted apart from what judges did.
INSERT INTO traces_to_count (trace_id) SELECT DISTINCT trace_id FROM assessments WHERE source_type = 'HUMAN';
