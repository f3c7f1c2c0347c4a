//! Scenarios: given/when/then as data.
