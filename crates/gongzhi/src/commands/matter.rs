//! `gongzhi matter …`: the publish gate and the scenarios, without a database.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use gongzhi_app::templates::matter_folder;
use gongzhi_civic::calendar::Calendar;
use gongzhi_civic::text::Language;
use gongzhi_matter::{Definition, Fault, SimulationInput, scenario};

use crate::arguments::{Place, Rate};
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
    let calendar = calendar(place)?;
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

/// Writes `<id>.<language>.svg` and `<id>.<language>.html`.
pub(super) fn explain(place: &Place, folder: &Path, out: &Path, language: Option<&str>) -> Result<ExitCode> {
    let (definition, _) = match load(place, folder)? {
        Ok(loaded) => loaded,
        Err(faults) => return Ok(print(&faults)),
    };
    let languages = match language {
        Some(tag) => vec![Language::from_tag(tag)],
        None => vec![Language::Zh, Language::En],
    };
    std::fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    for language in languages {
        let tag = if language == Language::Zh { "zh" } else { "en" };
        for (ending, text) in
            [("svg", gongzhi_matter::explain::svg(&definition, language)), ("html", gongzhi_matter::explain::html(&definition, language))]
        {
            let file = out.join(format!("{}.{tag}.{ending}", definition.id));
            std::fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
            println!("{}", file.display());
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn simulate(place: &Place, folder: &Path, rate: Rate, units: u32, span: (u32, u64), json: bool) -> Result<ExitCode> {
    let (definition, _) = match load(place, folder)? {
        Ok(loaded) => loaded,
        Err(faults) => return Ok(print(&faults)),
    };
    let calendar = calendar(place)?;
    let day_hours = gongzhi_matter::simulate::day_minutes(&calendar) / 60.0;
    let rate_per_day = if rate.hourly { rate.number * day_hours } else { rate.number };
    let report = gongzhi_matter::simulate(&definition, SimulationInput { rate_per_day, units, days: span.0, seed: span.1 }, &calendar);
    if json {
        println!("{}", serde_json::to_string_pretty(&report)?);
        return Ok(ExitCode::SUCCESS);
    }
    println!(
        "开立 opened {} · 办结 done {} · 终止 cancelled {} · 期末在办 open {} · 平均 mean {:.1} d · 95% {:.1} d",
        report.opened, report.done, report.cancelled, report.open_at_end, report.mean_days, report.p95_days
    );
    println!("阶段 stage | 到达 arrivals | 平均等候 mean wait h | 95% h | 人员占用 busy | 人数 people | 期末排队 queue");
    for s in &report.stages {
        let busy = s.utilisation.map_or_else(|| "—".to_owned(), |u| format!("{:.0}%", u * 100.0));
        println!(
            "{} {} | {} | {:.1} | {:.1} | {busy} | {} | {}",
            s.label.zh, s.label.en, s.arrivals, s.mean_wait_hours, s.p95_wait_hours, s.servers, s.queue_at_end
        );
    }
    for c in &report.clocks {
        println!("{} {}: 超期 late {:.1}% / {}", c.label.zh, c.label.en, c.late * 100.0, c.runs);
    }
    for jam in &report.jams {
        println!("! {} / {}", jam.zh, jam.en);
    }
    for line in &report.assumptions {
        println!("· {} / {}", line.zh, line.en);
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn diff(place: &Place, old: &Path, new: &Path, json: bool) -> Result<ExitCode> {
    let mut loaded = Vec::new();
    for folder in [old, new] {
        match load(place, folder)? {
            Ok((definition, _)) => loaded.push(definition),
            Err(faults) => {
                println!("{}", folder.display());
                return Ok(print(&faults));
            }
        }
    }
    let changes = gongzhi_matter::diff(&loaded[0], &loaded[1]);
    if json {
        println!("{}", serde_json::to_string_pretty(&changes)?);
    } else {
        for change in &changes {
            println!("{} / {}", change.message.zh, change.message.en);
        }
        if changes.is_empty() {
            println!("没有差别 / nothing differs");
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn calendar(place: &Place) -> Result<Calendar> {
    let templates = templates(place);
    let files: Vec<(String, String)> =
        templates.city_names("calendar/").into_iter().filter_map(|n| templates.city_file(&n).ok().map(|t| (n, t))).collect();
    let pairs: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    Calendar::from_toml(&pairs).context("the calendar does not load")
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
