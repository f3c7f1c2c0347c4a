-- Black spots that somebody has listed: what the rule finds is computed, what a person decides is kept. `place` is the stretch or junction
-- as it was when it was last changed, `evidence` the figures it was listed with.
CREATE TABLE black_spot (
  id TEXT NOT NULL PRIMARY KEY,
  rule TEXT NOT NULL,
  rule_version TEXT NOT NULL,
  state TEXT NOT NULL,
  name TEXT NOT NULL,
  place TEXT NOT NULL,
  evidence TEXT NOT NULL,
  listed_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL
);
CREATE INDEX black_spot_by_rule ON black_spot (rule, state);
