//! Is a cluster more than chance: local statistics with permutations, the network scan, change by place.
