-- What people said about two calls: one incident, one trouble, or nothing to do with each other. It always holds, and the
-- weights by which calls are joined learn from it. `evidence` is what the two had in common when it was said, so that
-- learning does not need the words again.
CREATE TABLE repeat_correction (
  id BIGINT NOT NULL PRIMARY KEY,
  left_id BIGINT NOT NULL,
  right_id BIGINT NOT NULL,
  relation TEXT NOT NULL,
  reason TEXT NOT NULL,
  actor TEXT NOT NULL,
  at BIGINT NOT NULL,
  evidence TEXT NOT NULL
);
