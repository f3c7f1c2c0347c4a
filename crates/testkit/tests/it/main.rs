//! The house's own rules: which crate may know which, what pure crates may lean on, how long a file may be.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test or an example stops where it cannot go on

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Dependencies of a section of a crate's manifest, by name.
fn dependencies(krate: &str, section: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join("crates").join(krate).join("Cargo.toml")).unwrap();
    let start = format!("[{section}]");
    text.lines()
        .skip_while(|l| l.trim() != start)
        .skip(1)
        .take_while(|l| !l.starts_with('['))
        .filter_map(|l| l.split(['.', '=', ' ']).next().map(str::to_owned))
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// `design.md` §2: arrows point down only.
#[test]
fn arrows_point_down() {
    let may_know: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("civic", &[] as &[&str]),
        ("road", &["civic"]),
        ("matter", &["civic"]),
        ("risk", &["civic"]),
        ("demo", &["civic"]),
        ("testkit", &["civic", "road", "store"]),
        ("protocol", &["civic"]),
        ("store", &["civic", "matter"]),
        ("paper", &["civic"]),
        ("app", &["civic", "road", "matter", "risk", "demo", "protocol", "store", "paper"]),
        ("server", &["civic", "app", "road", "risk", "protocol"]),
        ("gongzhi", &["civic", "road", "matter", "demo", "store", "app", "server", "paper"]),
    ]);
    for entry in fs::read_dir(root().join("crates")).unwrap().flatten() {
        let krate = entry.file_name().to_string_lossy().into_owned();
        let allowed = may_know.get(krate.as_str()).unwrap_or_else(|| panic!("{krate} is new: give it its place in the arrow list"));
        for name in dependencies(&krate, "dependencies") {
            if let Some(other) = name.strip_prefix("gongzhi-") {
                assert!(allowed.contains(&other), "{krate} must not know {other}");
            }
        }
    }
}

/// Pure crates have no clock, no randomness, no files, no sockets, no async: neither do the crates they lean on.
#[test]
fn pure_crates_lean_on_pure_crates() {
    let allowed = [
        "serde",
        "serde_json",
        "toml",
        "thiserror",
        "jiff",
        "uuid",
        "sm3",
        "cel",
        "jsonschema",
        "quick-xml",
        "flate2",
        "bzip2",
        "bytemuck",
        "rayon",
        "blake3",
        "cch",
    ];
    for krate in ["civic", "road", "matter", "risk", "demo", "protocol"] {
        for name in dependencies(krate, "dependencies").into_iter().filter(|n| !n.starts_with("gongzhi-")) {
            assert!(allowed.contains(&name.as_str()), "{krate} is pure and must not lean on {name}");
        }
        let mut files = Vec::new();
        sources(&root().join("crates").join(krate).join("src"), &mut files);
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            // Tests beside the code may read test data.
            let code = text.split("#[cfg(test)]\nmod").next().unwrap();
            for word in ["std::fs", "std::net", "SystemTime", "Instant::now", "std::env", "tokio::", "async fn"] {
                assert!(!code.contains(word), "{} is pure and says {word}", file.display());
            }
        }
    }
}

/// SQL stands in the store and nowhere else; text enters it as values.
#[test]
fn only_the_store_speaks_sql() {
    let mut files = Vec::new();
    for krate in ["app", "server", "gongzhi", "matter", "risk", "road", "civic", "demo"] {
        sources(&root().join("crates").join(krate).join("src"), &mut files);
    }
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        assert!(!text.contains("sqlx::") && !text.contains("Sql::new"), "{} speaks SQL", file.display());
    }
    let mut store = Vec::new();
    sources(&root().join("crates/store/src"), &mut store);
    let wrapped: Vec<_> = store
        .iter()
        .filter(|f| fs::read_to_string(f).unwrap().contains("AssertSqlSafe("))
        .map(|f| f.file_name().unwrap().to_owned())
        .collect();
    assert_eq!(wrapped.len(), 2, "only sql.rs and migrate.rs may vouch for a text: {wrapped:?}");
}

/// No matter is known to the program by name. The demo's data names the one it plays, as any city's data does.
#[test]
fn no_matter_is_coded() {
    let mut files = Vec::new();
    for krate in ["civic", "matter", "store", "app", "server", "gongzhi", "risk", "road"] {
        sources(&root().join("crates").join(krate).join("src"), &mut files);
    }
    let matters: Vec<String> = fs::read_dir(root().join("matters"))
        .unwrap()
        .flatten()
        .filter(|e| e.path().is_dir())
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .collect();
    assert!(matters.contains(&"hazard".to_owned()));
    // Words that mean something else as well: a class of calls and a kind of letter, and where a case was found. Only a
    // line that speaks of matters can mean the matter.
    let also_plain = ["order", "hotspot"];
    for file in &files {
        let text = fs::read_to_string(file).unwrap();
        let code = text.split("#[cfg(test)]\nmod").next().unwrap();
        for matter in &matters {
            let means_it = |l: &str| !also_plain.contains(&matter.as_str()) || l.contains("matter") || l.contains("definition");
            let named = code.lines().any(|l| !l.trim_start().starts_with("//") && l.contains(&format!("\"{matter}\"")) && means_it(l));
            assert!(!named, "{} knows the matter “{matter}” by name", file.display());
        }
    }
}

/// Files a reader can hold in the head.
#[test]
fn files_stay_short() {
    let mut files = Vec::new();
    for entry in fs::read_dir(root().join("crates")).unwrap().flatten() {
        sources(&entry.path().join("src"), &mut files);
    }
    for file in files {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        assert!(lines <= 640, "{} has {lines} lines: split it by what it is about", file.display());
    }
}

/// Both languages have the same words everywhere they are kept in pairs.
#[test]
fn matters_say_everything_in_both_languages() {
    for entry in fs::read_dir(root().join("matters")).unwrap().flatten().filter(|e| e.path().is_dir()) {
        let keys = |name: &str| -> Vec<String> {
            let text = fs::read_to_string(entry.path().join(name)).unwrap();
            let mut keys: Vec<String> =
                text.lines().filter_map(|l| l.split_once('=').map(|(k, _)| k.trim().to_owned())).filter(|k| !k.starts_with('#')).collect();
            keys.sort();
            keys
        };
        assert_eq!(keys("zh.toml"), keys("en.toml"), "{}", entry.path().display());
    }
}
