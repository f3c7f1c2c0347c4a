//! `gongzhi import …`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use gongzhi_app::journal::Signature;
use gongzhi_app::lists::{self, GivenList};
use gongzhi_civic::text::Language;
use serde_json::Value;

use crate::arguments::{Datum, Place};
use crate::commands::open;
use crate::progress::Progress;

pub(super) async fn roads(place: &Place, file: &Path, datum: Datum, json: bool) -> Result<ExitCode> {
    let app = open(place).await?;
    let progress = Progress::new();
    let report = app.import_roads(&Signature::program(), file, datum.into(), &|step| progress.show(step)).await?;
    progress.end();
    if json {
        println!("{report}");
    } else {
        let n = &report["network"];
        println!("路网已导入 / roads imported: {} ({:.1} s)", file.display(), report["seconds"].as_f64().unwrap_or(0.0));
        println!(
            "  OSM 路 ways {}，采用 taken {}，道路 roads {:.0} km",
            report["rows"],
            report["imported"],
            n["road_km"].as_f64().unwrap_or(0.0)
        );
        println!(
            "  路口 crossings {}，路段 sections {}，边 edges {}",
            n["counts"]["crossings"], n["counts"]["sections"], n["counts"]["edges"]
        );
        if report["unchanged"] == Value::Bool(true) {
            println!("  与现有路网相同 / same as the roads in use");
        }
        println!("  重新落位的警情 signals placed again: {}", report["signals_placed_again"]);
    }
    app.database.close().await;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn cases(place: &Place, file: &Path, matter: &str, campaign: &str, dry_run: bool, json: bool) -> Result<ExitCode> {
    let app = open(place).await?;
    let csv = lists::decoded(&std::fs::read(file).with_context(|| file.display().to_string())?)?;
    let given = GivenList { campaign: campaign.to_owned(), csv, dry_run, ..GivenList::default() };
    let report = app.import_list(matter, given).await?;
    if json {
        println!("{}", report.view(Language::Zh));
    } else {
        let would = if dry_run { "（试运行，未写入 dry run, nothing written）" } else { "" };
        println!(
            "{}{would}: 新开 opened {}，保留 kept {}，自行消除 cured {}，未采用 rejected {}",
            file.display(),
            report.opened,
            report.kept,
            report.cured,
            report.rejected.len()
        );
        for r in &report.rejected {
            println!("  第 {} 行 row，{}: {} / {}", r.row, r.column, r.reason.zh, r.reason.en);
        }
    }
    app.database.close().await;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn signals(place: &Place, files: &[PathBuf], mapping_name: &str, json: bool) -> Result<ExitCode> {
    let app = open(place).await?;
    let mapping = app.mapping(mapping_name)?;
    for file in files {
        let progress = Progress::new();
        let report = app.import_signals(&Signature::program(), file, mapping_name, &mapping, &|step| progress.show(step)).await?;
        progress.end();
        let s = &report.summary;
        if json {
            let mut value = serde_json::to_value(&report)?;
            value["file"] = Value::String(file.display().to_string());
            println!("{value}");
            continue;
        }
        println!(
            "{}: 行 rows {}，导入 imported {}（未变 unchanged {}，更新 changed {}），拒绝 rejected {}，{:.1} s",
            file.display(),
            s.rows,
            s.imported,
            s.unchanged,
            report.changed,
            s.rejected,
            s.seconds
        );
        println!(
            "  落位 on a road {}，路网范围内 inside the network {}，其中 50 米内 within 50 m {}，按文字落位 placed by words {}，无坐标 without point {}",
            report.snapped, report.inside, report.inside_within_50_m, report.placed_by_words, s.unplaced
        );
        for (reason, n) in &s.rejects {
            println!("  拒绝原因 rejected: {reason} × {n}");
        }
        if let Some(path) = &report.far_file {
            println!("  超出 50 米的明细 points farther than 50 m from a road, and why: {}", path.display());
        }
        if let Some(path) = &report.reject_file {
            println!("  拒绝明细 reject file: {}", path.display());
        }
    }
    app.database.close().await;
    Ok(ExitCode::SUCCESS)
}
