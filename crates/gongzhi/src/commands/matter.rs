//! `gongzhi matter …`: the publish gate and the scenarios, without a database.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use gongzhi_app::templates::matter_folder;
use gongzhi_civic::calendar::Calendar;
use gongzhi_matter::{Definition, Fault, scenario};

use crate::arguments::Place;
use crate::commands::templates;

pub(super) fn check(place: &Place, folder: &Path) -> Result<ExitCode> {
    Ok(match load(place, folder)? {
        Ok((definition, _)) => {
            let faults = against_siblings(place, folder, &definition)?;
            if !faults.is_empty() {
                return Ok(print(&faults));
            }
            println!("通过 passes: {} v{} {}", definition.id, definition.version, definition.content_hash);
            ExitCode::SUCCESS
        }
        Err(faults) => print(&faults),
    })
}

pub(super) fn test(place: &Place, folder: &Path) -> Result<ExitCode> {
    let (definition, files) = match load(place, folder)? {
        Ok(loaded) => loaded,
        Err(faults) => return Ok(print(&faults)),
    };
    let templates = templates(place);
    let calendars: Vec<(String, String)> =
        templates.city_names("calendar/").into_iter().filter_map(|n| templates.city_file(&n).ok().map(|t| (n, t))).collect();
    let pairs: Vec<(&str, &str)> = calendars.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    let calendar = Calendar::from_toml(&pairs).context("the calendar does not load")?;
    let report = match scenario::run(&definition, &files, &calendar) {
        Ok(report) => report,
        Err(faults) => return Ok(print(&faults)),
    };
    for result in &report.results {
        println!("{} {} ({})", if result.failures.is_empty() { "✓" } else { "✗" }, result.name.zh, result.file);
        for failure in &result.failures {
            println!("    {failure}");
        }
    }
    for (zh, en, share) in report.coverage.shares() {
        let all = share.touched.len() + share.untouched.len();
        println!("{zh} {en}: {}/{all} {}", share.touched.len(), share.untouched.iter().cloned().collect::<Vec<_>>().join(" "));
    }
    println!("演示流程 walks: {}/1", report.walks());
    Ok(if report.passed() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Typesets one letter with the house's sample data, so that its author sees it before anybody opens a case.
pub(super) fn letter(place: &Place, folder: &Path, id: &str, out: &Path) -> Result<ExitCode> {
    let (definition, files) = match load(place, folder)? {
        Ok(loaded) => loaded,
        Err(faults) => return Ok(print(&faults)),
    };
    let Some(letter) = definition.letter(id) else {
        let known: Vec<&str> = definition.letters.iter().map(|l| l.id.as_str()).collect();
        println!("没有这种文书 no such letter: {id}；有 there are: {}", known.join(" "));
        return Ok(ExitCode::FAILURE);
    };
    let titled = serde_json::json!({
        "letter": { "id": letter.id, "kind": letter.kind, "title": letter.title.zh, "seal": letter.seal, "public": letter.public },
        "title": letter.title.zh, "number": letter.number.zh.replace("{year}", "2026").replace("{n}", "1"),
    });
    let made = gongzhi_app::typeset::sample_letter(&templates(place), &files, &letter.template, &titled)?;
    std::fs::write(out, &made.pdf).with_context(|| format!("cannot write {}", out.display()))?;
    println!("{} → {}（{} 页 pages, {} 字节 bytes）", letter.title.zh, out.display(), made.pages, made.pdf.len());
    Ok(ExitCode::SUCCESS)
}

/// What this matter says about the others beside its folder. One that does not load itself is left to its own check.
fn against_siblings(place: &Place, folder: &Path, definition: &Definition) -> Result<Vec<Fault>> {
    let mut all = vec![definition.clone()];
    let beside = folder.canonicalize()?.parent().map(Path::to_owned).unwrap_or_default();
    let mut unread = Vec::new();
    for entry in std::fs::read_dir(&beside).with_context(|| beside.display().to_string())?.flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if name != definition.id && path.join("matter.toml").is_file() {
            match load(place, &path)? {
                Ok((sibling, _)) => all.push(sibling),
                Err(_) => unread.push(name),
            }
        }
    }
    let mine = format!("{}/", definition.id);
    let mut faults: Vec<Fault> = gongzhi_matter::gate_together(&all).into_iter().filter(|f| f.file.starts_with(&mine)).collect();
    faults.retain(|f| f.code != "unknown_matter" || !unread.iter().any(|u| f.message.en.contains(&format!("`{u}`"))));
    Ok(faults)
}

type Loaded = (Definition, std::collections::BTreeMap<String, String>);

fn load(place: &Place, folder: &Path) -> Result<Result<Loaded, Vec<Fault>>> {
    let files = matter_folder(folder)?;
    let text = templates(place).city_file("units.toml")?;
    let units = match gongzhi_matter::city::units_from_toml("units.toml", &text) {
        Ok(units) => units,
        Err(faults) => return Ok(Err(faults)),
    };
    Ok(Definition::load(&files, &units).map(|d| (d, files)))
}

fn print(faults: &[Fault]) -> ExitCode {
    for fault in faults {
        println!("{fault}");
    }
    ExitCode::FAILURE
}
