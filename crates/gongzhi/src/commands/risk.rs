//! `gongzhi risk …`: asks where it clusters.

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use gongzhi_app::blackspots::BlackSpotQuery;
use gongzhi_civic::text::Language;
use jiff::civil::Date;

use crate::arguments::Place;
use crate::commands::open;

pub(super) async fn blackspots(place: &Place, rule: Option<String>, to: Option<&str>, json: bool) -> Result<ExitCode> {
    let app = open(place).await?;
    let day = |text: &str| -> Result<i64> {
        let date: Date = text.parse().with_context(|| format!("“{text}”: 应写成 2026-01-01 / write the day as 2026-01-01"))?;
        Ok(date.to_zoned(app.zone.clone())?.timestamp().as_millisecond())
    };
    let query = BlackSpotQuery { rule, to: to.map(day).transpose()? };
    let answer = app.black_spot_list(&query, Language::Zh).await;
    app.database.close().await;
    let answer = answer?;
    if json {
        println!("{}", serde_json::to_string_pretty(&answer)?);
        return Ok(ExitCode::SUCCESS);
    }
    println!("{}：{}", answer["rule"].as_str().unwrap_or_default(), answer["method"].as_str().unwrap_or_default());
    println!("{}；n = {}，未上路网 unplaced {}", answer["source"].as_str().unwrap_or_default(), answer["n"], answer["unplaced"]);
    for item in answer["items"].as_array().into_iter().flatten() {
        let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
        let found = if item["found"] == true { "" } else { "（本期未达标 not found now）" };
        println!(
            "{:>4}  {:<9} {}  n {} 死 {} 伤 {}  {:.0} m{found}",
            item["rank"],
            text("status"),
            text("name"),
            item["n"],
            item["deaths"],
            item["injured"],
            item["length_m"].as_f64().unwrap_or(0.0)
        );
        if let Some(words) = item["pattern"]["text"].as_str() {
            println!("                {words}");
        }
    }
    Ok(ExitCode::SUCCESS)
}
