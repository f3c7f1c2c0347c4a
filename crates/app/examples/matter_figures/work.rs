//! Commands at a steady rate. Latency is counted from when a command was due, so that one that holds up the next ones
//! shows in all of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gongzhi_app::cases::{Act, GivenPlace};
use gongzhi_app::{App, AppError};
use gongzhi_matter::Verb;
use gongzhi_store::cases::{self, CaseFilter, CaseRow, Order};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::courses::{Run, desk, scripts};
use crate::dice::Dice;

/// Courses under way at once.
const RUNS: usize = 240;
/// Known cases that get a note now and then.
const KNOWN: i64 = 5_000;

pub fn percentile(sorted: &[f64], share: f64) -> f64 {
    if sorted.is_empty() {
        return f64::NAN;
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // an index of a short list
    let at = ((sorted.len() as f64 * share).ceil() as usize).clamp(1, sorted.len()) - 1;
    sorted[at]
}

pub fn summary(mut times: Vec<f64>) -> Value {
    times.sort_by(f64::total_cmp);
    let at = |share| (percentile(&times, share) * 10.0).round() / 10.0;
    json!({ "n": times.len(), "p50_ms": at(0.5), "p95_ms": at(0.95), "p99_ms": at(0.99), "max_ms": at(1.0) })
}

struct Walk {
    run: Run,
    script: usize,
}

pub async fn work(app: &Arc<App>, rate: u64, seconds: u64) -> Value {
    let walks: Vec<_> = scripts(app).into_iter().filter(|s| s.walk).collect();
    let mut photos = Vec::new();
    for shade in 0..4_u8 {
        let jpeg = gongzhi_app::photo::encode_rgb(64, 48, &[shade * 60; 64 * 48 * 3]).unwrap();
        photos.push(app.take_photo(jpeg, "bench").await.unwrap()["hash"].as_str().unwrap().to_owned());
    }
    let photos = Arc::new(photos);
    let fresh = |n: usize, i: usize| Walk {
        run: Run::new(&walks[i % walks.len()], format!("work-{n}-{}", uuid::Uuid::new_v4())),
        script: i % walks.len(),
    };
    let runs: Vec<_> = (0..RUNS).map(|i| Arc::new(Mutex::new(fresh(i, i)))).collect();
    let filter = CaseFilter { open: Some(true), order: Order::Due, limit: KNOWN, ..CaseFilter::default() };
    let known = Arc::new(cases::page_of(&app.database, &filter).await.unwrap());
    let walks = Arc::new(walks);
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel::<(String, f64, Option<String>)>();
    let start = Instant::now() + Duration::from_millis(200);
    let mut dice = Dice(0xfeed_5eed_1234_0001);
    let commands = rate * seconds;
    for n in 0..commands {
        let due = start + Duration::from_nanos(1_000_000_000 * n / rate);
        tokio::time::sleep_until(due.into()).await;
        let (app, sender) = (app.clone(), sender.clone());
        if n % 5 < 2 && !known.is_empty() {
            let row = known[dice.below(known.len())].clone();
            tokio::spawn(async move {
                let done = note(&app, &row, n).await;
                let _ = sender.send(("note".to_owned(), due.elapsed().as_secs_f64() * 1e3, refusal(done)));
            });
            continue;
        }
        let slot = usize::try_from(n).unwrap() % RUNS;
        let (run, photos, walks) = (runs[slot].clone(), photos.clone(), walks.clone());
        let place = GivenPlace {
            lon: Some(120.0 + dice.below(400_000) as f64 / 1e6),
            lat: Some(30.0 + dice.below(300_000) as f64 / 1e6),
            text: Some("胜利东路".to_owned()),
            ..GivenPlace::default()
        };
        tokio::spawn(async move {
            let mut walk = run.lock().await;
            // One command: what a course cannot ask of a running house is passed over.
            for _ in 0..4 {
                if walk.run.over() {
                    let script = (walk.script + 7) % walks.len();
                    *walk = Walk { run: Run::new(&walks[script], format!("work-{slot}-{}", uuid::Uuid::new_v4())), script };
                }
                let opening = walk.run.id.is_none();
                if let Some(done) = walk.run.step(&app, &photos, &place).await {
                    let kind = if opening { "open" } else { "act" };
                    let _ = sender.send((kind.to_owned(), due.elapsed().as_secs_f64() * 1e3, refusal(done)));
                    return;
                }
            }
        });
    }
    drop(sender);
    let mut all: Vec<f64> = Vec::new();
    let mut by_kind: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let mut refused: BTreeMap<String, usize> = BTreeMap::new();
    while let Some((kind, ms, why)) = receiver.recv().await {
        all.push(ms);
        by_kind.entry(kind).or_default().push(ms);
        if let Some(why) = why {
            *refused.entry(why).or_default() += 1;
        }
    }
    let took = start.elapsed().as_secs_f64();
    let kinds: BTreeMap<String, Value> = by_kind.into_iter().map(|(k, times)| (k, summary(times))).collect();
    json!({ "rate": rate, "seconds": seconds, "took_seconds": took, "done_a_second": all.len() as f64 / took, "all": summary(all), "kinds": kinds, "refused": refused })
}

async fn note(app: &App, row: &CaseRow, n: u64) -> Result<(), AppError> {
    let definitions = app.definitions();
    let action = definitions.pinned(&row.definition).and_then(|d| d.actions.iter().find(|a| a.verb == Verb::Note)).map(|a| a.id.clone());
    let Some(action) = action else { return Ok(()) };
    let act = Act { reason: Some(format!("已电话了解进展，第 {n} 次")), ..Act::default() };
    app.act(&desk(app), &row.id, &action, act).await.map(|_| ())
}

fn refusal(done: Result<(), AppError>) -> Option<String> {
    match done {
        Ok(()) => None,
        Err(AppError::Problem(p)) => Some(p.code),
        Err(e) => Some(format!("FAILED {e}")),
    }
}
