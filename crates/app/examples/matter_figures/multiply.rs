//! A few hundred cases that the engine played, multiplied: fresh ids, numbers, tokens, places, units and days, and hash
//! chains made anew. Every copy is what the engine would have written on another day.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use gongzhi_app::cases::GivenPlace;
use gongzhi_app::{App, ledger};
use gongzhi_civic::time::{DAY_MS, HOUR_MS, Timestamp};
use gongzhi_matter::ledger::{GENESIS, chain};
use gongzhi_store::bulk::{self, History};
use gongzhi_store::cases::{self, CaseRow, Key};
use gongzhi_store::events::{self, EventRow};
use rayon::prelude::*;
use serde_json::{Value, json};

use crate::courses::{LAT, LON, PLACE, Run, Script, scripts};
use crate::dice::Dice;
use crate::{NOW, open};

/// What notes fill a course up to. Many stages take none, so that the average of all is about half of it.
const EVENTS_A_CASE: usize = 45;
/// Histories a transaction.
const BATCH: usize = 1_000;
const TWO_YEARS: i64 = 730 * DAY_MS;
const ROADS: [&str; 12] =
    ["胜利东路", "阳明北路", "平江路", "解放大道", "人民西路", "中兴南路", "环城北路", "越王路", "云东路", "凤林路", "迪荡街", "涂山路"];

/// One piece of a text that copies are made of.
#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Id,
    Number,
    Place,
    Lon,
    Lat,
    Area,
    Key,
    Unit(usize),
    Time(i64),
}

/// A played case, ready to be multiplied.
#[derive(Debug)]
struct Mould {
    row: CaseRow,
    body: Vec<Piece>,
    events: Vec<(EventRow, Vec<Piece>)>,
    units: Vec<String>,
    open_parts: Vec<String>,
    rungs: Vec<(String, String, i64)>,
    first: i64,
    last: i64,
}

/// What is different in one copy.
struct Cast<'a> {
    id: String,
    number: String,
    token: String,
    place: String,
    lon: f64,
    lat: f64,
    area: usize,
    key: String,
    shift: i64,
    units: &'a Units,
    turn: usize,
}

/// Units that can stand for each other: brigades, towns, villages.
struct Units {
    all: Vec<String>,
    groups: BTreeMap<String, Vec<usize>>,
}

impl Units {
    fn of(app: &App) -> Self {
        let all: Vec<String> = app.units().units.keys().cloned().collect();
        let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (i, id) in all.iter().enumerate() {
            if let Some((kind, _)) = id.split_once('-').filter(|(kind, _)| matches!(*kind, "brigade" | "town" | "village" | "street")) {
                groups.entry(kind.to_owned()).or_default().push(i);
            }
        }
        Self { all, groups }
    }

    fn turned(&self, unit: usize, turn: usize) -> &str {
        let group = self.all[unit].split_once('-').and_then(|(kind, _)| self.groups.get(kind));
        match group.and_then(|g| Some((g, g.iter().position(|u| *u == unit)?))) {
            Some((group, at)) => &self.all[group[(at + turn) % group.len()]],
            None => &self.all[unit],
        }
    }

    fn map(&self, unit: &str, turn: usize) -> String {
        self.all.iter().position(|u| u == unit).map_or(unit, |i| self.turned(i, turn)).to_owned()
    }
}

pub async fn load(data: PathBuf, database: Option<String>, wanted: usize) -> Value {
    let began = Instant::now();
    let moulds = moulds().await;
    let played = began.elapsed().as_secs_f64();
    let mean = moulds.iter().map(|m| m.events.len()).sum::<usize>() as f64 / moulds.len() as f64;
    eprintln!("{} courses played in {played:.1} s, {mean:.1} events each", moulds.len());
    let app = open(&data, database).await;
    let plan = plan(&moulds, wanted);
    let mut write = app.database.write().await.unwrap();
    let mut next: BTreeMap<i16, i64> = BTreeMap::new();
    for (_, opened) in &plan {
        *next.entry(year(&app, *opened)).or_default() += 1;
    }
    for (year, n) in &mut next {
        *n = write.take(&format!("case:{year}"), *n).await.unwrap();
    }
    write.commit().await.unwrap();
    let units = Units::of(&app);
    let began = Instant::now();
    let (mut events, mut open_cases, mut dice) = (0_usize, 0_usize, Dice(0x9e37_79b9_7f4a_7c15));
    for (n, batch) in plan.chunks(BATCH).enumerate() {
        let casts: Vec<(usize, Cast<'_>)> =
            batch.iter().map(|(mould, opened)| (*mould, cast(&app, &moulds[*mould], *opened, &mut next, &units, &mut dice))).collect();
        let copies: Vec<History> =
            tokio::task::block_in_place(|| casts.par_iter().map(|(mould, cast)| copy(&moulds[*mould], cast)).collect());
        events += copies.iter().map(|h| h.events.len()).sum::<usize>();
        open_cases += copies.iter().filter(|h| h.case.closed_at.is_none()).count();
        let mut write = app.database.write().await.unwrap();
        bulk::insert(&mut write, &copies).await.unwrap();
        write.commit().await.unwrap();
        if n % 50 == 49 {
            eprintln!("{} cases, {events} events, {:.0} events a second", (n + 1) * BATCH, events as f64 / began.elapsed().as_secs_f64());
        }
    }
    let loading = began.elapsed().as_secs_f64();
    app.database.learn_distribution().await.unwrap();
    let verified = verify(&app, &mut dice).await;
    let answer = json!({ "database": app.database.kind(), "cases": plan.len(), "open": open_cases, "events": events, "courses": moulds.len(),
        "load_seconds": loading, "events_a_second": events as f64 / loading, "streams_verified": verified, "bytes": app.database.bytes().await.unwrap() });
    app.database.close().await;
    answer
}

fn year(app: &App, at: i64) -> i16 {
    Timestamp(at).date(&app.zone).year()
}

/// Plays every scenario to its end and to its half on a scratch database.
async fn moulds() -> Vec<Mould> {
    let folder = std::env::temp_dir().join(format!("matter-figures-{}", std::process::id()));
    let app = open(&folder, None).await;
    app.clock.run_at(0.0);
    let mut photos = Vec::new();
    for shade in 0..4_u8 {
        let jpeg = gongzhi_app::photo::encode_rgb(64, 48, &[shade * 60; 64 * 48 * 3]).unwrap();
        photos.push(app.take_photo(jpeg, "bench").await.unwrap()["hash"].as_str().unwrap().to_owned());
    }
    let mut ids = Vec::new();
    for (i, script) in scripts(&app).iter().enumerate() {
        for until in [usize::MAX, half(script)] {
            ids.extend(play(&app, script, until, &format!("{i}-{until}"), &photos).await);
        }
    }
    let units = Units::of(&app);
    let mut moulds = Vec::new();
    for id in ids {
        moulds.push(mould(&app, &id, &units).await);
    }
    app.database.close().await;
    let _ = std::fs::remove_dir_all(&folder);
    moulds
}

fn half(script: &Script) -> usize {
    (Run::new(script, String::new()).steps() / 2).max(1)
}

async fn play(app: &App, script: &Script, until: usize, key: &str, photos: &[String]) -> Option<String> {
    let mut run = Run::new(script, key.to_owned());
    let place = GivenPlace { lon: Some(LON), lat: Some(LAT), text: Some(PLACE.to_owned()), ..GivenPlace::default() };
    let steps = run.steps().min(until);
    // Notes between the steps: a case has about twenty events, whatever its scenario tests.
    let notes = EVENTS_A_CASE.saturating_sub(steps).div_ceil(steps);
    for step in 0..steps {
        run.move_clock(app);
        let taken = run.step(app, photos, &place).await;
        if let Some(Err(gongzhi_app::AppError::Problem(_)) | Ok(())) | None = &taken {
            // A refusal is part of many scenarios.
        } else if let Some(Err(e)) = taken {
            panic!("{}: {e}", script.matter);
        }
        let before = app.clock.now();
        for n in 0..notes {
            run.note(app, &format!("现场核对第 {} 次，已与相关单位沟通", step * notes + n + 1)).await;
        }
        app.clock.set(before);
    }
    run.id
}

async fn mould(app: &App, id: &str, units: &Units) -> Mould {
    let row = cases::find(&app.database, Key::Id(id)).await.unwrap().unwrap();
    let rows = events::stream(&app.database, &format!("case:{id}")).await.unwrap();
    let pieces = |text: &str| cut(text, &row, units);
    let events: Vec<(EventRow, Vec<Piece>)> = rows
        .into_iter()
        .map(|e| {
            let p = pieces(&e.body);
            (e, p)
        })
        .collect();
    Mould {
        body: pieces(&row.body.to_string()),
        first: row.opened_at,
        last: events.last().map_or(row.opened_at, |(e, _)| e.at),
        units: cases::units_of(&app.database, id).await.unwrap(),
        open_parts: bulk::open_parts_of(&app.database, id).await.unwrap(),
        rungs: bulk::rungs_of(&app.database, id).await.unwrap(),
        events,
        row,
    }
}

/// Cuts a JSON text at everything that a copy has of its own.
fn cut(text: &str, row: &CaseRow, units: &Units) -> Vec<Piece> {
    let mut pieces = vec![Piece::Text(text.to_owned())];
    let mut marks: Vec<(String, Piece)> = vec![
        (row.id.clone(), Piece::Id),
        (row.number.clone(), Piece::Number),
        ("\"area\":null".into(), Piece::Area),
        ("\"key\":null".into(), Piece::Key),
        (PLACE.into(), Piece::Place),
        (LON.to_string(), Piece::Lon),
        (LAT.to_string(), Piece::Lat),
    ];
    marks.extend(units.all.iter().enumerate().map(|(i, u)| (format!("\"{u}\""), Piece::Unit(i))));
    for (mark, piece) in marks {
        pieces = split(pieces, |text, out| {
            for (i, part) in text.split(mark.as_str()).enumerate() {
                if i > 0 {
                    out.push(piece.clone());
                }
                out.push(Piece::Text(part.to_owned()));
            }
        });
    }
    split(pieces, cut_times)
}

fn split(pieces: Vec<Piece>, cut: impl Fn(&str, &mut Vec<Piece>)) -> Vec<Piece> {
    let mut out = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => cut(&text, &mut out),
            other => out.push(other),
        }
    }
    out.retain(|p| !matches!(p, Piece::Text(t) if t.is_empty()));
    out
}

/// Instants are the only numbers of thirteen digits that stand as values of their own.
fn cut_times(text: &str, out: &mut Vec<Piece>) {
    let bytes = text.as_bytes();
    let (mut from, mut at) = (0, 0);
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let end = at + bytes[at..].iter().take_while(|b| b.is_ascii_digit()).count();
        let alone =
            (at == 0 || matches!(bytes[at - 1], b':' | b'[' | b',')) && (end == bytes.len() || matches!(bytes[end], b',' | b'}' | b']'));
        if end - at == 13 && alone {
            out.push(Piece::Text(text[from..at].to_owned()));
            out.push(Piece::Time(text[at..end].parse().unwrap()));
            from = end;
        }
        at = end;
    }
    out.push(Piece::Text(text[from..].to_owned()));
}

/// Which mould is opened when: a tenth open, with their last act in the last weeks; the others over two years.
fn plan(moulds: &[Mould], wanted: usize) -> Vec<(usize, i64)> {
    let (open, ended): (Vec<usize>, Vec<usize>) =
        (0..moulds.len()).partition(|i| moulds[*i].row.closed_at.is_none() && moulds[*i].row.due_at.is_some());
    let ended: Vec<usize> = ended.into_iter().filter(|i| moulds[*i].row.closed_at.is_some()).collect();
    let mut dice = Dice(0x1234_5678_9abc_def1);
    let mut plan: Vec<(usize, i64)> = (0..wanted)
        .map(|n| {
            let from = if n % 10 == 0 { &open } else { &ended };
            let mould = from[dice.below(from.len())];
            let (m, back) = (&moulds[mould], if n % 10 == 0 { 21 * DAY_MS } else { TWO_YEARS });
            let last = dice.between(NOW.0 - back, NOW.0 - HOUR_MS);
            (mould, last - (m.last - m.first))
        })
        .collect();
    plan.sort_unstable_by_key(|(_, opened)| *opened);
    plan
}

fn cast<'a>(app: &App, mould: &Mould, opened: i64, next: &mut BTreeMap<i16, i64>, units: &'a Units, dice: &mut Dice) -> Cast<'a> {
    let year = year(app, opened);
    let n = next.get_mut(&year).unwrap();
    let number = format!("{}-{year}-{n:06}", app.number_prefix);
    *n += 1;
    let seconds = u64::try_from(opened / 1000).unwrap();
    let nanos = u32::try_from(opened % 1000).unwrap() * 1_000_000;
    let (road, cross) = (dice.below(ROADS.len()), dice.below(ROADS.len()));
    Cast {
        id: uuid::Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos)).to_string(),
        number,
        token: format!("{:016x}{:016x}", dice.roll(), dice.roll()),
        place: format!("{}与{}交叉口", ROADS[road], ROADS[cross]),
        lon: 120.0 + dice.below(400_000) as f64 / 1e6 + 1e-7,
        lat: 30.0 + dice.below(300_000) as f64 / 1e6 + 1e-7,
        area: dice.below(14),
        key: format!("c:{}", dice.below(20_000)),
        shift: opened - mould.first,
        units,
        turn: dice.below(1000),
    }
}

fn cast_text(pieces: &[Piece], cast: &Cast<'_>) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(1024);
    for piece in pieces {
        let _ = match piece {
            Piece::Text(t) => {
                out.push_str(t);
                Ok(())
            }
            Piece::Id => {
                out.push_str(&cast.id);
                Ok(())
            }
            Piece::Number => {
                out.push_str(&cast.number);
                Ok(())
            }
            Piece::Place => {
                out.push_str(&cast.place);
                Ok(())
            }
            Piece::Lon => write!(out, "{}", cast.lon),
            Piece::Lat => write!(out, "{}", cast.lat),
            Piece::Area => write!(out, "\"area\":\"a:{}\"", cast.area),
            Piece::Key => write!(out, "\"key\":\"{}\"", cast.key),
            Piece::Unit(u) => write!(out, "\"{}\"", cast.units.turned(*u, cast.turn)),
            Piece::Time(t) => write!(out, "{}", t + cast.shift),
        };
    }
    out
}

fn copy(mould: &Mould, cast: &Cast<'_>) -> History {
    let shifted = |t: Option<i64>| t.map(|t| t + cast.shift);
    let unit = |u: &String| cast.units.map(u, cast.turn);
    let row = &mould.row;
    let replaced = |text: &str| text.replace(PLACE, &cast.place).replace(&row.number.to_lowercase(), &cast.number.to_lowercase());
    let stream = format!("case:{}", cast.id);
    let mut previous = GENESIS.to_owned();
    let mut events = Vec::with_capacity(mould.events.len());
    for (e, pieces) in &mould.events {
        let body = cast_text(pieces, cast);
        let (at, actor_unit) = (e.at + cast.shift, unit(&e.unit));
        // The canonical bytes of `journal::bytes`: keys in order, the body canonical already.
        let text = |s: &str| Value::from(s).to_string();
        let canonical = format!(
            "{{\"actor\":{},\"at\":{at},\"body\":{body},\"kind\":{},\"seq\":{},\"stream\":{},\"unit\":{}}}",
            text(&e.actor),
            text(&e.kind),
            e.seq,
            text(&stream),
            text(&actor_unit)
        );
        let hash = chain(&previous, canonical.as_bytes());
        events.push(EventRow {
            stream: stream.clone(),
            seq: e.seq,
            position: 0,
            at,
            actor: e.actor.clone(),
            unit: actor_unit,
            kind: e.kind.clone(),
            body,
            previous: std::mem::replace(&mut previous, hash.clone()),
            hash,
        });
    }
    let mut units: Vec<String> = mould.units.iter().map(unit).collect();
    units.sort_unstable();
    units.dedup();
    History {
        case: CaseRow {
            id: cast.id.clone(),
            number: cast.number.clone(),
            token: cast.token.clone(),
            idempotency: format!("bench:{}", cast.number),
            unit: row.unit.as_ref().map(unit),
            title: replaced(&row.title),
            search: replaced(&row.search),
            lon: row.lon.map(|_| cast.lon),
            lat: row.lat.map(|_| cast.lat),
            place_key: Some(cast.key.clone()),
            place_name: replaced(&row.place_name),
            area_key: Some(format!("a:{}", cast.area)),
            opened_at: row.opened_at + cast.shift,
            updated_at: row.updated_at + cast.shift,
            due_at: shifted(row.due_at),
            next_rung_at: shifted(row.next_rung_at),
            closed_at: shifted(row.closed_at),
            purge_at: shifted(row.purge_at),
            body: serde_json::from_str(&cast_text(&mould.body, cast)).unwrap(),
            synthetic: true,
            ..row.clone()
        },
        events,
        units,
        open_parts: mould.open_parts.iter().map(unit).collect(),
        rungs: mould.rungs.iter().map(|(clock, rung, at)| (clock.clone(), rung.clone(), at + cast.shift)).collect(),
    }
}

/// Chains of cases from all over the table hold, by the program's own proof.
async fn verify(app: &App, dice: &mut Dice) -> usize {
    let mut streams = 0;
    let last = events::last_position(&app.database).await.unwrap();
    for _ in 0..200 {
        let filter = events::EventFilter { before: Some(dice.between(2, last + 1)), limit: 1, ..events::EventFilter::default() };
        let stream = events::page(&app.database, &filter).await.unwrap().remove(0).stream;
        let rows = events::stream(&app.database, &stream).await.unwrap();
        if let Err(broken) = ledger::verify_rows(rows.iter()) {
            panic!("{broken:?}");
        }
        streams += 1;
    }
    streams
}
