//! Black spots by rule (事故多发点段): rules as data, stretches of road and junctions, identity over time.
