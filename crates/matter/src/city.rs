//! The city's own data: its units, read from `city/units.toml`, and a reader with lines for its other files.

use std::collections::BTreeSet;

use gongzhi_civic::text::Text;
use gongzhi_civic::unit::{Unit, UnitTree};
use serde::Deserialize;

use crate::definition::{Fault, Source};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    unit: Vec<Unit>,
}

/// Reads the units of a city: `[[unit]]` rows with id, parent, kind, name, duties, areas, active.
///
/// # Errors
/// Every fault with its line: unknown parent, repeated id, a circle of parents, a missing name.
pub fn units_from_toml(file: &str, text: &str) -> Result<UnitTree, Vec<Fault>> {
    let source = Source::new(file, text);
    let read: File = source.read().map_err(|fault| vec![fault])?;
    let mut faults = Vec::new();
    let ids: BTreeSet<&str> = read.unit.iter().map(|u| u.id.as_str()).collect();
    let mut seen = BTreeSet::new();
    let tree = UnitTree::new(read.unit.iter().cloned());
    for (i, unit) in read.unit.iter().enumerate() {
        let at = format!("unit[{i}]");
        let id = &unit.id;
        if !seen.insert(id) {
            faults.push(source.fault(&format!("{at}.id"), "duplicate_id", format!("单位“{id}”重复"), format!("unit `{id}` stands twice")));
        }
        if unit.name.zh.trim().is_empty() || unit.name.en.trim().is_empty() {
            faults.push(source.fault(
                &format!("{at}.name"),
                "wording_missing",
                format!("单位“{id}”缺少中文或英文名"),
                format!("unit `{id}` lacks its zh or en name"),
            ));
        }
        if let Some(parent) = &unit.parent {
            if !ids.contains(parent.as_str()) {
                faults.push(source.fault(
                    &format!("{at}.parent"),
                    "unknown_unit",
                    format!("没有单位“{parent}”"),
                    format!("there is no unit `{parent}`"),
                ));
            } else if tree.is_within(parent, id) {
                faults.push(source.fault(
                    &format!("{at}.parent"),
                    "unit_circle",
                    format!("“{id}”的上级又是它的下级"),
                    format!("`{id}` lies above its own parent"),
                ));
            }
        }
    }
    if faults.is_empty() { Ok(tree) } else { Err(faults) }
}

/// A fault that names its place by a path (`rule[2].any[0].score`): code and both wordings.
pub type FaultAt = (String, &'static str, Text);

/// Reads a file of the city and checks it; every fault with the line of what it names.
///
/// # Errors
/// The first thing that cannot be read, or all that `check` finds.
pub fn read_checked<T: serde::de::DeserializeOwned>(file: &str, text: &str, check: impl Fn(&T) -> Vec<FaultAt>) -> Result<T, Vec<Fault>> {
    let source = Source::new(file, text);
    let read: T = source.read().map_err(|fault| vec![fault])?;
    let faults: Vec<Fault> = check(&read).into_iter().map(|(path, code, text)| source.fault(&path, code, text.zh, text.en)).collect();
    if faults.is_empty() { Ok(read) } else { Err(faults) }
}
