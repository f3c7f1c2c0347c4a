//! Corrections by hand as constraints: they hold whatever the words say.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What a person says about two calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// One event on one occasion.
    SameIncident,
    /// Two occasions of one unsolved matter.
    SameTrouble,
    /// Nothing to do with each other.
    Different,
}

/// One correction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// Key of one call.
    pub left: u64,
    /// Key of the other.
    pub right: u64,
    /// What they are to each other.
    pub relation: Relation,
}

/// Groups that must be together, and groups that must not meet.
#[derive(Clone, Debug, Default)]
pub(super) struct Groups {
    parent: Vec<usize>,
    /// Groups that a group must not meet, by root.
    apart: HashMap<usize, BTreeSet<usize>>,
}

impl Groups {
    fn new(n: usize) -> Self {
        Self { parent: (0..n).collect(), apart: HashMap::new() }
    }

    pub(super) fn root(&self, mut i: usize) -> usize {
        while self.parent[i] != i {
            i = self.parent[i];
        }
        i
    }

    /// Whether two groups may be one.
    pub(super) fn may_meet(&self, a: usize, b: usize) -> bool {
        let (a, b) = (self.root(a), self.root(b));
        a == b || !self.apart.get(&a).is_some_and(|set| set.contains(&b))
    }

    /// Makes two groups one, if they may be. The smaller number stands for both.
    pub(super) fn unite(&mut self, a: usize, b: usize) -> bool {
        let (a, b) = (self.root(a), self.root(b));
        if a == b {
            return true;
        }
        if !self.may_meet(a, b) {
            return false;
        }
        let (stays, goes) = (a.min(b), a.max(b));
        self.parent[goes] = stays;
        let others = self.apart.remove(&goes).unwrap_or_default();
        for &other in &others {
            let set = self.apart.entry(other).or_default();
            set.remove(&goes);
            set.insert(stays);
        }
        self.apart.entry(stays).or_default().extend(others);
        true
    }

    fn part(&mut self, a: usize, b: usize) -> bool {
        let (a, b) = (self.root(a), self.root(b));
        if a == b {
            return false;
        }
        self.apart.entry(a).or_default().insert(b);
        self.apart.entry(b).or_default().insert(a);
        true
    }
}

/// Every correction that holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Constraints {
    /// Number of each call that a correction names.
    numbers: BTreeMap<u64, usize>,
    pub(super) incidents: Groups,
    pub(super) troubles: Groups,
    /// Corrections that a later one contradicts, by their position.
    pub(super) overruled: Vec<usize>,
}

impl Constraints {
    /// Takes corrections in order of time. Of those that contradict each other the later one holds.
    pub(super) fn new(corrections: &[Correction]) -> Self {
        let mut numbers = BTreeMap::new();
        for c in corrections {
            for key in [c.left, c.right] {
                let next = numbers.len();
                numbers.entry(key).or_insert(next);
            }
        }
        let n = numbers.len();
        let mut held = Self { incidents: Groups::new(n), troubles: Groups::new(n), overruled: Vec::new(), numbers };
        for (i, c) in corrections.iter().enumerate().rev() {
            let (a, b) = (held.numbers[&c.left], held.numbers[&c.right]);
            let before = (held.incidents.clone(), held.troubles.clone());
            let holds = match c.relation {
                Relation::SameIncident => held.incidents.unite(a, b) && held.troubles.unite(a, b),
                Relation::SameTrouble => held.incidents.part(a, b) && held.troubles.unite(a, b),
                Relation::Different => held.incidents.part(a, b) && held.troubles.part(a, b),
            };
            if !holds {
                (held.incidents, held.troubles) = before;
                held.overruled.push(i);
            }
        }
        held.overruled.reverse();
        held
    }

    pub(super) fn number(&self, key: u64) -> Option<usize> {
        self.numbers.get(&key).copied()
    }
}
