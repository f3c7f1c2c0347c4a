//! Opens the loaded house and measures it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use gongzhi_app::calendars::YearEdit;
use gongzhi_civic::permission::Role;
use gongzhi_civic::text::Language;
use gongzhi_store::cases::{self, CaseFilter};
use gongzhi_store::events;
use serde_json::{Value, json};

use crate::courses::somebody;
use crate::{NOW, ask, open, work};

/// A line of `/proc/self/status` in megabytes.
fn status(name: &str) -> i64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find(|l| l.starts_with(name)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|n| n.parse::<i64>().ok()).unwrap_or(0) / 1024
}

pub async fn measure(data: PathBuf, database: Option<String>, rate: u64, seconds: u64, only: Option<&str>) -> Value {
    let start = Instant::now();
    let app = open(&data, database).await;
    let opening = start.elapsed().as_secs_f64();
    app.clock.set(NOW);
    let app = Arc::new(app);
    let mut found = json!({
        "database": app.database.kind(), "bytes": app.database.bytes().await.unwrap(), "start_seconds": opening,
        "cases": cases::count(&app.database, &CaseFilter::default()).await.unwrap(),
        "events": events::last_position(&app.database).await.unwrap(), "resident_mb_at_start": status("VmRSS:"),
    });
    let step = |name: &str| eprintln!("{name}: {:.0} s", start.elapsed().as_secs_f64());
    let wanted = |name: &str| only.is_none_or(|o| o == name);
    if wanted("inbox") {
        found["inbox"] = ask::inbox(&app).await;
        step("inbox");
    }
    if wanted("lists") {
        found["case_page"] = ask::pages(&app).await;
        found["scoreboard_month"] = ask::scoreboard(&app).await;
        found["open311"] = ask::open311(&app).await;
        step("lists");
    }
    if wanted("commands") {
        found["commands"] = work::work(&app, rate, seconds).await;
        step("commands");
    }
    // Last, because it writes every open case: what a database tidies up by itself in the hours after would be in the way.
    if wanted("calendar") {
        found["calendar"] = calendar(&app).await;
        step("calendar");
    }
    found["resident_mb"] = json!(status("VmRSS:"));
    found["resident_peak_mb"] = json!(status("VmHWM:"));
    app.database.close().await;
    found
}

/// The template's year with the last week off: what counted working days over it moves.
async fn calendar(app: &Arc<gongzhi_app::App>) -> Value {
    let admin = somebody(app, "admin", "commission", &[Role::Administrator]);
    let text = app.templates.city_file("calendar/china-2026.toml").unwrap();
    let longer = format!(
        "{text}\n[[holiday]]\nname = {{ zh = \"运动会\", en = \"Games\" }}\noff = [2026-11-23, 2026-11-24, 2026-11-25, 2026-11-26, 2026-11-27]\n"
    );
    let mut figures = serde_json::Map::new();
    // The copies' dates rest on other days' calendars: the first edit says what they are on their own days.
    for (name, text, dry_run) in
        [("settle", &text, false), ("dry", &longer, true), ("real", &longer, false), ("same_again", &longer, false)]
    {
        let start = Instant::now();
        let said = app.put_calendar(&admin, 2026, YearEdit { text: text.clone(), dry_run }, Language::Zh).await.unwrap();
        figures
            .insert(name.to_owned(), json!({ "seconds": start.elapsed().as_secs_f64(), "open": said["open"], "changed": said["changed"] }));
    }
    Value::Object(figures)
}
