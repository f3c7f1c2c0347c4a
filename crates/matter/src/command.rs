//! What somebody wants to do, who they are, and what is known about the place.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::after::EffectCheck;
use crate::family::{ChildChange, ParentRef};

/// One wish of one actor. The shell fills it from a request; [`crate::decide()`] grants or refuses it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Command {
    /// Id of the declared action (`open` creates a case) or `rung` for the ladder.
    pub action: String,
    /// Who asks.
    pub actor: ActorFacts,
    /// The action's form as a JSON object; `null` or `{}` when it has none.
    pub fields: Value,
    /// Free words of the actor.
    pub reason: Option<String>,
    /// One of the reason codes that the action declares.
    pub reason_code: Option<String>,
    /// The unit chosen by hand; without it a dispatch goes to the proposed one.
    pub to_unit: Option<String>,
    /// The person chosen by hand (delegate).
    pub to_person: Option<String>,
    /// Content hashes of photos that come with the action.
    pub photos: Vec<String>,
    /// The case version the actor saw; `None` skips the check.
    pub expected_version: Option<u64>,
    /// The other case (merge as duplicate), an id of the shell.
    pub other_case: Option<String>,
    /// For `rung` and for an effect check: the claim that the worker won.
    pub rung: Option<RungClaim>,
    /// Assisting units chosen by hand: for `split` the units that get a part; for dispatch and transfer, if there are any,
    /// instead of the proposed ones.
    pub assists: Vec<String>,
    /// For `child`: the news of it.
    pub child: Option<ChildChange>,
    /// For an opening: the case that this one is a child of.
    pub parent: Option<ParentRef>,
    /// For an effect check: what was counted.
    pub check: Option<EffectCheck>,
}

/// The stable name of one rung of one run of one clock; unique per case. A worker inserts it once and only then acts.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RungClaim {
    /// Clock id.
    pub clock: String,
    /// How often the clock was started anew before (0 for the first run).
    pub run: u32,
    /// Rung as declared: `50%`, `due`, `+2wd`.
    pub rung: String,
}

impl RungClaim {
    /// `clock#run@rung`, for a unique column.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}#{}@{}", self.clock, self.run, self.rung)
    }
}

/// What the shell has proved about the actor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ActorFacts {
    /// Person id, if known; the public acts without.
    pub person: Option<String>,
    /// The unit the person acts for.
    pub unit: Option<String>,
    /// All units above `unit`, nearest first ([`ActorFacts::of`] fills it).
    pub units_above: Vec<String>,
    /// Role words: `dispatcher`, `analyst`, `clerk`, `officer`, `leader`, `administrator`, `reporter`, `system`.
    pub roles: Vec<String>,
    /// The shell has proved (tracking token, own log-in) that this is the case's reporter.
    pub reporter: bool,
}

impl ActorFacts {
    /// An actor of `unit` with the units above it taken from the tree.
    pub fn of(units: &gongzhi_civic::unit::UnitTree, person: &str, unit: &str, roles: &[&str]) -> Self {
        let mut above = Vec::new();
        let mut current = units.get(unit).and_then(|u| u.parent.clone());
        while let Some(id) = current {
            if above.contains(&id) || id == unit {
                break;
            }
            current = units.get(&id).and_then(|u| u.parent.clone());
            above.push(id);
        }
        Self {
            person: Some(person.to_owned()),
            unit: Some(unit.to_owned()),
            units_above: above,
            roles: roles.iter().map(|r| (*r).to_owned()).collect(),
            reporter: false,
        }
    }

    /// The public reporter of a case, proved by the tracking token.
    #[must_use]
    pub fn public_reporter() -> Self {
        Self { roles: vec!["reporter".to_owned()], reporter: true, ..Self::default() }
    }

    /// The worker that climbs the ladder.
    #[must_use]
    pub fn system() -> Self {
        Self { roles: vec!["system".to_owned()], ..Self::default() }
    }

    /// Whether the actor has this role.
    #[must_use]
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|r| r == role)
    }

    /// Whether the actor's unit is `unit` or lies below it.
    #[must_use]
    pub fn is_within(&self, unit: &str) -> bool {
        self.unit.as_deref() == Some(unit) || self.units_above.iter().any(|u| u == unit)
    }
}

/// What guards and the routing table may look at, as declared in the definition's `[context]`.
///
/// The fields of the case are laid under it and declared defaults under those, so the shell gives only what
/// the network knows: `road.owner`, `road.class`, `area.key`, `area.rural`, …
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Facts(pub Map<String, Value>);

impl Facts {
    /// No facts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a fact by dotted name (`road.owner`), making the maps on the way; builder form.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.set(name, value);
        self
    }

    /// Sets a fact by dotted name (`road.owner`), making the maps on the way.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        let mut map = &mut self.0;
        let mut parts = name.split('.').peekable();
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                map.insert(part.to_owned(), value.into());
                return;
            }
            let slot = map.entry(part.to_owned()).or_insert_with(|| Value::Object(Map::new()));
            if !slot.is_object() {
                *slot = Value::Object(Map::new());
            }
            map = match slot {
                Value::Object(inner) => inner,
                _ => return,
            };
        }
    }

    /// The fact with this dotted name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        let mut parts = name.split('.');
        let mut value = self.0.get(parts.next()?)?;
        for part in parts {
            value = value.get(part)?;
        }
        Some(value)
    }
}
