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
    let years: Vec<String> = app.calendar().covered_years().map(|y| y.to_string()).collect();
    println!("日历 calendar: {}", years.join(", "));
    let year = app.clock.now().date(&app.zone).year();
    if !app.calendar().covers(year) {
        println!(
            "  ! {year} 年放假安排尚未载入，期限按周末规则推算并标注“暂定” / {year} is not announced: due dates are provisional. Add city/calendar/china-{year}.toml"
        );
    }
    let rules = &app.black_spot_rules().rule;
    println!("多发点段规则 black-spot rules: {}（待核对 to be confirmed: {}）", rules.len(), rules.iter().filter(|r| !r.confirmed).count());
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
    fonts();
    println!("记录 signals: {}", app.signals().entries().len());
    let verdict = app.verify_ledger().await?;
    println!("账本 ledger: {} ({} events)", if verdict.ok { "完好 holds" } else { "不成立 BROKEN" }, verdict.checked);
    app.database.close().await;
    Ok(if verdict.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Which typefaces of official letters are set in what, and the package that helps where nothing fits.
fn fonts() {
    let Some(fonts) = gongzhi_app::typeset::fonts() else {
        println!("文书 letters: 本程序不含排版功能 / built without the typesetter (feature `paper`)");
        return;
    };
    for font in &fonts {
        match (&font.family, font.proper) {
            (Some(family), true) => println!("字体 font: {} → {family}", font.typeface),
            (Some(family), false) => println!("字体 font: {} → {family}（代用 stand-in）", font.typeface),
            (None, _) => println!("  ! 缺少字体 no font: {}", font.typeface),
        }
    }
    if fonts.iter().any(|f| f.family.is_none()) {
        println!("  ! 请安装中文字体，否则不能制作文书 / letters need a Chinese font: apt-get install fonts-noto-cjk");
    } else if fonts.iter().any(|f| !f.proper) {
        println!(
            "    正式公文请把单位合法取得的仿宋、小标宋、黑体、楷体、宋体装入 ~/.fonts 或 /usr/local/share/fonts / for official use install your own typefaces there"
        );
    }
}
