//! The calls of a day, made from the plan and that day alone.

use std::io::Write;

use jiff::civil::{Date, DateTime};

use crate::areas::Areas;
use crate::city::Plan;
use crate::geometry::{P, p};
use crate::hotspots;
use crate::places::Places;
use crate::random::Random;
use crate::records::{Call, CallTruth, Class, HotSpot, Relation, day_date, day_number};
use crate::rhythm::{self, Rhythm};
use crate::streets::Highway;
use crate::words::{self, Collision, Spoken};

/// Shares of the classes among incidents away from hot spots.
const CLASSES: [(Class, f64); 3] = [(Class::Accident, 0.41), (Class::Order, 0.38), (Class::Other, 0.21)];
/// Share of incidents whose caller calls again.
const REPEATS: f64 = 0.011;
/// Valid calls per incident, other callers and repeats included.
const CALLS_PER_INCIDENT: f64 = 1.0 + 0.41 * 0.185 + REPEATS;
/// Invalid calls among all.
const INVALID: f64 = 0.05;
/// Days after which nobody calls again.
const LAST_REPEAT: i32 = 6;
/// Invalid calls are drawn under their own keys.
const INVALID_KEY: u64 = 1 << 40;

enum Item {
    Crossing(u32),
    Stretch(u32),
    Gate(u32),
}

/// Weighted places and the volumes: all that a day needs.
pub(crate) struct Sites {
    pub(crate) places: Places,
    rhythm: Rhythm,
    items: Vec<Item>,
    sums: Vec<f64>,
    hot: Vec<(HotSpot, Vec<(P, P)>)>,
    /// Ring and name of each area.
    beats: Vec<(Vec<P>, String)>,
}

/// What happened.
pub(crate) struct Incident {
    pub(crate) id: String,
    second: u32,
    class: Class,
    at: P,
    spoken: Spoken,
    hot: Option<usize>,
    phone: String,
    outcome: Option<Outcome>,
    random: Random,
}

/// How a crash ended; drawn from the incident's id, so that call and record agree.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    pub(crate) collision: Collision,
    pub(crate) recorded: bool,
    pub(crate) hurt: bool,
}

impl Sites {
    /// Weighs the places.
    pub(crate) fn new(plan: &Plan, places: Places, areas: &Areas, spots: &[HotSpot]) -> Self {
        let (mut items, mut sums, mut sum) = (Vec::new(), Vec::new(), 0.0);
        let mut add = |item: Item, weight: f64| {
            sum += weight;
            items.push(item);
            sums.push(sum);
        };
        for (i, crossing) in places.crossings.iter().enumerate() {
            add(Item::Crossing(i as u32), crossing.weight);
        }
        for (i, stretch) in places.stretches.iter().enumerate() {
            add(Item::Stretch(i as u32), stretch.weight * 0.22);
        }
        for (i, gate) in places.gates.iter().enumerate() {
            add(Item::Gate(i as u32), gate.weight * 0.6);
        }
        let hot = spots.iter().map(|spot| (spot.clone(), hotspots::pieces(&places, spot))).collect();
        let beats = areas.list.iter().map(|area| (area.ring.clone(), area.name.zh.clone())).collect();
        Self { places, rhythm: Rhythm::new(plan), items, sums, hot, beats }
    }

    /// Incidents of a day.
    fn count(&self, plan: &Plan, day: i32) -> usize {
        let mean = self.rhythm.valid_calls(day_date(day)) / CALLS_PER_INCIDENT;
        Random::keyed(plan.seed, &[0xca11, day as u64]).poisson(mean)
    }

    /// The place an index falls on: a point of the network and how it is named.
    pub(crate) fn draw(&self, random: &mut Random) -> (P, Spoken) {
        let goal = random.unit() * self.sums.last().copied().unwrap_or(0.0);
        let index = self.sums.partition_point(|s| *s <= goal).min(self.items.len().saturating_sub(1));
        match self.items.get(index) {
            Some(Item::Crossing(i)) => {
                let crossing = &self.places.crossings[*i as usize];
                (crossing.at, Spoken::Crossing(crossing.roads.0.clone(), crossing.roads.1.clone()))
            }
            Some(Item::Stretch(i)) => {
                let stretch = &self.places.stretches[*i as usize];
                let at = stretch.ends.0.towards(stretch.ends.1, random.unit());
                (at, self.named(stretch.road.as_deref(), at, stretch.highway))
            }
            Some(Item::Gate(i)) => {
                let gate = &self.places.gates[*i as usize];
                (gate.at, Spoken::Gate(gate.name.clone(), gate.road.clone()))
            }
            None => (P::default(), Spoken::Village("明川".into())),
        }
    }

    /// Name of the street or town at a place.
    pub(crate) fn area(&self, at: P) -> Option<&str> {
        self.beats.iter().find(|(ring, _)| crate::geometry::inside(at, ring)).map(|(_, name)| name.as_str())
    }

    /// Pieces of network of a hot spot.
    pub(crate) fn hot_pieces(&self, spot: usize) -> &[(P, P)] {
        self.hot.get(spot).map_or(&[], |(_, pieces)| pieces)
    }

    fn named(&self, road: Option<&str>, at: P, highway: Highway) -> Spoken {
        if let Some(road) = road {
            return match self.places.cross_street(road, at) {
                Some((other, distance)) if distance < 900.0 => Spoken::Near(road.into(), other.into()),
                _ => Spoken::Road(road.into()),
            };
        }
        if let Some(village) = self.places.village(at) {
            return Spoken::Village(village.into());
        }
        let near = self.places.gates.iter().min_by(|a, b| a.at.distance(at).total_cmp(&b.at.distance(at)));
        match near {
            Some(gate) if gate.at.distance(at) < 700.0 => Spoken::Gate(gate.name.clone(), None),
            _ if highway == Highway::MotorwayLink => Spoken::Road("匝道".into()),
            _ => Spoken::Road("无名路".into()),
        }
    }

    fn incident(&self, plan: &Plan, day: i32, index: u64) -> Incident {
        let mut random = Random::keyed(plan.seed, &[0x1c1d, day as u64, index]);
        let date = day_date(day);
        let mut goal = random.unit();
        let hot = self.hot.iter().position(|(spot, pieces)| {
            let active = !pieces.is_empty() && (spot.from..spot.to).contains(&date);
            let hit = active && goal < spot.share;
            if active {
                goal -= spot.share;
            }
            hit
        });
        let usual = CLASSES[random.weighted(&CLASSES.map(|c| c.1))].0;
        let (at, spoken, class, hours) = match hot {
            Some(index) => {
                let (spot, pieces) = &self.hot[index];
                let weights: Vec<f64> = pieces.iter().map(|(a, b)| a.distance(*b) + 0.1).collect();
                let piece = pieces[random.weighted(&weights)];
                let at = piece.0.towards(piece.1, random.unit());
                let class = if random.chance(0.72) { spot.class } else { usual };
                let spoken = match spot.roads.as_slice() {
                    [a, b] => Spoken::Crossing(a.clone(), b.clone()),
                    [road, ..] => self.named(Some(road), at, Highway::Primary),
                    [] => Spoken::Road("无名路".into()),
                };
                let hours = if random.chance(0.7) { spot.hours.as_slice() } else { &[] };
                (at, spoken, class, hours)
            }
            None => {
                let (at, spoken) = self.draw(&mut random);
                (at, spoken, usual, &[][..])
            }
        };
        let hour =
            if hours.is_empty() { random.weighted(&rhythm::hours(class, rhythm::is_free(date))) } else { usize::from(*random.pick(hours)) };
        let second = (hour * 3600 + random.below(3600)) as u32;
        let id = format!("I{}-{index:05}", stamp(date));
        let outcome = (class == Class::Accident).then(|| outcome(plan.seed, &id));
        let phone = phone(&mut random);
        Incident { id, second, class, at, spoken, hot, phone, outcome, random }
    }

    /// When, if ever, the caller of an incident calls again: days later and second of that day.
    fn repeat(plan: &Plan, day: i32, index: u64) -> Option<(i32, u32)> {
        let mut random = Random::keyed(plan.seed, &[0x4e9e, day as u64, index]);
        if !random.chance(REPEATS) {
            return None;
        }
        let later = [1, 1, 1, 1, 2, 2, 3, 4, LAST_REPEAT - 1, LAST_REPEAT];
        let days = if random.chance(0.3) { 0 } else { *random.pick(&later) };
        Some((days, (7 * 3600 + random.below(15 * 3600)) as u32))
    }
}

/// Squadron ids of the template city by area.
fn squadron(area: &str) -> &'static str {
    match area {
        "府山街道" | "城中街道" | "北苑街道" => "squadron-1",
        "城西街道" | "高桥镇" | "云溪镇" | "石桥镇" => "squadron-2",
        "滨江街道" | "镜月街道" => "squadron-3",
        "柳塘镇" | "南浦镇" | "丰和镇" => "squadron-4",
        "东屏街道" | "白塔镇" => "squadron-5",
        _ => "squadron-6",
    }
}

fn stamp(date: Date) -> String {
    format!("{:04}{:02}{:02}", date.year(), date.month(), date.day())
}

/// Thirteen digits: two more than any number in China, so nobody can be called by it.
fn phone(random: &mut Random) -> String {
    format!("1990000{:06}", random.below(1_000_000))
}

fn id_key(id: &str) -> u64 {
    id.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The outcome of the crash with this incident id.
pub(crate) fn outcome(seed: u64, incident: &str) -> Outcome {
    let mut random = Random::keyed(seed, &[0x0c0e, id_key(incident)]);
    let collision = Collision::ALL[random.weighted(&[26.0, 21.0, 13.0, 21.0, 3.0, 5.0, 8.0, 3.0])];
    let frail = matches!(collision, Collision::Cycle | Collision::Pedestrian | Collision::Cycles | Collision::Lorry);
    let recorded = random.chance(if frail { 0.52 } else { 0.14 });
    let hurt = recorded && random.chance(if frail { 0.86 } else { 0.3 });
    Outcome { collision, recorded, hurt }
}

struct Draft {
    second: u32,
    order: u64,
    call: Call,
}

fn clock(date: Date, second: u32) -> DateTime {
    let second = second.min(86_399);
    date.at((second / 3600) as i8, (second / 60 % 60) as i8, (second % 60) as i8, 0)
}

/// The calls of a day in order of reception.
pub(crate) fn on_day(plan: &Plan, sites: &Sites, date: Date) -> Vec<Call> {
    let day = day_number(date);
    let mut drafts: Vec<Draft> = Vec::with_capacity(360);
    let count = sites.count(plan, day);
    for index in 0..count as u64 {
        let mut incident = sites.incident(plan, day, index);
        let others = match incident.class {
            Class::Accident if incident.random.chance(0.14) => 1 + usize::from(incident.random.chance(0.3)),
            _ => 0,
        };
        let (second, phone) = (incident.second, incident.phone.clone());
        drafts.push(draft(sites, date, &mut incident, second, index * 8, Relation::First, phone, 0));
        for other in 0..others as u64 {
            let second = second + 25 + incident.random.below(1500) as u32;
            let phone = phone_of_another(&mut incident);
            drafts.push(draft(sites, date, &mut incident, second, index * 8 + 1 + other, Relation::Another, phone, 0));
        }
    }
    for back in 0..=LAST_REPEAT {
        let count = if back == 0 { count } else { sites.count(plan, day - back) };
        for index in 0..count as u64 {
            let Some((days, second)) = Sites::repeat(plan, day - back, index) else { continue };
            let mut incident = sites.incident(plan, day - back, index);
            // "Later the same day" needs hours after the first call; where the day is too short it is the next morning.
            let same_day = days == 0 && incident.second < 18 * 3600;
            let (days, second) = match (days, same_day) {
                (0, true) => (0, incident.second + 3600 + second % (86_000 - incident.second - 3600)),
                (0, false) => (1, second),
                given => (given.0, second),
            };
            if days == back {
                let phone = incident.phone.clone();
                drafts.push(draft(sites, date, &mut incident, second, index * 8 + 4, Relation::Repeat, phone, days));
            }
        }
    }
    let hoaxes = Random::keyed(plan.seed, &[0x4a0c, day as u64]).poisson(sites.rhythm.valid_calls(date) * INVALID / (1.0 - INVALID));
    for index in 0..hoaxes as u64 {
        drafts.push(invalid(plan, sites, date, INVALID_KEY + index));
    }
    drafts.sort_by_key(|d| (d.second, d.order));
    drafts.into_iter().enumerate().map(|(n, draft)| Call { call_no: format!("J{}-{:05}", stamp(date), n + 1), ..draft.call }).collect()
}

fn phone_of_another(incident: &mut Incident) -> String {
    phone(&mut incident.random)
}

#[allow(clippy::too_many_arguments, reason = "one call has this many independent parts; a struct for one caller would only rename them")]
fn draft(
    sites: &Sites,
    date: Date,
    incident: &mut Incident,
    second: u32,
    order: u64,
    relation: Relation,
    phone: String,
    days: i32,
) -> Draft {
    let random = &mut incident.random;
    let second = second.min(86_399);
    let said = incident.spoken.said(random);
    let collision = incident.outcome.map(|o| o.collision);
    let hurt = incident.outcome.is_some_and(|o| o.hurt);
    let told = words::told(random, incident.class, &said, collision, hurt);
    let words = if relation == Relation::Repeat { words::again(random, &told, days) } else { told };
    let place_text = if random.chance(0.06) { String::new() } else { incident.spoken.noted(random) };
    let point = random.chance(0.55).then(|| {
        let (distance, angle) = (random.range(20.0, 60.0), random.range(0.0, std::f64::consts::TAU));
        (incident.at + p(angle.cos(), angle.sin()) * distance).geographic()
    });
    let minutes = 14.0 + 22.0 * (random.normal() * 0.6).exp();
    let received_at = clock(date, second);
    let handled_at = random.chance(0.93).then(|| later(received_at, minutes));
    let unit = sites.area(incident.at).map(|area| squadron(area).to_owned());
    let truth = CallTruth {
        incident: incident.id.clone(),
        relation,
        point: incident.at.geographic(),
        hot_spot: incident.hot,
        place: incident.spoken.full(),
    };
    let call = Call {
        call_no: String::new(),
        received_at,
        class: incident.class,
        valid: true,
        caller_phone: phone,
        words,
        place_text,
        point,
        handled_at,
        unit,
        truth,
    };
    Draft { second, order, call }
}

fn later(at: DateTime, minutes: f64) -> DateTime {
    at.checked_add(jiff::Span::new().seconds((minutes * 60.0) as i64)).unwrap_or(at)
}

fn invalid(plan: &Plan, sites: &Sites, date: Date, index: u64) -> Draft {
    let mut random = Random::keyed(plan.seed, &[0x1c1d, day_number(date) as u64, index]);
    let (at, spoken) = sites.draw(&mut random);
    let hour = random.weighted(&rhythm::hours(Class::Other, true));
    let second = (hour * 3600 + random.below(3600)) as u32;
    let truth = CallTruth {
        incident: format!("N{}-{:05}", stamp(date), index - INVALID_KEY),
        relation: Relation::First,
        point: at.geographic(),
        hot_spot: None,
        place: spoken.full(),
    };
    let call = Call {
        call_no: String::new(),
        received_at: clock(date, second),
        class: Class::Other,
        valid: false,
        caller_phone: phone(&mut random),
        words: words::invalid(&mut random),
        place_text: String::new(),
        point: random.chance(0.25).then(|| at.geographic()),
        handled_at: None,
        unit: None,
        truth,
    };
    Draft { second, order: index, call }
}

/// A CSV field after RFC 4180.
pub(crate) fn field(out: &mut Vec<u8>, text: &str) {
    if text.contains([',', '"', '\n', '\r']) {
        out.push(b'"');
        out.extend(text.replace('"', "\"\"").bytes());
        out.push(b'"');
    } else {
        out.extend(text.bytes());
    }
}

/// A local time as ISO text to the second.
pub(crate) fn iso(at: DateTime) -> String {
    format!("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", at.year(), at.month(), at.day(), at.hour(), at.minute(), at.second())
}

/// The calls as CSV.
pub(crate) fn csv(calls: impl Iterator<Item = Call>) -> Vec<u8> {
    let mut out = b"call_no,received_at,class,valid,caller_phone,words,place_text,lon,lat,handled_at,unit\n".to_vec();
    for call in calls {
        let valid = if call.valid { "有效" } else { "无效" };
        // Writing into a vector cannot fail.
        let _ = write!(out, "{},{},{},{valid},{},", call.call_no, iso(call.received_at), call.class.zh(), call.caller_phone);
        field(&mut out, &call.words);
        out.push(b',');
        field(&mut out, &call.place_text);
        let _ = match call.point {
            Some(point) => write!(out, ",{:.6},{:.6},", point.lon, point.lat),
            None => write!(out, ",,,"),
        };
        let _ = writeln!(out, "{},{}", call.handled_at.map(iso).unwrap_or_default(), call.unit.unwrap_or_default());
    }
    out
}
