//! Clocks: due dates, rungs and their explanations, derived from the ledger a case keeps.

use gongzhi_civic::calendar::Calendar;
use gongzhi_civic::text::Text;
use gongzhi_civic::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::case::Case;
use crate::command::{Facts, RungClaim};
use crate::definition::{Deed, Definition};

/// A clock as it stands at a moment. Nothing here is stored as truth; an index may cache `due` and `next_rung_at`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClockView {
    /// Clock id.
    pub id: String,
    /// Label.
    pub label: Text,
    /// Run (0 = first).
    pub run: u32,
    /// When it is due; while suspended: when it would be due if it went on now.
    pub due: Timestamp,
    /// A year without an announced calendar is involved; the date may move.
    pub provisional: bool,
    /// Why this date: `10-10 调休上班`, `国庆节假期顺延`; empty when nothing is special.
    pub explanation: Text,
    /// Share of the budget used, 0 and up; above 1 is late.
    pub consumed_fraction: f64,
    /// Counts now.
    pub running: bool,
    /// Suspended now.
    pub paused: bool,
    /// Its work is done.
    pub done: bool,
    /// Past due (at `now`, or when it was stopped).
    pub late: bool,
    /// Its due date is the one promised to the reporter.
    pub promise: bool,
    /// Who answers for it.
    pub owner: String,
    /// Rungs that are due and have not fired.
    pub rungs_due: Vec<RungView>,
    /// When the next rung comes, if it runs.
    pub next_rung_at: Option<Timestamp>,
}

/// A rung at its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RungView {
    /// Claim to insert uniquely before acting.
    pub claim: RungClaim,
    /// When.
    pub at: Timestamp,
    /// What to do.
    pub deed: Deed,
    /// Addressee.
    pub to: String,
}

/// All clocks of a case, running and finished, in the definition's order.
#[must_use]
pub fn clocks(definition: &Definition, case: &Case, now: Timestamp, calendar: &Calendar) -> Vec<ClockView> {
    let _ = (definition, case, now, calendar);
    Vec::new()
}

/// The earliest rung that will come or is due: the instant to index the case under for the worker.
#[must_use]
pub fn next_rung_at(definition: &Definition, case: &Case, now: Timestamp, calendar: &Calendar) -> Option<Timestamp> {
    clocks(definition, case, now, calendar)
        .into_iter()
        .flat_map(|c| c.rungs_due.into_iter().map(|r| r.at).chain(c.next_rung_at))
        .min()
}

/// What a clock would say if it started at `at` with these facts: for a promise before the case exists.
#[must_use]
pub fn projected_start(definition: &Definition, clock: &str, facts: &Facts, at: Timestamp, calendar: &Calendar) -> Option<ClockView> {
    let _ = (definition, clock, facts, at, calendar);
    None
}
