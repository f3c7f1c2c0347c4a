//! `gongzhi doctor`: what is there and what is missing, each with its remedy.

use std::process::ExitCode;

use anyhow::Result;

use crate::arguments::Place;
use crate::commands::open;

pub(super) async fn doctor(place: &Place) -> Result<ExitCode> {
    println!("gongzhi {}", env!("CARGO_PKG_VERSION"));
    println!("数据目录 data folder: {}", place.data.display());
    let app = open(place).await?;
    println!("数据库 database: {}", app.database.kind());
    println!("单位 units: {}", app.units().units.len());
    for d in app.definitions().all() {
        println!("事项 matter: {} v{} {}", d.id, d.version, &d.content_hash[..12]);
    }
    let years: Vec<String> = app.calendar.covered_years().map(|y| y.to_string()).collect();
    println!("日历 calendar: {}", years.join(", "));
    let year = app.clock.now().date(&app.zone).year();
    if !app.calendar.covers(year) {
        println!(
            "  ! {year} 年放假安排尚未载入，期限按周末规则推算并标注“暂定” / {year} is not announced: due dates are provisional. Add city/calendar/china-{year}.toml"
        );
    }
    match app.network() {
        Some(n) => {
            println!("路网 roads: {:?}", n.counts());
            if let Err(e) = n.verify() {
                println!("  ! 路网文件损坏，请重新导入 / the road file is damaged, import it again: {e}");
                return Ok(ExitCode::FAILURE);
            }
        }
        None => println!("  ! 尚未导入路网 / no roads yet: gongzhi import roads FILE --datum wgs84"),
    }
    println!("记录 signals: {}", app.signals().entries().len());
    let verdict = app.verify_ledger().await?;
    println!("账本 ledger: {} ({} events)", if verdict.ok { "完好 holds" } else { "不成立 BROKEN" }, verdict.checked);
    app.database.close().await;
    Ok(if verdict.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
