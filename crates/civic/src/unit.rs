//! Units: the bodies that act. Police tiers, departments, towns, firms; a tree with kinds, duties and areas.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::text::Text;

/// A unit's id: a short, stable, lower-case word chosen by the city (`transport`, `brigade-east`).
pub type UnitId = String;

/// What kind of body a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitKind {
    /// Traffic police bureau or detachment, city tier (局、支队).
    Bureau,
    /// Traffic police brigade, county tier (大队).
    Brigade,
    /// Traffic police squadron (中队).
    Squadron,
    /// A government department of the city or district (部门).
    Department,
    /// A town or street government (镇街).
    Town,
    /// A firm with a duty on the road: expressway owner, power grid, water (企业).
    Enterprise,
    /// The road safety commission's office (道交办、道安办) or the city itself.
    Commission,
    /// A court, a procuratorate, an arbitration commission (司法机关、仲裁机构).
    Judicial,
    /// A mediation committee, a trade association (调解组织、行业协会).
    Association,
    /// A village or residents' committee (村、社区): the third level of road chiefs.
    Village,
}

/// One unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unit {
    /// Stable id.
    pub id: UnitId,
    /// The unit above, if any.
    #[serde(default)]
    pub parent: Option<UnitId>,
    /// Kind of body.
    pub kind: UnitKind,
    /// Name in both languages.
    pub name: Text,
    /// Duties in the city's words (`road.national`, `lamp`, `signal`): routing tables refer to them.
    #[serde(default)]
    pub duties: Vec<String>,
    /// Keys or names of the areas it answers for; empty means everywhere.
    #[serde(default)]
    pub areas: Vec<String>,
    /// A dissolved unit stays for its history but takes nothing new.
    #[serde(default = "yes")]
    pub active: bool,
}

fn yes() -> bool {
    true
}

/// All units, by id.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UnitTree {
    /// Units by id.
    pub units: BTreeMap<UnitId, Unit>,
}

impl UnitTree {
    /// A tree of `units`; a later one replaces an earlier one with the same id.
    pub fn new(units: impl IntoIterator<Item = Unit>) -> Self {
        Self { units: units.into_iter().map(|u| (u.id.clone(), u)).collect() }
    }

    /// The unit with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Unit> {
        self.units.get(id)
    }

    /// Whether `id` is `ancestor` or lies below it. Cycles end after as many steps as there are units.
    #[must_use]
    pub fn is_within(&self, id: &str, ancestor: &str) -> bool {
        let mut current = Some(id);
        for _ in 0..=self.units.len() {
            match current {
                Some(unit) if unit == ancestor => return true,
                Some(unit) => current = self.units.get(unit).and_then(|u| u.parent.as_deref()),
                None => return false,
            }
        }
        false
    }

    /// The active units that carry `duty` and answer for `area` (or for everywhere).
    pub fn with_duty<'a>(&'a self, duty: &'a str, area: Option<&'a str>) -> impl Iterator<Item = &'a Unit> + 'a {
        self.units.values().filter(move |u| {
            u.active && u.duties.iter().any(|d| d == duty) && (u.areas.is_empty() || area.is_some_and(|a| u.areas.iter().any(|x| x == a)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(id: &str, parent: Option<&str>, areas: &[&str]) -> Unit {
        Unit {
            id: id.into(),
            parent: parent.map(Into::into),
            kind: UnitKind::Department,
            name: Text::new(id, id),
            duties: vec!["lamp".into()],
            areas: areas.iter().map(|a| (*a).into()).collect(),
            active: true,
        }
    }

    #[test]
    fn within_follows_parents_and_survives_a_cycle() {
        let tree = UnitTree::new([unit("a", Some("b"), &[]), unit("b", Some("a"), &[]), unit("c", Some("a"), &[])]);
        assert!(tree.is_within("c", "b"));
        assert!(!tree.is_within("c", "d"));
    }

    #[test]
    fn a_duty_is_found_by_area_or_everywhere() {
        let tree = UnitTree::new([unit("east", None, &["e"]), unit("all", None, &[])]);
        let ids: Vec<_> = tree.with_duty("lamp", Some("e")).map(|u| u.id.as_str()).collect();
        assert_eq!(ids, ["all", "east"]);
        let ids: Vec<_> = tree.with_duty("lamp", Some("w")).map(|u| u.id.as_str()).collect();
        assert_eq!(ids, ["all"]);
    }
}
