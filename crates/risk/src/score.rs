//! Looking back (问题回想): how good a forecast or a ranking was.
