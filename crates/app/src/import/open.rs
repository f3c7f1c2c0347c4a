//! A file on disk with its linked tables beside it.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;

use super::linked::LinkedTables;
use super::mapping::Mapping;
use super::refusal::Refusal;
use super::{Options, Outcome, Summary, read};

/// Reads the file at `path`; linked tables are looked for in its folder by the mapping's patterns, `.xz` and `.gz`
/// included, unless `options` brings them. A linked file that is not there is stated in the summary, not an error.
///
/// # Errors
/// As [`read`], and when a file cannot be opened.
pub fn read_path(
    path: &Path,
    mapping: &Mapping,
    options: &Options,
    sink: &mut dyn FnMut(Outcome) -> ControlFlow<()>,
) -> Result<Summary, Refusal> {
    let source = open(path)?;
    if options.linked.is_some() || mapping.linked_patterns().next().is_none() {
        return read(source, mapping, options, sink);
    }
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let tables = beside(folder, mapping)?;
    read(source, mapping, &Options { linked: Some(&tables), ..*options }, sink)
}

fn beside(folder: &Path, mapping: &Mapping) -> Result<LinkedTables, Refusal> {
    let io = |error: std::io::Error| Refusal::Io { message: error.to_string() };
    let mut names: Vec<String> =
        std::fs::read_dir(folder).map_err(io)?.filter_map(Result::ok).filter_map(|e| e.file_name().into_string().ok()).collect();
    names.sort();
    let mut tables = LinkedTables::default();
    for (table, pattern) in mapping.linked_patterns() {
        let mut seen = std::collections::BTreeSet::new();
        for name in &names {
            let Some(year) = matches(pattern, name) else { continue };
            // `a.csv` and `a.csv.xz` side by side are one table, not two.
            if seen.insert(year) {
                tables.add(mapping, table, year, name, open(&folder.join(name))?)?;
            }
        }
    }
    Ok(tables)
}

/// `None`: no match; `Some(None)`: a match without year.
#[allow(clippy::option_option, reason = "no match and a match without year are different answers")]
fn matches(pattern: &str, name: &str) -> Option<Option<i16>> {
    let bare = name.strip_suffix(".xz").or_else(|| name.strip_suffix(".gz")).unwrap_or(name);
    let Some((head, tail)) = pattern.split_once("{year}") else {
        return (bare == pattern).then_some(None);
    };
    let year = bare.strip_prefix(head)?.strip_suffix(tail)?;
    (year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit())).then(|| year.parse().ok())
}

fn open(path: &Path) -> Result<File, Refusal> {
    File::open(path).map_err(|error| Refusal::Io { message: format!("{}: {error}", path.display()) })
}
