//! Which unit a case belongs to, with the reason.

use gongzhi_civic::text::Text;
use gongzhi_civic::unit::{Unit, UnitTree};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::command::Facts;
use crate::definition::Definition;
use crate::expression;

/// A proposal; a dispatcher may choose otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Unit id.
    pub unit: String,
    /// Row that fired.
    pub row: String,
    /// Why.
    pub reason: Text,
    /// Assisting units.
    pub assists: Vec<String>,
}

/// The first row that holds and names one active unit; a row whose duty nobody has here, or that several units share
/// without an area to choose by, is passed over. The fallback always answers.
#[must_use]
pub fn route(definition: &Definition, facts: &Facts) -> Proposal {
    let scope = expression::scope(&definition.compiled.context, &facts.0);
    for (row, condition) in definition.routing.rows.iter().zip(&definition.compiled.rows) {
        if condition.holds(&scope) != Ok(true) {
            continue;
        }
        let Some(unit) = Target::read(&row.to).and_then(|t| t.resolve(&definition.units, facts)) else { continue };
        let assists = row
            .assist
            .iter()
            .filter_map(|a| Target::read(a)?.resolve(&definition.units, facts))
            .filter(|a| *a != unit)
            .map(str::to_owned)
            .collect();
        return Proposal { unit: unit.to_owned(), row: row.id.clone(), reason: row.reason.clone(), assists };
    }
    // Only reached when the fallback's unit was dissolved after publishing: the matter's owner answers then.
    Proposal {
        unit: definition.owner.clone(),
        row: String::new(),
        reason: Text::new("兜底单位已撤销，交由本事项主管单位", "the fallback unit is dissolved; the matter's owner takes it"),
        assists: Vec::new(),
    }
}

/// Units that get a copy of a case that is given to `owner`: those that the routing's `copy` names, each once.
#[must_use]
pub fn copies(definition: &Definition, facts: &Facts, owner: &str) -> Vec<String> {
    let mut units: Vec<String> = Vec::new();
    for target in &definition.routing.copy {
        let unit = Target::read(target).and_then(|t| t.resolve(&definition.units, facts));
        if let Some(unit) = unit.filter(|u| *u != owner && !units.iter().any(|known| known == u)) {
            units.push(unit.to_owned());
        }
    }
    units
}

/// What a row points at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target<'a> {
    /// `unit:<id>`
    Unit(&'a str),
    /// `duty:<duty>` or `duty:<duty> in area`
    Duty { duty: &'a str, in_area: bool },
    /// `fact:<variable>`: the unit whose id the variable holds (`fact:road.owner`)
    Fact(&'a str),
}

impl<'a> Target<'a> {
    pub(crate) fn read(text: &'a str) -> Option<Self> {
        let (kind, rest) = text.trim().split_once(':')?;
        let (word, in_area) = rest.strip_suffix(" in area").map_or((rest, false), |w| (w, true));
        let word = word.trim();
        match kind {
            _ if word.is_empty() || word.contains(' ') => None,
            "unit" if !in_area => Some(Self::Unit(word)),
            "fact" if !in_area => Some(Self::Fact(word)),
            "duty" => Some(Self::Duty { duty: word, in_area }),
            _ => None,
        }
    }

    fn resolve<'u>(self, units: &'u UnitTree, facts: &Facts) -> Option<&'u str> {
        match self {
            Self::Unit(id) => units.get(id).filter(|u| u.active).map(|u| u.id.as_str()),
            Self::Fact(name) => units.get(facts.get(name)?.as_str()?).filter(|u| u.active).map(|u| u.id.as_str()),
            Self::Duty { duty, in_area } => {
                let having: Vec<&Unit> = units.units.values().filter(|u| u.active && u.duties.iter().any(|d| d == duty)).collect();
                let here: Vec<&str> =
                    ["area.key", "area.name"].iter().filter_map(|n| facts.get(n)?.as_str()).filter(|a| !a.is_empty()).collect();
                let answers_here = |u: &&&Unit| u.areas.iter().any(|a| here.contains(&a.as_str()) || in_list(facts, a));
                if let Some(unit) = having.iter().find(answers_here) {
                    return Some(&unit.id);
                }
                let everywhere: Vec<&&Unit> = having.iter().filter(|u| u.areas.is_empty()).collect();
                match everywhere.as_slice() {
                    [one] => Some(&one.id),
                    [first, ..] if !in_area => Some(&first.id),
                    _ => None,
                }
            }
        }
    }
}

/// Areas lie within each other: `area.all` lists every key and name of the areas at the place.
fn in_list(facts: &Facts, area: &str) -> bool {
    facts.get("area.all").and_then(Value::as_array).is_some_and(|all| all.iter().any(|a| a.as_str() == Some(area)))
}
