-- Keys of other programs. Only the digest is kept.
CREATE TABLE api_key (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  digest TEXT NOT NULL UNIQUE,
  scope TEXT NOT NULL,
  active BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT NOT NULL,
  used_at BIGINT
);

-- Other Open311 servers. A peer may stand for a unit (what is sent to that unit is pushed there) and may be a source (its
-- requests are pulled as cases of one matter).
CREATE TABLE open311_peer (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  jurisdiction TEXT NOT NULL,
  api_key TEXT NOT NULL,
  format TEXT NOT NULL,
  unit TEXT,
  push_service TEXT NOT NULL,
  pull_matter TEXT,
  pull_services TEXT NOT NULL,
  pulled_to BIGINT NOT NULL,
  active BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);

-- Which request there is which case here.
CREATE TABLE open311_link (
  peer TEXT NOT NULL,
  remote TEXT NOT NULL,
  case_id TEXT NOT NULL,
  direction TEXT NOT NULL,
  status TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (peer, remote)
);
CREATE INDEX open311_link_by_case ON open311_link (case_id);

-- What others said about a case: each once.
CREATE TABLE open311_update (
  sender TEXT NOT NULL,
  update_id TEXT NOT NULL,
  case_id TEXT NOT NULL,
  status TEXT NOT NULL,
  words TEXT NOT NULL,
  at BIGINT NOT NULL,
  received_at BIGINT NOT NULL,
  outcome TEXT NOT NULL,
  PRIMARY KEY (sender, update_id)
);
CREATE INDEX open311_update_by_case ON open311_update (case_id);

CREATE INDEX case_by_updated ON matter_case (updated_at);
