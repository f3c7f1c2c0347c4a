//! Tests of the engine on the matters and the template city that the repository ships.

#![allow(clippy::unwrap_used)] // a test that cannot read its data must stop there

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gongzhi_civic::calendar::Calendar;
use gongzhi_civic::unit::UnitTree;
use gongzhi_matter::Definition;

mod city;
mod engine;
mod gate;
mod joint;
mod ledger;
mod neutral;
mod pictures;
mod properties;
mod queues;
mod scenarios;
mod versions;

/// The workspace's root.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All texts of a folder by relative name.
fn folder(dir: &Path) -> BTreeMap<String, String> {
    fn walk(base: &Path, dir: &Path, out: &mut BTreeMap<String, String>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(base, &path, out);
            } else if path.extension().is_some_and(|e| e == "toml" || e == "json" || e == "typ") {
                let name = path.strip_prefix(base).unwrap().to_str().unwrap().replace('\\', "/");
                out.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut out = BTreeMap::new();
    walk(dir, dir, &mut out);
    out
}

/// The folders under `matters/`, sorted.
fn matters() -> Vec<(String, BTreeMap<String, String>)> {
    let mut found: Vec<PathBuf> =
        std::fs::read_dir(root().join("matters")).unwrap().map(|e| e.unwrap().path()).filter(|p| p.join("matter.toml").is_file()).collect();
    found.sort();
    found.iter().map(|p| (p.file_name().unwrap().to_str().unwrap().to_owned(), folder(p))).collect()
}

fn units() -> UnitTree {
    let text = std::fs::read_to_string(root().join("city/units.toml")).unwrap();
    gongzhi_matter::city::units_from_toml("units.toml", &text).unwrap_or_else(|faults| panic!("{faults:?}"))
}

fn calendar() -> Calendar {
    let files = folder(&root().join("city/calendar"));
    let list: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    Calendar::from_toml(&list).unwrap_or_else(|fault| panic!("{fault}"))
}

fn load(files: &BTreeMap<String, String>) -> Definition {
    Definition::load(files, &units()).unwrap_or_else(|faults| {
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        panic!("{}", lines.join("\n"))
    })
}

/// A matter made for the tests: `tests/fixtures/<name>`.
fn fixture(name: &str) -> (BTreeMap<String, String>, Definition) {
    let files = folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name));
    let definition = load(&files);
    (files, definition)
}

/// The matter that the engine's older tests run on: a shipped one as it once stood, so that editing the shipped one does
/// not move what these tests say.
fn sample() -> (BTreeMap<String, String>, Definition) {
    fixture("roadside")
}
