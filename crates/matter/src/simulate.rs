//! A queueing simulation of a matter: where does it jam, and what share will be late?
//!
//! Pure and repeatable: every random number is a hash of the seed, the case and the count of numbers that case has drawn.
//! Time runs in working time only; a calendar day counts as five sevenths of a working day.

use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use gongzhi_civic::calendar::{Budget, BudgetUnit, Calendar};
use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};

use crate::course::leads_on;
use crate::definition::{Action, Base, BudgetRule, ClockAgain, Definition, Verb};

mod queue;
mod report;

use queue::{Event, Pool, Random};
pub use report::{ClockLoad, SimulationReport, StageLoad};

/// What is assumed of the city.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SimulationInput {
    /// Cases opened on a working day.
    pub rate_per_day: f64,
    /// Units that handle.
    pub units: u32,
    /// Working days simulated.
    pub days: u32,
    /// Seed; the same seed gives the same report.
    pub seed: u64,
}

/// Runs the matter's course under a load.
#[must_use]
pub fn simulate(definition: &Definition, input: SimulationInput, calendar: &Calendar) -> SimulationReport {
    let day = day_minutes(calendar);
    let mut world = World::new(definition, input, day);
    world.run();
    report::of(definition, input, &world)
}

/// Minutes of a working day by the calendar's office hours.
#[must_use]
pub fn day_minutes(calendar: &Calendar) -> f64 {
    let minutes: f64 = calendar.hours().iter().map(|(a, b)| f64::from(b.duration_since(*a).as_mins() as i32)).sum();
    if minutes > 0.0 { minutes } else { 480.0 }
}

/// A stage as the simulation sees it.
pub(crate) struct Station {
    /// Stage id.
    pub id: String,
    /// Mean time of work or of waiting, working minutes.
    pub mean: f64,
    /// Waiting that keeps nobody busy.
    pub delay: bool,
    /// Worked on by the owner unit, one pool per unit; else one pool for the stage.
    pub by_unit: bool,
    /// How many can work at once in a pool.
    pub servers: u32,
    /// Ends the case.
    pub ends: bool,
    /// Stage index and weight of every way out.
    pub ways: Vec<(usize, f64)>,
    /// Indices of clocks.
    pub clocks: Vec<usize>,
}

/// A case under way.
pub(crate) struct Walker {
    pub unit: u32,
    pub draws: u64,
    pub stage: usize,
    pub opened: f64,
    /// Clock → working minutes used before, and since when it runs.
    pub clocks: BTreeMap<usize, (f64, Option<f64>)>,
}

/// Everything that is counted.
pub(crate) struct World<'d> {
    pub definition: &'d Definition,
    pub input: SimulationInput,
    pub horizon: f64,
    pub day: f64,
    pub stations: Vec<Station>,
    pub budgets: Vec<f64>,
    pub walkers: Vec<Walker>,
    pub pools: Vec<Pool>,
    /// Waits until work began, by stage.
    pub waits: Vec<Vec<f64>>,
    pub arrivals: Vec<u64>,
    /// Runs and late runs, by clock.
    pub clocks: Vec<(u64, u64)>,
    pub cycles: Vec<f64>,
    pub cancelled: u64,
    events: BinaryHeap<Event>,
    sequence: u64,
    random: Random,
}

impl<'d> World<'d> {
    fn new(definition: &'d Definition, input: SimulationInput, day: f64) -> Self {
        let stations: Vec<Station> = definition.stages.iter().map(|s| station(definition, &s.id, day)).collect();
        let budgets = definition
            .clocks
            .iter()
            .map(|c| match &c.budget {
                BudgetRule::Fixed { budget } => minutes(*budget, day),
                BudgetRule::Table { otherwise, .. } => minutes(*otherwise, day),
            })
            .collect();
        // Pools: first one per stage, then one per unit, which its stages share.
        let shared = stations.iter().filter(|s| s.by_unit).map(|s| s.servers).max().unwrap_or(1);
        let mut pools: Vec<Pool> = stations.iter().map(|s| Pool::new(s.servers)).collect();
        pools.extend((0..input.units.max(1)).map(|_| Pool::new(shared)));
        let n = stations.len();
        Self {
            definition,
            input,
            horizon: f64::from(input.days) * day,
            day,
            budgets,
            walkers: Vec::new(),
            pools,
            waits: vec![Vec::new(); n],
            arrivals: vec![0; n],
            clocks: vec![(0, 0); definition.clocks.len()],
            cycles: Vec::new(),
            cancelled: 0,
            events: BinaryHeap::new(),
            sequence: 0,
            random: Random { seed: input.seed },
            stations,
        }
    }

    fn run(&mut self) {
        let opening = self.definition.actions.iter().find(|a| a.verb == Verb::Open).map(|a| a.to.clone()).unwrap_or_default();
        let Some(start) = self.stations.iter().position(|s| s.id == opening) else { return };
        let mut at = 0.0;
        let mut n: u64 = 0;
        while self.input.rate_per_day > 0.0 {
            at += self.random.exponential(u64::MAX, n, self.day / self.input.rate_per_day);
            n += 1;
            if at > self.horizon {
                break;
            }
            self.push(at, self.walkers.len(), Kind::Open);
            let draws = 1;
            let unit = self.random.below(self.walkers.len() as u64, 0, self.input.units.max(1));
            self.walkers.push(Walker { unit, draws, stage: start, opened: at, clocks: BTreeMap::new() });
        }
        while let Some(event) = self.events.pop() {
            if event.at > self.horizon {
                break;
            }
            match event.kind {
                Kind::Open => self.enter(event.walker, start, event.at),
                Kind::Done => self.leave(event.walker, event.at),
            }
        }
        let end = self.horizon;
        for pool in &mut self.pools {
            pool.close(end);
        }
        self.close_clocks();
    }

    fn push(&mut self, at: f64, walker: usize, kind: Kind) {
        self.sequence += 1;
        self.events.push(Event { at, sequence: self.sequence, walker, kind });
    }

    fn draw(&mut self, walker: usize, mean: f64) -> f64 {
        let draws = self.walkers[walker].draws;
        self.walkers[walker].draws += 1;
        self.random.exponential(walker as u64, draws, mean)
    }

    fn pool_of(&self, walker: usize) -> usize {
        let stage = self.walkers[walker].stage;
        if self.stations[stage].by_unit { self.stations.len() + self.walkers[walker].unit as usize } else { stage }
    }

    fn enter(&mut self, walker: usize, stage: usize, at: f64) {
        self.walkers[walker].stage = stage;
        self.arrivals[stage] += 1;
        self.start_clocks(walker, stage, at);
        if self.stations[stage].ends {
            if self.definition.stages[stage].base == Base::Done {
                let opened = self.walkers[walker].opened;
                self.cycles.push(at - opened);
            } else {
                self.cancelled += 1;
            }
            return;
        }
        if self.stations[stage].delay {
            let time = self.draw(walker, self.stations[stage].mean);
            self.push(at + time, walker, Kind::Done);
            return;
        }
        let pool = self.pool_of(walker);
        if self.pools[pool].take(at) {
            self.serve(walker, at, at);
        } else {
            self.pools[pool].queue.push_back((walker, at));
        }
    }

    fn serve(&mut self, walker: usize, arrived: f64, at: f64) {
        let stage = self.walkers[walker].stage;
        self.waits[stage].push(at - arrived);
        let time = self.draw(walker, self.stations[stage].mean);
        self.push(at + time, walker, Kind::Done);
    }

    fn leave(&mut self, walker: usize, at: f64) {
        let stage = self.walkers[walker].stage;
        if !self.stations[stage].delay {
            let pool = self.pool_of(walker);
            match self.pools[pool].queue.pop_front() {
                Some((next, arrived)) => self.serve(next, arrived, at),
                None => self.pools[pool].free(at),
            }
        }
        let whole: f64 = self.stations[stage].ways.iter().map(|w| w.1).sum();
        let draws = self.walkers[walker].draws;
        self.walkers[walker].draws += 1;
        let mut mark = self.random.unit(walker as u64, draws) * whole;
        let ways = &self.stations[stage].ways;
        let chosen = ways.iter().find(|(_, weight)| {
            mark -= weight;
            mark < 0.0
        });
        if let Some(to) = chosen.or(ways.last()).map(|w| w.0) {
            self.enter(walker, to, at);
        }
    }

    fn start_clocks(&mut self, walker: usize, stage: usize, at: f64) {
        let wanted = self.stations[stage].clocks.clone();
        let running: Vec<usize> = self.walkers[walker].clocks.iter().filter(|(_, c)| c.1.is_some()).map(|(i, _)| *i).collect();
        for clock in running.into_iter().filter(|c| !wanted.contains(c)) {
            self.stop(walker, clock, at);
        }
        for clock in wanted {
            let again = self.definition.clocks[clock].again;
            let entry = self.walkers[walker].clocks.entry(clock).or_insert((0.0, None));
            if entry.1.is_none() {
                if again == ClockAgain::Restart {
                    entry.0 = 0.0;
                }
                entry.1 = Some(at);
            }
        }
    }

    fn stop(&mut self, walker: usize, clock: usize, at: f64) {
        if let Some(entry) = self.walkers[walker].clocks.get_mut(&clock)
            && let Some(since) = entry.1.take()
        {
            entry.0 += at - since;
            if self.definition.clocks[clock].again == ClockAgain::Restart {
                let late = entry.0 > self.budgets[clock];
                self.count(clock, late);
            }
        }
    }

    /// Clocks that go on over several visits are judged once, at the end; those still running as far as they have come.
    fn close_clocks(&mut self) {
        for walker in 0..self.walkers.len() {
            let open: Vec<(usize, (f64, Option<f64>))> = self.walkers[walker].clocks.iter().map(|(i, c)| (*i, *c)).collect();
            for (clock, (used, since)) in open {
                let running = since.map_or(0.0, |s| self.horizon - s);
                let late = used + running > self.budgets[clock];
                let once = self.definition.clocks[clock].again != ClockAgain::Restart;
                // Whoever has begun and is not late yet may still be in time: only what is decided counts.
                let decided = late || !once || self.stations[self.walkers[walker].stage].ends;
                if (once || since.is_some()) && decided && (late || once) {
                    self.count(clock, late);
                }
            }
        }
    }

    fn count(&mut self, clock: usize, late: bool) {
        self.clocks[clock].0 += 1;
        self.clocks[clock].1 += u64::from(late);
    }
}

/// What an event of the simulation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Open,
    Done,
}

fn station(definition: &Definition, id: &str, day: f64) -> Station {
    let rule = &definition.simulation;
    let base = definition.base(id);
    let out: Vec<&Action> = definition.actions.iter().filter(|a| a.from.iter().any(|f| f == id)).collect();
    let delay = rule.waiting.contains_key(id) || (base == Base::Hold && !rule.effort.contains_key(id));
    let budget = rule.waiting.get(id).or_else(|| rule.effort.get(id)).copied();
    let mean = budget.map_or_else(|| default_effort(base, day), |b| minutes(b, day));
    let by_unit = out.iter().any(|a| leads_on(a.verb) && a.who.iter().any(|w| w.contains("rel:owner_unit") || w.contains("rel:handler")));
    let servers = rule.servers.get(id).copied().unwrap_or(if by_unit { 1 } else { 3 });
    let clocks = definition
        .stage(id)
        .into_iter()
        .flat_map(|s| &s.clocks)
        .filter_map(|c| definition.clocks.iter().position(|k| k.id == *c))
        .collect();
    Station { id: id.to_owned(), mean, delay, by_unit, servers, ends: base.is_final(), ways: ways(definition, id, &out), clocks }
}

/// The ways out of a stage with their weights: as declared, else by what the verb usually is.
fn ways(definition: &Definition, id: &str, out: &[&Action]) -> Vec<(usize, f64)> {
    let place = |stage: &str| definition.stages.iter().position(|s| s.id == stage);
    let main = out.iter().any(|a| a.primary && leads_on(a.verb) && !a.to.is_empty() && a.to != id);
    let mut found: Vec<(usize, f64)> = Vec::new();
    for action in out {
        let held = definition.actions.iter().filter(|a| a.verb == Verb::Suspend).flat_map(|a| a.from.first()).next();
        let to = if action.verb == Verb::Resume && action.to.is_empty() { held.and_then(|s| place(s)) } else { place(&action.to) };
        let Some(to) = to.filter(|t| definition.stages[*t].id != id) else { continue };
        let usual = match action.verb {
            Verb::Resume => 1.0,
            Verb::Return => 0.05,
            Verb::Reject => 0.08,
            Verb::Transfer | Verb::Suspend | Verb::Decline => 0.03,
            Verb::MergeDuplicate => 0.02,
            Verb::Withdraw | Verb::Cure => 0.01,
            v if leads_on(v) && (action.primary || !main) => 1.0,
            v if leads_on(v) => 0.2,
            _ => 0.01,
        };
        let weight = definition.simulation.weight.get(&action.id).copied().unwrap_or(usual);
        if weight > 0.0 {
            found.push((to, weight));
        }
    }
    found
}

fn default_effort(base: Base, day: f64) -> f64 {
    match base {
        Base::Intake | Base::Locate => 15.0,
        Base::Route => 30.0,
        Base::Handle => day,
        Base::Review => 60.0,
        Base::Hold => 5.0 * day,
        Base::Done | Base::Cancelled => 0.0,
    }
}

/// A budget in working minutes.
fn minutes(budget: Budget, day: f64) -> f64 {
    let n = f64::from(budget.amount);
    match budget.unit {
        BudgetUnit::Minute => n,
        BudgetUnit::WorkingHour => n * 60.0,
        BudgetUnit::WorkingDay => n * day,
        // 24 hours on the clock are a calendar day, of which five in seven are worked.
        BudgetUnit::Hour if n >= 24.0 => n / 24.0 * day * 5.0 / 7.0,
        BudgetUnit::Hour => n * 60.0,
        BudgetUnit::Day => n * day * 5.0 / 7.0,
    }
}

/// The sentences every report carries: what it does not know.
pub(crate) fn assumptions() -> Vec<Text> {
    vec![
        Text::new(
            "到达为泊松过程，办理用时为指数分布；先到先办；条件（when）不参与模拟，各条去向按权重随机选择。",
            "Arrivals are Poisson, efforts exponential, first come first served; conditions are not evaluated: ways out are chosen by weight.",
        ),
        Text::new(
            "没有在 [simulation] 声明的用时、人数和权重取通常值；按表取值的时限按兜底值计算。",
            "What [simulation] does not declare has a usual value; clocks looked up in a table use the fallback.",
        ),
        Text::new("这是推演，不是统计。", "This is a projection, not a statistic."),
    ]
}

/// Queue of a pool and who waits in it, for the report.
pub(crate) type Queue = VecDeque<(usize, f64)>;
