//! What screens and other programs ask: the inbox with its filters, a case's page, the scoreboard, the Open311 list.

use std::sync::Arc;
use std::time::Instant;

use gongzhi_app::App;
use gongzhi_app::case_views::CaseQuery;
use gongzhi_app::scores::ScoreQuery;
use gongzhi_civic::permission::{Actor, Role};
use gongzhi_civic::text::Language;
use gongzhi_civic::time::DAY_MS;
use gongzhi_protocol::open311::{Format, ListQuery, pairs, write};
use gongzhi_store::cases::{self, CaseFilter};
use serde_json::{Value, json};

use crate::courses::somebody;
use crate::work::{percentile, summary};

/// Rounds over all questions.
const ROUNDS: usize = 5;

async fn timed<T>(future: impl Future<Output = T>) -> (f64, T) {
    let start = Instant::now();
    let value = future.await;
    (start.elapsed().as_secs_f64() * 1e3, value)
}

fn readers(app: &App) -> Vec<(&'static str, Actor)> {
    [
        ("dispatcher", "brigade-1", Role::Dispatcher),
        ("officer", "brigade-2", Role::Officer),
        ("leader", "commission", Role::Leader),
        ("clerk of a large department", "urban-management", Role::Clerk),
        ("clerk of another department", "transport", Role::Clerk),
        ("clerk of a town", "town-fushan", Role::Clerk),
    ]
    .map(|(name, unit, role)| (name, somebody(app, name, unit, &[role])))
    .to_vec()
}

/// What the screen offers, one by one and together.
fn questions(matter: &str, number: &str) -> Vec<(String, CaseQuery)> {
    let some = |text: &str| Some(text.to_owned());
    let mut asked: Vec<(String, CaseQuery)> = Vec::new();
    for name in ["todo", "unit", "parts", "mine", "review", "all"] {
        let filters: [(&str, CaseQuery); 9] = [
            ("", CaseQuery::default()),
            ("matter", CaseQuery { matter: some(matter), ..CaseQuery::default() }),
            ("unit", CaseQuery { unit: some("urban-management"), ..CaseQuery::default() }),
            ("area", CaseQuery { area: some("a:3"), ..CaseQuery::default() }),
            ("stage", CaseQuery { base: some("handle"), ..CaseQuery::default() }),
            ("overdue", CaseQuery { overdue: some("1"), ..CaseQuery::default() }),
            ("words", CaseQuery { q: some("平江路"), ..CaseQuery::default() }),
            ("number", CaseQuery { q: some(number), ..CaseQuery::default() }),
            ("matter, overdue", CaseQuery { matter: some(matter), overdue: some("1"), ..CaseQuery::default() }),
        ];
        for (filter, query) in filters {
            for page in [1, 20] {
                for order in ["due", "new"] {
                    // Page 20 and the other order are asked where they differ: without a narrow filter.
                    if (page == 20 || order == "new") && !matches!(filter, "" | "matter") {
                        continue;
                    }
                    let cursor = (page > 1).then(|| ((page - 1) * 50).to_string());
                    let order = (order == "new").then(|| order.to_owned());
                    let label = format!(
                        "{name}; {}; page {page}{}",
                        if filter.is_empty() { "no filter" } else { filter },
                        if order.is_some() { "; newest" } else { "" }
                    );
                    asked.push((label, CaseQuery { r#box: some(name), limit: Some(50), cursor, order, ..query.clone() }));
                }
            }
        }
    }
    asked
}

pub async fn inbox(app: &Arc<App>) -> Value {
    let sample = cases::page_of(&app.database, &CaseFilter { limit: 1, offset: 500, ..CaseFilter::default() }).await.unwrap();
    let (matter, number) = sample.first().map(|c| (c.matter.clone(), c.number.clone())).unwrap_or_default();
    let asked = questions(&matter, &number);
    let mut all = Vec::new();
    let mut by_question: Vec<(String, Vec<f64>)> = Vec::new();
    for (role, actor) in readers(app) {
        for (label, query) in &asked {
            let mut times = Vec::new();
            for _ in 0..ROUNDS {
                let (ms, answer) = timed(app.list_cases(&actor, query, Language::Zh)).await;
                answer.unwrap();
                times.push(ms);
            }
            all.extend(&times);
            times.sort_by(f64::total_cmp);
            by_question.push((format!("{role}; {label}"), times));
        }
    }
    by_question.sort_by(|a, b| percentile(&b.1, 0.5).total_cmp(&percentile(&a.1, 0.5)));
    let slowest: Vec<Value> = by_question
        .iter()
        .take(12)
        .map(|(q, t)| json!({ "question": q, "median_ms": (percentile(t, 0.5) * 10.0).round() / 10.0 }))
        .collect();
    let over = by_question.iter().filter(|(_, t)| percentile(t, 0.5) > 100.0).count();
    json!({ "questions": by_question.len(), "rounds": ROUNDS, "all": summary(all), "questions_over_100_ms": over, "slowest": slowest })
}

pub async fn pages(app: &Arc<App>) -> Value {
    let leader = somebody(app, "leader", "commission", &[Role::Leader]);
    let mut times = Vec::new();
    for offset in (0..1000).step_by(20) {
        let rows = cases::page_of(&app.database, &CaseFilter { limit: 1, offset, ..CaseFilter::default() }).await.unwrap();
        let Some(row) = rows.first() else { continue };
        let (ms, answer) = timed(app.case(&leader, &row.id, Language::Zh)).await;
        assert_eq!(answer.unwrap()["ledger"]["verified"], true);
        times.push(ms);
    }
    summary(times)
}

pub async fn scoreboard(app: &Arc<App>) -> Value {
    let leader = somebody(app, "leader", "commission", &[Role::Leader]);
    let now = app.clock.now().0;
    let mut times = Vec::new();
    for month in 0..8 {
        let query =
            ScoreQuery { from: Some(now - (month + 1) * 30 * DAY_MS), to: Some(now - month * 30 * DAY_MS), ..ScoreQuery::default() };
        let (ms, answer) = timed(app.scoreboard(&leader, &query, Language::Zh)).await;
        answer.unwrap();
        times.push(ms);
    }
    summary(times)
}

pub async fn open311(app: &Arc<App>) -> Value {
    let mut answers = serde_json::Map::new();
    for (name, format) in [("json", Format::Json), ("xml", Format::Xml)] {
        for (extensions, ask) in
            [("", "page_size=1000"), (" with extensions", "page_size=1000&extensions=true"), (", open ones", "page_size=1000&status=open")]
        {
            let query = ListQuery::read(&pairs(ask), app.clock.now().0, &app.zone).unwrap();
            let (mut times, mut bytes, mut n) = (Vec::new(), 0, 0);
            for _ in 0..7 {
                let (ms, text) = timed(async {
                    let node = app.open311_requests(&query, "https://example.org", Language::Zh).await.unwrap();
                    write("service_requests", &node, format)
                })
                .await;
                times.push(ms);
                bytes = text.len();
                n = text.matches("requested_datetime").count() / if name == "xml" { 2 } else { 1 };
            }
            let mut figures = summary(times);
            figures["bytes"] = json!(bytes);
            figures["requests"] = json!(n);
            answers.insert(format!("{name}{extensions}"), figures);
        }
    }
    Value::Object(answers)
}
