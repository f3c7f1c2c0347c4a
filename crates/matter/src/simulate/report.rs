//! What a simulation says.

use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};

use super::{SimulationInput, World, assumptions};
use crate::definition::Definition;

/// A simulation's answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SimulationReport {
    /// What was assumed.
    pub input: SimulationInput,
    /// Minutes of a working day.
    pub day_minutes: f64,
    /// Cases opened.
    pub opened: u64,
    /// Cases solved.
    pub done: u64,
    /// Cases that ended otherwise.
    pub cancelled: u64,
    /// Cases open at the end.
    pub open_at_end: u64,
    /// Mean working days from opening to being solved.
    pub mean_days: f64,
    /// Working days within which 95 % of the solved cases were solved.
    pub p95_days: f64,
    /// Stage by stage.
    pub stages: Vec<StageLoad>,
    /// Clock by clock.
    pub clocks: Vec<ClockLoad>,
    /// Where it jams, in words; empty when it flows.
    pub jams: Vec<Text>,
    /// What the figures rest on.
    pub assumptions: Vec<Text>,
}

/// A stage under load.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageLoad {
    /// Stage.
    pub stage: String,
    /// Label.
    pub label: Text,
    /// Cases that came in.
    pub arrivals: u64,
    /// Mean hours of working time until work began.
    pub mean_wait_hours: f64,
    /// Hours of working time within which work began for 95 %.
    pub p95_wait_hours: f64,
    /// Share of the people's time that was worked; the units' people are shared by all stages they work in. Absent where
    /// nobody works.
    pub utilisation: Option<f64>,
    /// People who can work in it at once, over all units.
    pub servers: u32,
    /// Cases that waited for work at the end.
    pub queue_at_end: u64,
}

/// A clock under load.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClockLoad {
    /// Clock.
    pub clock: String,
    /// Label.
    pub label: Text,
    /// Runs that were decided.
    pub runs: u64,
    /// Share of them that was late.
    pub late: f64,
}

/// Above this the people have no time left for anything that goes wrong.
const FULL: f64 = 0.9;

pub(super) fn of(definition: &Definition, input: SimulationInput, world: &World<'_>) -> SimulationReport {
    let n = world.stations.len();
    let units = &world.pools[n..];
    let mut stages = Vec::new();
    for (i, station) in world.stations.iter().enumerate().filter(|(_, s)| !s.ends) {
        let stage = &definition.stages[i];
        let mut waits = world.waits[i].clone();
        waits.sort_by(f64::total_cmp);
        let (worked, people) = if station.by_unit {
            (units.iter().map(|p| p.worked).sum::<f64>(), units.iter().map(|p| p.servers).sum::<u32>())
        } else {
            (world.pools[i].worked, world.pools[i].servers)
        };
        let waiting = world.pools.iter().flat_map(|p| &p.queue).filter(|(w, _)| world.walkers[*w].stage == i).count() as u64;
        stages.push(StageLoad {
            stage: stage.id.clone(),
            label: stage.label.clone(),
            arrivals: world.arrivals[i],
            mean_wait_hours: mean(&waits) / 60.0,
            p95_wait_hours: quantile(&waits, 0.95) / 60.0,
            utilisation: (!station.delay && world.horizon > 0.0).then(|| worked / (f64::from(people) * world.horizon)),
            servers: if station.delay { 0 } else { people },
            queue_at_end: waiting,
        });
    }
    let clocks: Vec<ClockLoad> = definition
        .clocks
        .iter()
        .zip(&world.clocks)
        .map(|(clock, (runs, late))| ClockLoad {
            clock: clock.id.clone(),
            label: clock.label.clone(),
            runs: *runs,
            late: share(*late, *runs),
        })
        .collect();
    let mut cycles = world.cycles.clone();
    cycles.sort_by(f64::total_cmp);
    let (opened, done) = (world.walkers.len() as u64, cycles.len() as u64);
    SimulationReport {
        input,
        day_minutes: world.day,
        opened,
        done,
        cancelled: world.cancelled,
        open_at_end: opened.saturating_sub(done + world.cancelled),
        mean_days: mean(&cycles) / world.day,
        p95_days: quantile(&cycles, 0.95) / world.day,
        jams: jams(&stages, &clocks),
        stages,
        clocks,
        assumptions: assumptions(),
    }
}

fn jams(stages: &[StageLoad], clocks: &[ClockLoad]) -> Vec<Text> {
    let mut found: Vec<(f64, Text)> = Vec::new();
    for stage in stages {
        let full = stage.utilisation.unwrap_or(0.0);
        #[allow(clippy::cast_precision_loss)]
        let piled = stage.queue_at_end as f64 > (stage.arrivals as f64 * 0.02).max(5.0);
        if full >= FULL || piled {
            let (zh, en) = (&stage.label.zh, &stage.label.en);
            let percent = full * 100.0;
            let n = stage.queue_at_end;
            found.push((
                full,
                Text::new(
                    format!("“{zh}”拥堵：人员占用 {percent:.0}%，期末排队 {n} 件，平均等候 {:.1} 工作小时", stage.mean_wait_hours),
                    format!(
                        "“{en}” jams: people are busy {percent:.0} % of the time, {n} wait at the end, mean wait {:.1} working hours",
                        stage.mean_wait_hours
                    ),
                ),
            ));
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut words: Vec<Text> = found.into_iter().map(|f| f.1).collect();
    for clock in clocks.iter().filter(|c| c.runs > 0 && c.late >= 0.1) {
        let percent = clock.late * 100.0;
        words.push(Text::new(
            format!("“{}”将有 {percent:.0}% 超期", clock.label.zh),
            format!("{percent:.0} % of “{}” will be late", clock.label.en),
        ));
    }
    words
}

#[allow(clippy::cast_precision_loss)] // counts of cases
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[allow(clippy::cast_precision_loss)]
fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// The value below which a share of the sorted values lies.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn quantile(sorted: &[f64], p: f64) -> f64 {
    let index = ((sorted.len() as f64 * p).ceil() as usize).saturating_sub(1);
    sorted.get(index).copied().unwrap_or(0.0)
}
