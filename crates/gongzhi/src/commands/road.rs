//! `gongzhi road …`: asks the roads in use.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use gongzhi_app::roads::Roads;
use gongzhi_app::ways::{Spot, Ways, point_of};
use gongzhi_civic::place::Point;
use gongzhi_road::linear::posts_from_csv;
use gongzhi_road::route::Profile;
use gongzhi_road::track::{MatchOptions, Matcher};
use gongzhi_road::{Fix, Network, carry};
use serde_json::{Value, json};

use crate::arguments::{Place, Vehicle};
use crate::commands::open;

async fn roads(place: &Place) -> Result<Arc<Roads>> {
    let app = open(place).await?;
    let roads = app.roads();
    app.database.close().await;
    roads.context("尚未导入路网 / no roads yet: gongzhi import roads FILE --datum wgs84")
}

pub(super) async fn locate(place: &Place, words: &str, near: Option<&str>, json: bool) -> Result<ExitCode> {
    let roads = roads(place).await?;
    let near = near.map(|n| point_of(n).with_context(|| format!("“{n}”: 经度,纬度 / lon,lat"))).transpose()?;
    let answer = roads.say_where(words, near.map(|p| (p, 3_000.0)));
    if json {
        println!("{}", serde_json::to_string_pretty(&answer)?);
        return Ok(ExitCode::SUCCESS);
    }
    println!("{} / {}", answer.reason.zh, answer.reason.en);
    for c in answer.candidates.iter().take(5) {
        println!("  {:>3.0} %  {}  {:.6},{:.6}", c.confidence * 100.0, c.name, c.point.lon, c.point.lat);
        println!("         {} / {}", c.reason.zh, c.reason.en);
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn say(place: &Place, at: &str) -> Result<ExitCode> {
    let roads = roads(place).await?;
    let point = point_of(at).with_context(|| format!("“{at}”: 经度,纬度 / lon,lat"))?;
    let said = roads.say_place(point);
    println!("{}\n{}", said.zh, said.en);
    if !said.unambiguous {
        println!("  ! 仅凭这句话不能唯一确定该处 / these words alone do not lead back to one place");
    }
    if let Some(at) = roads.stake_at(point) {
        println!("{} {} ±{:.0} m", at.reference, at.stake, at.bound_m);
    }
    let shared: Vec<String> = roads.shared_areas(point).into_iter().map(|(_, name)| name).collect();
    if !shared.is_empty() {
        println!("界路，另一侧属 / a boundary road, also of: {}", shared.join("、"));
    }
    Ok(ExitCode::SUCCESS)
}

fn profile(vehicle: Vehicle) -> Profile {
    match vehicle {
        Vehicle::Car => Profile::car(),
        // A semi-trailer at the limits of GB 1589-2016: 4.0 m high, 17.1 m long, 49 t.
        Vehicle::Lorry => Profile::lorry(4.0, 17.1, 49.0),
        Vehicle::Motorcycle => Profile::motorcycle(),
        Vehicle::Bus => Profile::bus(),
        Vehicle::Emergency => Profile::emergency(),
    }
}

pub(super) async fn way(place: &Place, from: &str, to: &str, vehicle: Vehicle, closed: &[String], json: bool) -> Result<ExitCode> {
    let mut ways = Ways::new(roads(place).await?, &profile(vehicle));
    let (from, to) = (ways.spot(from)?, ways.spot(to)?);
    for said in closed {
        let spot = ways.spot(said)?;
        ways.close(&spot);
    }
    let Some(route) = ways.way(&from, &to) else {
        println!("没有可行驶的路线 / there is no way");
        return Ok(ExitCode::FAILURE);
    };
    let network = &ways.roads().network;
    let steps = route.steps(network);
    if json {
        let line: Vec<[f64; 2]> = route.line(network).iter().map(|p| [p.lon, p.lat]).collect();
        let properties = json!({ "seconds": route.seconds(), "metres": route.metres, "from": from.name, "to": to.name, "steps": steps });
        println!("{}", feature(&json!({ "type": "LineString", "coordinates": line }), &properties));
        return Ok(ExitCode::SUCCESS);
    }
    println!("{} → {}", from.name, to.name);
    println!("{:.1} km，{:.0} min（畅通时 free flow）", route.metres / 1e3, (route.seconds() / 60.0).ceil());
    for spot in [&from, &to] {
        if let Some(note) = spot.attached.note() {
            println!("  ! {} / {}", note.zh, note.en);
        }
    }
    for step in &steps {
        println!("{:>7.1} km  {}", step.at_m / 1e3, step.text.zh);
    }
    Ok(ExitCode::SUCCESS)
}

fn feature(geometry: &Value, properties: &Value) -> Value {
    json!({ "type": "Feature", "geometry": geometry, "properties": properties })
}

pub(super) async fn reach(place: &Place, from: &str, minutes: f64, vehicle: Vehicle) -> Result<ExitCode> {
    let mut ways = Ways::new(roads(place).await?, &profile(vehicle));
    let from = ways.spot(from)?;
    let rings = ways.reach(&from, minutes);
    // Rings are outer ones and holes together: as separate polygons a viewer would fill the holes.
    let rings: Vec<Vec<[f64; 2]>> = rings.iter().map(|r| r.iter().map(|p| [p.lon, p.lat]).collect()).collect();
    println!("{}", feature(&json!({ "type": "MultiLineString", "coordinates": rings }), &json!({ "from": from.name, "minutes": minutes })));
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn nearest(place: &Place, to: &str, units: &Path, k: usize) -> Result<ExitCode> {
    let mut ways = Ways::new(roads(place).await?, &Profile::emergency());
    let to = ways.spot(to)?;
    let text = std::fs::read_to_string(units).with_context(|| units.display().to_string())?;
    let mut named: Vec<(String, Spot)> = Vec::new();
    for (i, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let (name, at) = line.split_once(',').unwrap_or((line, ""));
        if i == 0 && point_of(at).is_none() {
            continue; // the heading
        }
        let spot = ways.spot(at).with_context(|| format!("{}:{}: 单位,经度,纬度 / unit,lon,lat", units.display(), i + 1))?;
        named.push((name.to_owned(), spot));
    }
    let spots: Vec<Spot> = named.iter().map(|(_, s)| s.clone()).collect();
    let answer = ways.nearest(&to, &spots, k);
    for near in &answer.found {
        println!(
            "{}  {:.0} s，{:.1} km（直线 straight {:.1} km，第 {} 近 rank {}）",
            named[near.unit].0,
            near.route.seconds(),
            near.route.metres / 1e3,
            near.straight_m / 1e3,
            near.straight_rank + 1,
            near.straight_rank + 1
        );
    }
    for other in answer.passed_over.iter().take(10) {
        let why = other.why.text();
        println!("  – {}：{} / {}", named[other.unit].0, why.zh, why.en);
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn track(place: &Place, file: &Path) -> Result<ExitCode> {
    let roads = roads(place).await?;
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let mut fixes = Vec::new();
    for (i, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let mut cells = line.split(',').map(|c| c.trim().parse::<f64>().ok());
        let (Some(Some(seconds)), Some(Some(lon)), Some(Some(lat))) = (cells.next(), cells.next(), cells.next()) else {
            if i == 0 {
                continue; // the heading
            }
            anyhow::bail!("{}:{}: 应为 秒,经度,纬度[,航向][,精度] / expected seconds,lon,lat[,heading][,accuracy]", file.display(), i + 1);
        };
        let (heading_deg, accuracy_m) = (cells.next().flatten(), cells.next().flatten());
        fixes.push(Fix { at_ms: (seconds * 1_000.0) as i64, heading_deg, accuracy_m, ..Fix::at(Point::new(lon, lat)) });
    }
    let matched = Matcher::new(&roads.network, MatchOptions::default()).match_track(&fixes);
    println!("seconds,lon,lat,road,edge,offset_m,distance_m,confidence");
    for fix in &matched.fixes {
        let seconds = fix.at_ms as f64 / 1_000.0;
        match &fix.place {
            Ok(on) => println!(
                "{seconds},{:.7},{:.7},{},{},{:.1},{:.1},{:.2}",
                on.point.lon,
                on.point.lat,
                roads.network.edge(on.edge).map(|e| e.name).unwrap_or_default(),
                on.edge,
                on.offset_m,
                on.distance_m,
                on.confidence
            ),
            Err(why) => println!("{seconds},,,,,,,{}", serde_json::to_value(why)?.as_str().unwrap_or_default()),
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn stakes(place: &Place, file: Option<&Path>) -> Result<ExitCode> {
    let roads = roads(place).await?;
    let (mut posts, mut faults) = (Vec::new(), 0);
    if let Some(file) = file {
        let read = posts_from_csv(&std::fs::read_to_string(file).with_context(|| file.display().to_string())?);
        for f in &read.faults {
            println!("{}:{}: {} “{}”: {} / {}", file.display(), f.row, f.column, f.value, f.reason.zh, f.reason.en);
        }
        (posts, faults) = (read.posts, read.faults.len());
    }
    let roads = if file.is_some() { Arc::new(Roads::new(roads.network.clone(), posts, &[])) } else { roads };
    let posts = roads.stakes.posts();
    println!("桩 posts: {}（路网与登记册 map and register）", posts.len());
    for rejected in roads.stakes.rejected() {
        let (post, why) = (&posts[rejected.post], rejected.reason.text());
        println!("  – {} K{:.3}: {} / {}", post.reference, post.metre / 1e3, why.zh, why.en);
    }
    for (found, at) in roads.stakes.suspected_breaks() {
        let (back, ahead) = (found.back_m / 1e3, found.ahead_m / 1e3);
        println!("  ? {} 疑似断链 a break is likely: K{back:.3} = K{ahead:.3}  {:.6},{:.6}", found.reference, at.lon, at.lat);
    }
    Ok(if faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

pub(super) fn carried(old: &Path, new: &Path, json: bool) -> Result<ExitCode> {
    let read = |path: &Path| -> Result<Network> {
        let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
        Network::from_vec(bytes).map_err(|e| anyhow::anyhow!("{}: {} / {}", path.display(), e.text().zh, e.text().en))
    };
    let carried = carry(&read(old)?, &read(new)?);
    if json {
        println!("{}", serde_json::to_string(&carried)?);
        return Ok(ExitCode::SUCCESS);
    }
    println!("保留 kept {}，改号 moved {}，找不到 lost {}", carried.kept.len(), carried.moved.len(), carried.lost.len());
    for m in &carried.moved {
        println!("  {} → {}（{:.0} m）{} / {}", m.old, m.new, m.distance_m, m.why.text().zh, m.why.text().en);
    }
    for l in &carried.lost {
        println!("  – {} {}: {} / {}", l.key, l.name, l.why.text().zh, l.why.text().en);
    }
    Ok(ExitCode::SUCCESS)
}
