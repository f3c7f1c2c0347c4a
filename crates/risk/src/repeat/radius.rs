//! Repeat calls (重复警情): many calls, one trouble.
//!
//! Two relations, kept apart:
//!
//! * **One incident.** Calls of one class at one place within half an hour of the first one report the same event: ten
//!   people at one crash. They are merged and are *not* repeats. Half an hour counts from the first call, so that
//!   a busy crossing does not chain a whole day into one incident.
//! * **A repeat.** A later incident of the same class at the same place within the window says that the trouble was not
//!   dealt with: the repeat rate is repeats over incidents, and `169 of 31,980` is 0.53 %.
//!
//! Whether anybody's later call counts, or only the same caller's, is [`Rule::same_caller`]: at a busy crossing the next
//! crash of strangers is no repeat of yesterday's, while the neighbour who calls about the same lorries again is.
//!
//! "The same place" is the same place key or at most [`Rule::distance_m`] from the incident's first call. No national
//! definition is known to us; this one is data, printed by [`Rule::text`] beside every figure.

use gongzhi_civic::text::Text;
use gongzhi_civic::time::{DAY_MS, MINUTE_MS, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};

/// A call as far as joining needs it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Call<'a> {
    /// When it came in.
    pub at: Timestamp,
    /// Class: accident, order, other. Calls of different classes are never joined.
    pub class: &'a str,
    /// Key of the crossing or section it was placed at.
    pub place: Option<&'a str>,
    /// Metres on a plane of the city ([`crate::density::Projection::to_m`]).
    pub position_m: Option<(f64, f64)>,
    /// Digest of who called, where known.
    pub caller: Option<u64>,
}

/// The definition of a repeat; data, so that a city can set its own.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// How far apart two calls about one trouble may be, metres, straight line. 100.
    pub distance_m: f64,
    /// Calls up to this long after an incident's first call belong to it. 30 minutes.
    pub merge_ms: i64,
    /// An incident up to this long after the last call of an earlier one repeats it. 7 days.
    pub window_ms: i64,
    /// Only a call by the same caller repeats; calls without a known caller never do. Yes.
    pub same_caller: bool,
}

impl Default for Rule {
    fn default() -> Self {
        Self { distance_m: 100.0, merge_ms: 30 * MINUTE_MS, window_ms: 7 * DAY_MS, same_caller: true }
    }
}

impl Rule {
    /// The rule in one sentence, to print beside the figure.
    #[must_use]
    pub fn text(&self) -> Text {
        let (distance, minutes) = (self.distance_m, self.merge_ms as f64 / MINUTE_MS as f64);
        let days = self.window_ms as f64 / DAY_MS as f64;
        let (who_zh, who_en) = if self.same_caller { ("同一报警人", "by the same caller") } else { ("任何报警人", "by anybody") };
        Text::new(
            format!(
                "{who_zh}的同类警情，同一地点或相距不超过 {distance} 米，{days} 天内再次报警为重复警情；首次报警后 {minutes} 分钟内的视为同一起"
            ),
            format!(
                "A call {who_en}, of the same class, at the same place or within {distance} m, within {days} days, is a repeat; within {minutes} minutes of the first call it is the same incident"
            ),
        )
    }
}

/// Where a call belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// Number of its incident, from 0 in order of time.
    pub incident: u32,
    /// The incident's first call (position in the calls passed in); itself if it is the first.
    pub first_call: usize,
    /// First call of the latest earlier incident that this incident repeats.
    pub repeat_of: Option<usize>,
}

/// All calls joined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Joined {
    /// One for each call, in the order passed in.
    pub calls: Vec<Membership>,
    /// How many incidents there are.
    pub incidents: u32,
    /// How many of them repeat an earlier one.
    pub repeats: u32,
}

impl Joined {
    /// Repeats over incidents.
    #[must_use]
    pub fn rate(&self) -> crate::indicator::Ratio {
        crate::indicator::Ratio::new(self.repeats.into(), self.incidents.into())
    }
}

/// Why calls cannot be joined.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum JoinError {
    /// A distance that is negative or not a number, a time that is negative, or a window shorter than the merging.
    #[error("rule_invalid: {0:?}")]
    Rule(Rule),
    /// A call whose position is not a number.
    #[error("position_not_finite: call {index}")]
    Position {
        /// Position in the calls passed in.
        index: usize,
    },
    /// More calls than can be numbered.
    #[error("too_many_calls: {0}")]
    TooMany(usize),
}

impl JoinError {
    /// Stable code for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Rule(_) => "rule_invalid",
            Self::Position { .. } => "position_not_finite",
            Self::TooMany(_) => "too_many_calls",
        }
    }

    /// The reason in both languages.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Rule(_) => Text::new(
                "重复警情规则无效：距离和时间不得为负，时间窗不得短于合并时间",
                "The rule is not valid: distance and times must not be negative, the window not shorter than the merging",
            ),
            Self::Position { index } => {
                Text::new(format!("第 {} 条警情的坐标不是数", index + 1), format!("Call {} has a position that is not a number", index + 1))
            }
            Self::TooMany(n) => Text::new(format!("警情过多：{n}"), format!("Too many calls: {n}")),
        }
    }
}

/// Joins calls into incidents and finds which incidents repeat earlier ones.
///
/// The order of the calls does not matter, except among calls that are equal in everything.
/// Cost: a sort by time, then for each call the incidents of its own and the eight neighbouring cells of the distance's
/// size, newest first, no further back than the newest match.
///
/// # Errors
/// [`JoinError`].
pub fn join(calls: &[Call<'_>], rule: &Rule) -> Result<Joined, JoinError> {
    let sound = rule.distance_m >= 0.0 && rule.distance_m.is_finite() && rule.merge_ms >= 0 && rule.window_ms >= rule.merge_ms;
    if !sound {
        return Err(JoinError::Rule(*rule));
    }
    if calls.len() >= u32::MAX as usize {
        return Err(JoinError::TooMany(calls.len()));
    }
    let finite = |c: &Call<'_>| c.position_m.is_none_or(|(x, y)| x.is_finite() && y.is_finite());
    if let Some(index) = calls.iter().position(|c| !finite(c)) {
        return Err(JoinError::Position { index });
    }
    let mut order: Vec<usize> = (0..calls.len()).collect();
    order.sort_by(|&a, &b| earlier(&calls[a], &calls[b]).then(a.cmp(&b)));

    let mut known = Known::new(rule);
    let mut joined = Joined { calls: vec![Membership { incident: 0, first_call: 0, repeat_of: None }; calls.len()], ..Joined::default() };
    for i in order {
        let call = &calls[i];
        let earlier = known.latest(call);
        let membership = match earlier {
            Some(e) if known.merges(e, call) => known.merge(e, call),
            _ => {
                let repeated = if rule.same_caller { known.of_caller(call) } else { earlier };
                let repeat_of = repeated.map(|e| known.incidents[e as usize].first_call);
                joined.repeats += u32::from(repeat_of.is_some());
                Membership { incident: known.open(call, i, repeat_of), first_call: i, repeat_of }
            }
        };
        known.note_caller(call, membership.incident);
        joined.calls[i] = membership;
    }
    joined.incidents = known.incidents.len() as u32;
    Ok(joined)
}

/// By time; among calls of one instant by what they are, so that the input's order does not show.
fn earlier(a: &Call<'_>, b: &Call<'_>) -> std::cmp::Ordering {
    let position = |c: &Call<'_>| c.position_m.unwrap_or((f64::INFINITY, f64::INFINITY));
    let ((ax, ay), (bx, by)) = (position(a), position(b));
    a.at.cmp(&b.at).then(a.class.cmp(b.class)).then(a.place.cmp(&b.place)).then(ax.total_cmp(&bx)).then(ay.total_cmp(&by))
}

struct Incident {
    opened: Timestamp,
    last: Timestamp,
    position_m: Option<(f64, f64)>,
    first_call: usize,
    repeat_of: Option<usize>,
}

/// Hash maps with a fixed seed: the same work on every run.
type Map<K, V> = HashMap<K, V, BuildHasherDefault<DefaultHasher>>;

/// A call that a caller made: its incident, place key and position.
type Heard<'a> = (u32, Option<&'a str>, Option<(f64, f64)>);

/// Incidents so far, found by place key and by cell.
struct Known<'a> {
    rule: Rule,
    incidents: Vec<Incident>,
    /// The latest incident at each place.
    by_place: Map<(u32, &'a str), u32>,
    /// Incidents of a class in a cell, oldest first.
    by_cell: Map<(u32, i64, i64), Vec<u32>>,
    classes: Map<&'a str, u32>,
    /// What a caller called about, oldest first: incident, place key and position of that call.
    by_caller: Map<(u32, u64), Vec<Heard<'a>>>,
}

impl<'a> Known<'a> {
    fn new(rule: &Rule) -> Self {
        let maps = (Map::default(), Map::default(), Map::default(), Map::default());
        Self { rule: *rule, incidents: Vec::new(), by_place: maps.0, by_cell: maps.1, classes: maps.2, by_caller: maps.3 }
    }

    /// The latest incident at this place that the same caller called about and that is not too old.
    fn of_caller(&self, call: &Call<'a>) -> Option<u32> {
        let class = *self.classes.get(call.class)?;
        let same_place = |place: Option<&str>, position: Option<(f64, f64)>| {
            let near = |(ax, ay): (f64, f64), (bx, by): (f64, f64)| (ax - bx).hypot(ay - by) <= self.rule.distance_m;
            (place.is_some() && place == call.place) || position.zip(call.position_m).is_some_and(|(a, b)| near(a, b))
        };
        let calls = self.by_caller.get(&(class, call.caller?))?;
        calls
            .iter()
            .rev()
            .take_while(|c| self.may_be_recent(c.0, call))
            .find(|c| self.recent(c.0, call) && same_place(c.1, c.2))
            .map(|c| c.0)
    }

    fn note_caller(&mut self, call: &Call<'a>, incident: u32) {
        if let (Some(caller), Some(&class)) = (call.caller, self.classes.get(call.class)) {
            self.by_caller.entry((class, caller)).or_default().push((incident, call.place, call.position_m));
        }
    }

    /// The latest incident of the same trouble that is not too old.
    fn latest(&self, call: &Call<'a>) -> Option<u32> {
        let class = *self.classes.get(call.class)?;
        let mut best = call.place.and_then(|place| self.by_place.get(&(class, place)).copied()).filter(|&i| self.recent(i, call));
        if let Some((x, y)) = call.position_m {
            let (column, row) = self.cell(x, y);
            for (dx, dy) in NEIGHBOURS {
                let Some(members) = self.by_cell.get(&(class, column.saturating_add(dx), row.saturating_add(dy))) else { continue };
                let newer = members.iter().rev().copied().take_while(|&i| best.is_none_or(|b| i > b) && self.may_be_recent(i, call));
                best = newer.into_iter().find(|&i| self.near(i, x, y) && self.recent(i, call)).or(best);
            }
        }
        best
    }

    fn open(&mut self, call: &Call<'a>, first_call: usize, repeat_of: Option<usize>) -> u32 {
        let number = self.incidents.len() as u32; // `join` refuses more calls than fit.
        let next_class = self.classes.len() as u32;
        let class = *self.classes.entry(call.class).or_insert(next_class);
        if let Some(place) = call.place {
            self.by_place.insert((class, place), number);
        }
        if let Some((x, y)) = call.position_m {
            let (column, row) = self.cell(x, y);
            self.by_cell.entry((class, column, row)).or_default().push(number);
        }
        self.incidents.push(Incident { opened: call.at, last: call.at, position_m: call.position_m, first_call, repeat_of });
        number
    }

    fn merge(&mut self, number: u32, call: &Call<'a>) -> Membership {
        if let (Some(place), Some(&class)) = (call.place, self.classes.get(call.class)) {
            self.by_place.insert((class, place), number); // The incident is known under this key from now on, too.
        }
        let incident = &mut self.incidents[number as usize];
        incident.last = call.at;
        Membership { incident: number, first_call: incident.first_call, repeat_of: incident.repeat_of }
    }

    fn merges(&self, incident: u32, call: &Call<'_>) -> bool {
        since(self.incidents[incident as usize].opened, call.at) <= self.rule.merge_ms
    }

    fn recent(&self, incident: u32, call: &Call<'_>) -> bool {
        since(self.incidents[incident as usize].last, call.at) <= self.rule.window_ms
    }

    /// False once no older incident of the cell can be recent: its last call is at most the merging time after its first.
    fn may_be_recent(&self, incident: u32, call: &Call<'_>) -> bool {
        since(self.incidents[incident as usize].opened, call.at) <= self.rule.window_ms.saturating_add(self.rule.merge_ms)
    }

    fn near(&self, incident: u32, x: f64, y: f64) -> bool {
        self.incidents[incident as usize].position_m.is_some_and(|(ix, iy)| (ix - x).hypot(iy - y) <= self.rule.distance_m)
    }

    fn cell(&self, x: f64, y: f64) -> (i64, i64) {
        let size = self.rule.distance_m.max(1.0);
        ((x / size).floor() as i64, (y / size).floor() as i64)
    }
}

/// A call's own cell first: it most often holds the match and cuts the others short.
const NEIGHBOURS: [(i64, i64); 9] = [(0, 0), (-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (1, -1), (-1, 1), (1, 1)];

fn since(then: Timestamp, now: Timestamp) -> i64 {
    now.0.saturating_sub(then.0)
}
