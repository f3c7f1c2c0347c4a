//! Clocks: due dates, rungs and their explanations, derived from the ledger a case keeps.

use gongzhi_civic::calendar::{Budget, BudgetUnit, Calendar, DueAt, Pause};
use gongzhi_civic::text::Text;
use gongzhi_civic::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::after::effect_checks_to_come;
use crate::case::{Case, ClockState, LEFT_STAGE};
use crate::command::{Facts, RungClaim};
use crate::definition::{BudgetRule, Clock, ClockEnd, ClockStart, Deed, Definition, RungTime};

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
    definition.clocks.iter().filter_map(|clock| Some(view(clock, case.clocks.get(&clock.id)?, now, calendar))).collect()
}

/// The earliest rung or effect check that will come or is due: the instant to index the case under for the worker.
#[must_use]
pub fn next_rung_at(definition: &Definition, case: &Case, now: Timestamp, calendar: &Calendar) -> Option<Timestamp> {
    let checks = effect_checks_to_come(definition, case, calendar).into_iter().map(|c| c.at);
    let rungs =
        clocks(definition, case, now, calendar).into_iter().flat_map(|c| c.rungs_due.into_iter().map(|r| r.at).chain(c.next_rung_at));
    rungs.chain(checks).min()
}

/// What a clock would say if it started at `at` with these facts: for a promise before the case exists.
#[must_use]
pub fn projected_start(definition: &Definition, clock: &str, facts: &Facts, at: Timestamp, calendar: &Calendar) -> Option<ClockView> {
    let clock = definition.clock(clock)?;
    Some(view(clock, &started(clock, facts, at), at, calendar))
}

/// When each rung of a clock would come if it started at `at` with these facts, in declared order.
pub(crate) fn rung_times(clock: &Clock, facts: &Facts, at: Timestamp, calendar: &Calendar) -> Vec<Timestamp> {
    let state = started(clock, facts, at);
    let end_of_day = clock.ends == ClockEnd::EndOfDay;
    let start = start_of(clock, &state, calendar);
    let due = due(&state, start, &[], end_of_day, calendar).at;
    let time =
        |rung: &str| rung.parse::<RungTime>().map_or(due, |t| rung_time(t, state.budget.unit, start, due, &[], end_of_day, calendar));
    clock.ladder.iter().map(|r| time(&r.at)).collect()
}

fn started(clock: &Clock, facts: &Facts, at: Timestamp) -> ClockState {
    ClockState {
        run: 0,
        unit: None,
        budget: budget(clock, facts),
        started_at: at,
        stopped_at: None,
        done: false,
        suspensions: Vec::new(),
        extensions: Vec::new(),
        fired: Vec::new(),
    }
}

fn start_of(clock: &Clock, state: &ClockState, calendar: &Calendar) -> Timestamp {
    match clock.start {
        ClockStart::Event => state.started_at,
        ClockStart::NextOpen => calendar.next_open(state.started_at),
    }
}

fn rung_time(
    time: RungTime,
    unit: BudgetUnit,
    start: Timestamp,
    due: Timestamp,
    pauses: &[Pause],
    end_of_day: bool,
    calendar: &Calendar,
) -> Timestamp {
    match time {
        RungTime::Share(p) => calendar.at_share(unit, start, due, pauses, p),
        RungTime::Due => due,
        RungTime::After(budget) => {
            let later: Vec<Pause> = pauses.iter().filter(|p| p.from >= due).copied().collect();
            calendar.due(due, budget, &later, end_of_day).at
        }
    }
}

/// The budget of a clock under these facts.
pub(crate) fn budget(clock: &Clock, facts: &Facts) -> Budget {
    match &clock.budget {
        BudgetRule::Fixed { budget } => *budget,
        BudgetRule::Table { by, rows, otherwise } => {
            let key = facts.get(by).map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).unwrap_or_default();
            rows.get(&key).copied().unwrap_or(*otherwise)
        }
    }
}

fn view(clock: &Clock, state: &ClockState, now: Timestamp, calendar: &Calendar) -> ClockView {
    // A stopped clock is judged at the moment it stopped; a suspended one as if it went on now.
    let now = state.stopped_at.unwrap_or(now);
    let end_of_day = clock.ends == ClockEnd::EndOfDay;
    let pauses: Vec<Pause> = state.suspensions.iter().map(|s| Pause { from: s.from, to: s.to.unwrap_or(now).max(s.from) }).collect();
    let start = start_of(clock, state, calendar);
    let due = due(state, start, &pauses, end_of_day, calendar);
    let unit = state.budget.unit;
    let running = state.is_running();
    let mut rungs_due = Vec::new();
    let mut next_rung_at: Option<Timestamp> = None;
    for rung in clock.ladder.iter().filter(|_| running) {
        let claim = RungClaim { clock: clock.id.clone(), run: state.run, rung: rung.at.clone() };
        let Ok(time) = rung.at.parse::<RungTime>() else { continue };
        if state.fired.contains(&claim) {
            continue;
        }
        let at = rung_time(time, unit, start, due.at, &pauses, end_of_day, calendar);
        if at <= now {
            rungs_due.push(RungView { claim, at, deed: rung.deed, to: rung.to.clone() });
        } else {
            next_rung_at = Some(next_rung_at.map_or(at, |n| n.min(at)));
        }
    }
    rungs_due.sort_by_key(|r| r.at);
    let used = calendar.counted_ms(unit, start, now, &pauses);
    let whole = calendar.counted_ms(unit, start, due.at, &pauses);
    #[allow(clippy::cast_precision_loss)] // a share for a bar
    let consumed_fraction = if whole > 0 { used as f64 / whole as f64 } else { f64::from(u8::from(now >= due.at)) };
    ClockView {
        id: clock.id.clone(),
        label: clock.label.clone(),
        run: state.run,
        due: due.at,
        provisional: due.due.provisional,
        explanation: explain(state, due.due.explanation),
        consumed_fraction,
        running,
        paused: state.is_paused(),
        done: state.done,
        late: now > due.at,
        promise: clock.promise,
        owner: clock.owner.clone(),
        rungs_due,
        next_rung_at,
    }
}

/// Budget and extensions end to end; amounts of one unit are added up first, so that `3wd + 2wd` is `5wd`.
fn due(state: &ClockState, start: Timestamp, pauses: &[Pause], end_of_day: bool, calendar: &Calendar) -> DueAt {
    let mut whole = state.budget;
    let mut rest = Vec::new();
    for extension in &state.extensions {
        if extension.unit == whole.unit {
            whole.amount = whole.amount.saturating_add(extension.amount);
        } else {
            rest.push(*extension);
        }
    }
    let mut due = calendar.due(start, whole, pauses, end_of_day);
    for extension in rest {
        let later: Vec<Pause> = pauses.iter().filter(|p| p.from >= due.at).copied().collect();
        let next = calendar.due(due.at, extension, &later, end_of_day);
        due = DueAt {
            at: next.at,
            due: gongzhi_civic::calendar::Due {
                date: next.due.date,
                provisional: due.due.provisional || next.due.provisional,
                explanation: join(due.due.explanation, next.due.explanation),
            },
        };
    }
    due
}

fn explain(state: &ClockState, calendar: Text) -> Text {
    let mut text = calendar;
    for extension in &state.extensions {
        let by = extension.label();
        text = join(text, Text::new(format!("获准延期 {}", by.zh), format!("extended by {}", by.en)));
    }
    if state.suspensions.iter().any(|s| s.reason != LEFT_STAGE) {
        text = join(text, Text::new("挂起期间不计时", "time on hold does not count"));
    }
    text
}

fn join(a: Text, b: Text) -> Text {
    let one = |a: String, b: String, mark: &str| if a.is_empty() || b.is_empty() { a + &b } else { format!("{a}{mark}{b}") };
    Text::new(one(a.zh, b.zh, "；"), one(a.en, b.en, "; "))
}
