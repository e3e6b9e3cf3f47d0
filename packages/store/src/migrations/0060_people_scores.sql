-- What people scored is little beside what judges scored, and is looked for by itself.
CREATE INDEX assessments_by_people ON assessments (trace_id) WHERE source_type = 'HUMAN' AND kind = 'feedback';
