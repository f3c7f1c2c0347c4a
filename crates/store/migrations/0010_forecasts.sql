-- What was expected of a week, as it was said: a row is written once and never changed, whatever becomes of the data it was made
-- from. `made` is ahead (before the week began), late (within it) or afterwards (when it was over); always from the weeks before.
CREATE TABLE forecast (
  week BIGINT NOT NULL PRIMARY KEY,
  published_at BIGINT NOT NULL,
  made TEXT NOT NULL,
  model TEXT NOT NULL,
  body TEXT NOT NULL
);
-- What the week brought, held against it once it was over.
CREATE TABLE forecast_score (
  week BIGINT NOT NULL PRIMARY KEY,
  scored_at BIGINT NOT NULL,
  body TEXT NOT NULL
);
