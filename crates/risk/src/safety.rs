//! What is expected of a place, and did a measure help: safety performance functions, empirical Bayes, before and after.
