-- A matter's folder while an administrator works on it. Nothing runs by a draft.
CREATE TABLE draft (
  id TEXT NOT NULL PRIMARY KEY,
  matter TEXT NOT NULL,
  base_hash TEXT NOT NULL,
  files TEXT NOT NULL,
  revision BIGINT NOT NULL,
  author TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

-- What the city itself put in force, beside the versions that came with the program. Never changed, never deleted.
CREATE TABLE publication (
  hash TEXT NOT NULL PRIMARY KEY,
  matter TEXT NOT NULL,
  version BIGINT NOT NULL,
  at BIGINT NOT NULL,
  actor TEXT NOT NULL,
  note TEXT NOT NULL,
  UNIQUE (matter, version)
);
