//! Puts each call to its incident and each incident to its trouble, in order of time.
//!
//! One call at a time: a whole city's years and one live call go the same way and give the same answer.

use super::constraints::{Constraints, Correction};
use super::evidence::{self, Evidence, Kinds, Ready, compare, likelihood};
use super::rule::{Bounds, Rule, RuleError};
use super::words::Reader;
use super::{Call, Streets};
use gongzhi_civic::time::{MINUTE_MS, Timestamp};
use rayon::prelude::*;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

type Map<K, V> = HashMap<K, V, BuildHasherDefault<DefaultHasher>>;

/// Calls of an incident or trouble that a new call is held against: the first and the latest.
const KEPT: usize = 6;
/// Calls nearer than this are near whatever the streets say: the two carriageways of one road are not connected for long.
const ACROSS_M: f64 = 40.0;
/// Calls whose words are read at one go.
const CHUNK: usize = 16_384;

/// Where a call was put.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placed {
    /// Number of its incident, position in [`Joiner::incidents`].
    pub incident: u32,
    /// How likely it belongs there: 1 for the call that opened it.
    pub likelihood: f32,
    /// A correction put it there.
    pub by_hand: bool,
}

/// An incident.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Incident {
    /// Key of its first call.
    pub first_call: u64,
    /// When that came in.
    pub opened: Timestamp,
    /// When its last call came in.
    pub last: Timestamp,
    /// How many calls it has.
    pub calls: u32,
    /// How likely it belongs to its trouble: 1 for the trouble's first.
    pub likelihood: f32,
    /// A correction put it there.
    pub by_hand: bool,
    trouble: u32,
    kept: Kept,
    /// Its group of corrections about incidents.
    group: Option<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Trouble {
    first_incident: u32,
    incidents: u32,
    last: Timestamp,
    /// The trouble it became part of; itself if none.
    part_of: u32,
    kept: Kept,
    /// Its group of corrections about troubles.
    group: Option<u32>,
}

/// Sequence numbers of the first two and the latest four calls.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Kept {
    n: u8,
    calls: [u32; KEPT],
}

impl Kept {
    fn put(&mut self, call: u32) {
        let n = self.n as usize;
        if n < KEPT {
            self.calls[n] = call;
            self.n += 1;
            return;
        }
        self.calls.copy_within(3.., 2);
        self.calls[KEPT - 1] = call;
    }

    fn list(&self) -> &[u32] {
        &self.calls[..self.n as usize]
    }
}

/// Calls by something they share, oldest first.
type Index<K> = Map<K, VecDeque<u32>>;

/// All calls joined.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Joined {
    /// One for each call, in the order passed in.
    pub calls: Vec<Placed>,
    /// The trouble of each call.
    pub troubles: Vec<u32>,
    /// How many incidents there are.
    pub incidents: u32,
    /// How many of them repeat an earlier one.
    pub repeats: u32,
    /// Corrections that a later one contradicts, by their position.
    pub overruled: Vec<usize>,
}

impl Joined {
    /// Repeats over incidents.
    #[must_use]
    pub fn rate(&self) -> crate::indicator::Ratio {
        crate::indicator::Ratio::new(self.repeats.into(), self.incidents.into())
    }
}

/// Joins calls as they come.
#[derive(Clone, Debug)]
pub struct Joiner {
    rule: Arc<Rule>,
    reader: Arc<Reader>,
    streets: Option<Arc<Streets>>,
    kinds: Kinds,
    groups: evidence::Groups,
    constraints: Constraints,
    /// Incident of each group of corrections, by its root, and trouble likewise.
    incident_of: Map<usize, u32>,
    trouble_of: Map<usize, u32>,
    /// Calls of the window, the first of them is number `base`.
    recent: VecDeque<(Ready, u32)>,
    base: u32,
    near: Index<(i64, i64)>,
    far: Index<(i64, i64)>,
    by_place: Index<u64>,
    by_caller: Index<u64>,
    incidents: Vec<Incident>,
    troubles: Vec<Trouble>,
    repeats: u32,
}

impl Joiner {
    /// A joiner without calls. `reader` has learnt the city's words; corrections are in order of time.
    ///
    /// # Errors
    /// [`RuleError`] if a number of the rule is out of range.
    pub fn new(rule: Arc<Rule>, reader: Arc<Reader>, streets: Option<Arc<Streets>>, corrections: &[Correction]) -> Result<Self, RuleError> {
        rule.check()?;
        let bits = |pick: fn(&super::Topic) -> bool| {
            (0_u32..).zip(&rule.topics).filter(|(_, t)| pick(t)).fold(0_u64, |bits, (i, _)| bits | 1 << i)
        };
        let kinds = Kinds { passing: bits(|t| t.passing), follows: bits(|t| t.follows) };
        let mut names: Vec<&str> = rule.facts.iter().map(|f| f.group.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let of = |group: &str| (0_u32..).zip(&rule.facts).filter(|(_, f)| f.group == group).fold(0_u64, |bits, (i, _)| bits | 1 << i);
        let groups = names.into_iter().map(of).collect();
        Ok(Self {
            reader,
            streets,
            kinds,
            groups,
            constraints: Constraints::new(corrections),
            incident_of: Map::default(),
            trouble_of: Map::default(),
            recent: VecDeque::new(),
            base: 0,
            near: Map::default(),
            far: Map::default(),
            by_place: Map::default(),
            by_caller: Map::default(),
            incidents: Vec::new(),
            troubles: Vec::new(),
            repeats: 0,
            rule,
        })
    }

    /// Joins many calls, in order of time; calls of one instant in order of their keys. Words are read in parallel, the
    /// result does not depend on it.
    pub fn join(&mut self, calls: &[Call<'_>]) -> Joined {
        let mut order: Vec<usize> = (0..calls.len()).collect();
        order.sort_by_key(|&i| (calls[i].at, calls[i].key));
        let mut placed = vec![Placed { incident: 0, likelihood: 1.0, by_hand: false }; calls.len()];
        for chunk in order.chunks(CHUNK) {
            let ready: Vec<Ready> = chunk.par_iter().map(|&i| self.ready(&calls[i])).collect();
            for (&i, ready) in chunk.iter().zip(ready) {
                placed[i] = self.put(ready);
            }
        }
        Joined {
            troubles: placed.iter().map(|p| self.trouble(p.incident)).collect(),
            calls: placed,
            incidents: self.incidents.len() as u32,
            repeats: self.repeats,
            overruled: self.constraints.overruled.clone(),
        }
    }

    /// Joins one call. One that comes in late is held against the calls before and after it that are still known, but
    /// moves none of them: only a new run over all calls gives the answer that its time would have given.
    pub fn push(&mut self, call: &Call<'_>) -> Placed {
        let ready = self.ready(call);
        self.put(ready)
    }

    /// Notes that what a recent call was about is done.
    pub fn close(&mut self, key: u64, at: Timestamp) {
        if let Some((call, _)) = self.recent.iter_mut().find(|(call, _)| call.key == key) {
            call.closed_at = Some(at);
        }
    }

    /// All incidents in the order in which they were opened.
    #[must_use]
    pub fn incidents(&self) -> &[Incident] {
        &self.incidents
    }

    /// Number of an incident's trouble. It may change while calls come in.
    #[must_use]
    pub fn trouble(&self, incident: u32) -> u32 {
        self.incidents.get(incident as usize).map_or(u32::MAX, |i| self.whole(i.trouble))
    }

    /// The first incident of a trouble.
    #[must_use]
    pub fn first_of(&self, trouble: u32) -> Option<u32> {
        self.troubles.get(trouble as usize).map(|t| t.first_incident)
    }

    /// Incidents, and how many of them repeat an earlier one.
    #[must_use]
    pub fn counts(&self) -> (u32, u32) {
        (self.incidents.len() as u32, self.repeats)
    }

    /// The rule by which this joins.
    #[must_use]
    pub fn rule(&self) -> &Rule {
        &self.rule
    }

    /// Corrections that a later one contradicts, by their position.
    #[must_use]
    pub fn overruled(&self) -> &[usize] {
        &self.constraints.overruled
    }

    /// What speaks for and against two calls being one incident, and being one trouble.
    #[must_use]
    pub fn evidence(&self, a: &Call<'_>, b: &Call<'_>) -> (Evidence, Evidence) {
        let (a, b) = (self.ready(a), self.ready(b));
        (self.compare(&a, &b, &self.rule.incident), self.compare(&a, &b, &self.rule.trouble))
    }

    fn ready(&self, call: &Call<'_>) -> Ready {
        Ready {
            key: call.key,
            at: call.at,
            class: hash(call.class),
            place: call.place.map(hash),
            position_m: call.position_m.filter(|(x, y)| x.is_finite() && y.is_finite()),
            street: call.street,
            caller: call.caller,
            said: self.reader.read(call.words),
            closed_at: call.closed_at,
        }
    }

    fn put(&mut self, call: Ready) -> Placed {
        self.forget(call.at);
        let seq = self.base.saturating_add(self.recent.len() as u32);
        let number = self.constraints.number(call.key);
        let placed = match self.incident_for(&call, number) {
            Some(placed) => placed,
            None => Placed { incident: self.open(&call), likelihood: 1.0, by_hand: false },
        };
        self.enter(placed.incident, &call, seq, number);
        self.link(placed.incident, &call);
        self.note(call, seq, placed.incident);
        placed
    }

    /// The incident a call belongs to, if there is one already.
    fn incident_for(&self, call: &Ready, number: Option<usize>) -> Option<Placed> {
        let told = number.and_then(|n| self.incident_of.get(&self.constraints.incidents.root(n)));
        if let Some(&incident) = told {
            return Some(Placed { incident, likelihood: 1.0, by_hand: true });
        }
        let bounds = &self.rule.incident;
        let since = back(call.at, bounds);
        let mut found: Vec<u32> = Vec::new();
        self.nearby(&self.near, bounds, call, since, |incident| found.push(incident));
        found.sort_unstable();
        found.dedup();
        // A call that comes in late may belong to an incident that was opened after it.
        let in_time = |i: u32| self.incidents[i as usize].opened.0.abs_diff(call.at.0) <= ms(bounds).unsigned_abs();
        let allowed = found.into_iter().filter(|&i| self.may_join(i, number) && in_time(i));
        let kept = allowed.map(|i| (i, self.incidents[i as usize].kept));
        let (incident, odds) = self.best(kept, call, bounds, |_| true)?;
        Some(Placed { incident, likelihood: likelihood(odds) as f32, by_hand: false })
    }

    /// Whether corrections allow a call into an incident.
    fn may_join(&self, incident: u32, number: Option<usize>) -> bool {
        let Some(number) = number else { return true };
        let (held, incident) = (&self.constraints, &self.incidents[incident as usize]);
        let trouble = self.troubles[self.whole(incident.trouble) as usize].group;
        incident.group.is_none_or(|g| held.incidents.may_meet(g as usize, number))
            && trouble.is_none_or(|g| held.troubles.may_meet(g as usize, number))
    }

    fn open(&mut self, call: &Ready) -> u32 {
        let (incident, trouble) = (self.incidents.len() as u32, self.troubles.len() as u32);
        let kept = Kept::default();
        self.incidents.push(Incident {
            first_call: call.key,
            opened: call.at,
            last: call.at,
            calls: 0,
            likelihood: 1.0,
            by_hand: false,
            trouble,
            kept,
            group: None,
        });
        self.troubles.push(Trouble { first_incident: incident, incidents: 1, last: call.at, part_of: trouble, kept, group: None });
        incident
    }

    /// Counts a call in, with the corrections that name it.
    fn enter(&mut self, incident: u32, call: &Ready, seq: u32, number: Option<usize>) {
        let at = incident as usize;
        let entry = &mut self.incidents[at];
        entry.last = entry.last.max(call.at);
        entry.calls = entry.calls.saturating_add(1);
        entry.kept.put(seq);
        let trouble = self.whole(self.incidents[at].trouble) as usize;
        self.troubles[trouble].last = self.troubles[trouble].last.max(call.at);
        self.troubles[trouble].kept.put(seq);
        let Some(number) = number else { return };
        // What the model joins is one for later corrections, too: they then cannot contradict it.
        let group = self.incidents[at].group.map_or(number, |g| g as usize);
        self.constraints.incidents.unite(group, number);
        let root = self.constraints.incidents.root(number);
        self.incidents[at].group = Some(root as u32);
        self.incident_of.insert(root, incident);
        let told = self.trouble_of.get(&self.constraints.troubles.root(number)).map(|&t| self.whole(t));
        if let Some(other) = told.filter(|&t| t as usize != trouble) {
            self.merge(other, trouble as u32);
            self.incidents[at].by_hand = true;
        }
        let trouble = self.whole(self.incidents[at].trouble) as usize;
        self.hold(trouble, number);
    }

    /// Makes a trouble known under a call's corrections.
    fn hold(&mut self, trouble: usize, number: usize) {
        let group = self.troubles[trouble].group.map_or(number, |g| g as usize);
        self.constraints.troubles.unite(group, number);
        let root = self.constraints.troubles.root(number);
        self.troubles[trouble].group = Some(root as u32);
        self.trouble_of.insert(root, trouble as u32);
    }

    /// Makes two troubles one; the one that began first stands for both.
    fn merge(&mut self, a: u32, b: u32) {
        let begins = |t: u32| (self.incidents[self.troubles[t as usize].first_incident as usize].opened, t);
        let (stays, goes) = if begins(a) <= begins(b) { (a, b) } else { (b, a) };
        let gone = self.troubles[goes as usize];
        self.troubles[goes as usize].part_of = stays;
        let whole = &mut self.troubles[stays as usize];
        whole.incidents = whole.incidents.saturating_add(gone.incidents);
        whole.last = whole.last.max(gone.last);
        gone.kept.list().iter().for_each(|&call| whole.kept.put(call));
        self.repeats = self.repeats.saturating_add(1);
        if let Some(group) = gone.group {
            self.hold(stays as usize, group as usize);
        }
    }

    /// Looks for an earlier trouble that an incident belongs to, as long as it stands alone.
    fn link(&mut self, incident: u32, call: &Ready) {
        let own = self.whole(self.incidents[incident as usize].trouble);
        if self.troubles[own as usize].incidents > 1 {
            return;
        }
        let bounds = &self.rule.trouble;
        let since = back(call.at, bounds);
        let mut found: Vec<u32> = Vec::new();
        let counts = self.rule.others_count;
        let same_caller = |seq: u32| call.caller.is_some() && self.call(seq).is_some_and(|c| c.0.caller == call.caller);
        self.nearby(&self.far, bounds, call, since, |i| found.push(self.trouble(i)));
        found.sort_unstable();
        found.dedup();
        found.retain(|&t| t != own && self.troubles[t as usize].last >= since && self.may_link(own, t));
        let opened = self.incidents[incident as usize].opened;
        found.retain(|&t| self.incidents[self.troubles[t as usize].first_incident as usize].opened <= opened);
        let counted = |seq: u32| counts || same_caller(seq);
        let kept = found.into_iter().map(|t| (t, self.troubles[t as usize].kept));
        let Some((trouble, odds)) = self.best(kept, call, bounds, counted) else { return };
        self.incidents[incident as usize].likelihood = likelihood(odds) as f32;
        self.merge(trouble, own);
    }

    fn may_link(&self, a: u32, b: u32) -> bool {
        let groups = self.troubles[a as usize].group.zip(self.troubles[b as usize].group);
        groups.is_none_or(|(a, b)| self.constraints.troubles.may_meet(a as usize, b as usize))
    }

    /// The candidate whose calls this one fits best on average, and the mean log odds; `None` below the threshold. Of equals
    /// the latest.
    fn best(
        &self,
        found: impl Iterator<Item = (u32, Kept)>,
        call: &Ready,
        bounds: &Bounds,
        counted: impl Fn(u32) -> bool,
    ) -> Option<(u32, f64)> {
        let threshold = (bounds.threshold / (1.0 - bounds.threshold)).ln();
        let mut best: Option<(u32, f64)> = None;
        for (number, kept) in found {
            let others = || kept.list().iter().filter(|&&seq| counted(seq)).filter_map(|&seq| self.call(seq)).map(|(other, _)| other);
            let n = others().count() as f64;
            if n == 0.0 {
                continue;
            }
            // Most candidates cannot win whatever their words and the streets say: these are asked of the others only.
            let floor = best.map_or(threshold, |b| b.1) - 1e-9;
            if others().map(|other| self.at_most(other, call, bounds)).sum::<f64>() / n < floor {
                continue;
            }
            let mean = others().map(|other| self.compare(other, call, bounds).log_odds(&bounds.weights)).sum::<f64>() / n;
            if mean >= best.map_or(threshold, |b| b.1) {
                best = Some((number, mean));
            }
        }
        best
    }

    fn compare(&self, a: &Ready, b: &Ready, bounds: &Bounds) -> Evidence {
        self.compare_with(a, b, self.distance_m(a, b), a.said.likeness(&b.said), bounds)
    }

    fn compare_with(&self, a: &Ready, b: &Ready, distance_m: Option<f64>, likeness: f64, bounds: &Bounds) -> Evidence {
        let (a, b) = if (b.at, b.key) < (a.at, a.key) { (b, a) } else { (a, b) };
        compare(a, b, distance_m, likeness, bounds.unit_minutes, self.kinds, &self.groups)
    }

    /// No less than the log odds of two calls: as if all words were alike and the street straight.
    fn at_most(&self, a: &Ready, b: &Ready, bounds: &Bounds) -> f64 {
        let weights = &bounds.weights;
        if weights.distance > 0.0 {
            return self.compare(a, b, bounds).log_odds(weights);
        }
        let likeness = if weights.words > 0.0 { 1.0 } else { 0.0 };
        self.compare_with(a, b, straight_m(a, b), likeness, bounds).log_odds(weights)
    }

    /// Metres along the streets where they are known, else straight metres times the detour.
    fn distance_m(&self, a: &Ready, b: &Ready) -> Option<f64> {
        let straight = straight_m(a, b)?;
        if straight <= ACROSS_M {
            return Some(straight);
        }
        let along = self.streets.as_ref().zip(a.street.zip(b.street)).and_then(|(streets, (a, b))| streets.distance_m(a, b));
        Some(along.unwrap_or(straight * self.rule.detour).max(straight))
    }

    /// Incidents of earlier calls near a call: by cell, by place key and by caller.
    fn nearby(&self, cells: &Index<(i64, i64)>, bounds: &Bounds, call: &Ready, since: Timestamp, mut found: impl FnMut(u32)) {
        let (known, others) = (|seq: u32| self.call(seq), bounds.distance_m);
        let mut take = |list: Option<&VecDeque<u32>>, everywhere: bool| {
            for &seq in list.into_iter().flatten().rev() {
                let Some((other, incident)) = known(seq) else { break };
                if other.at < since {
                    break;
                }
                let near = other.position_m.zip(call.position_m).is_none_or(|((ax, ay), (bx, by))| (ax - bx).hypot(ay - by) <= others);
                if everywhere || near {
                    found(*incident);
                }
            }
        };
        if let Some(position) = call.position_m {
            let (column, row) = cell(position, bounds.distance_m);
            for (dx, dy) in NEIGHBOURS {
                take(cells.get(&(column.saturating_add(dx), row.saturating_add(dy))), false);
            }
        }
        take(call.place.and_then(|p| self.by_place.get(&p)), true);
        take(call.caller.and_then(|c| self.by_caller.get(&c)), true);
    }

    fn call(&self, seq: u32) -> Option<&(Ready, u32)> {
        self.recent.get(seq.checked_sub(self.base)? as usize)
    }

    fn note(&mut self, call: Ready, seq: u32, incident: u32) {
        if let Some(position) = call.position_m {
            self.near.entry(cell(position, self.rule.incident.distance_m)).or_default().push_back(seq);
            self.far.entry(cell(position, self.rule.trouble.distance_m)).or_default().push_back(seq);
        }
        if let Some(place) = call.place {
            self.by_place.entry(place).or_default().push_back(seq);
        }
        if let Some(caller) = call.caller {
            self.by_caller.entry(caller).or_default().push_back(seq);
        }
        self.recent.push_back((call, incident));
    }

    /// Drops calls that no later one can belong to.
    fn forget(&mut self, now: Timestamp) {
        let before = Timestamp(back(now, &self.rule.trouble).0.saturating_sub(ms(&self.rule.incident)));
        while self.recent.front().is_some_and(|(call, _)| call.at < before) {
            let Some((call, _)) = self.recent.pop_front() else { break };
            let gone = self.base;
            self.base = self.base.saturating_add(1);
            if let Some(position) = call.position_m {
                drop_front(&mut self.near, &cell(position, self.rule.incident.distance_m), gone);
                drop_front(&mut self.far, &cell(position, self.rule.trouble.distance_m), gone);
            }
            if let Some(place) = call.place {
                drop_front(&mut self.by_place, &place, gone);
            }
            if let Some(caller) = call.caller {
                drop_front(&mut self.by_caller, &caller, gone);
            }
        }
    }

    /// The trouble that a trouble has become part of.
    fn whole(&self, mut trouble: u32) -> u32 {
        while let Some(t) = self.troubles.get(trouble as usize).filter(|t| t.part_of != trouble) {
            trouble = t.part_of;
        }
        trouble
    }
}

/// Straight metres between two calls; none between two of one place that have no position.
fn straight_m(a: &Ready, b: &Ready) -> Option<f64> {
    let Some(((ax, ay), (bx, by))) = a.position_m.zip(b.position_m) else {
        return (a.place.is_some() && a.place == b.place).then_some(0.0);
    };
    Some((ax - bx).hypot(ay - by))
}

fn drop_front<K: std::hash::Hash + Eq>(index: &mut Index<K>, key: &K, gone: u32) {
    let Some(list) = index.get_mut(key) else { return };
    while list.front().is_some_and(|&seq| seq <= gone) {
        list.pop_front();
    }
    if list.is_empty() {
        index.remove(key);
    }
}

const NEIGHBOURS: [(i64, i64); 9] = [(0, 0), (-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (1, -1), (-1, 1), (1, 1)];

fn cell((x, y): (f64, f64), size: f64) -> (i64, i64) {
    ((x / size).floor() as i64, (y / size).floor() as i64)
}

fn ms(bounds: &Bounds) -> i64 {
    (bounds.window_minutes * MINUTE_MS as f64) as i64
}

fn back(at: Timestamp, bounds: &Bounds) -> Timestamp {
    Timestamp(at.0.saturating_sub(ms(bounds)))
}

/// FNV-1a: the same on every machine.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}
