-- What the agent said, in whatever vocabulary; turns of before have it when their trace changes.
ALTER TABLE turns ADD COLUMN agent_text text;
