//! Test kit: drawn maps, builders, simulated time.
