//! Looking ahead (风险预想): expected events by cell and hour, with intervals.
