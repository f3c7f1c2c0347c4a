//! Calls with known truth for measuring how well calls are joined: hard cases sown into the city's ordinary days.
//!
//! Two relations are labelled. Calls of one `incident` report one event on one occasion. Calls of one `trouble` are about
//! the same unsolved matter, on one occasion or over days; an incident belongs to one trouble.
//! A lasting trouble called in again more than two hours after an occasion's first call is a new incident of it.
//!
//! Two sets share neither days nor wordings of the hard cases: one to tune on, one to judge by. The ordinary calls
//! between them speak as the demo city does.

mod sayings;

use gongzhi_civic::place::Point;
use gongzhi_civic::time::{DAY_MS, HOUR_MS, MINUTE_MS, Timestamp};
use jiff::civil::Date;
use std::collections::{BTreeMap, HashMap};

use crate::calls::Sites;
use crate::city::City;
use crate::geometry::{P, p};
use crate::random::Random;
use crate::records::{Class, Relation, day_date, day_number, instant};
use sayings::{Book, DEV, HELD_OUT, Matter};

/// Which half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelledSet {
    /// To tune on.
    Dev,
    /// To judge by; nothing may be chosen after a look at it.
    HeldOut,
}

/// A call and what it is truly about.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelledCall {
    /// When it came in.
    pub at: Timestamp,
    /// Class as the call taker gave it, now and then the wrong one.
    pub class: Class,
    /// The number, where one was shown.
    pub caller: Option<String>,
    /// What was said.
    pub words: String,
    /// Where the call was placed: the telephone's position, or the crossing named.
    pub point: Point,
    /// When the patrol reported the end of what this call was about.
    pub closed_at: Option<Timestamp>,
    /// Equal for calls about one event on one occasion.
    pub incident: u32,
    /// Equal for calls about one unsolved matter.
    pub trouble: u32,
    /// The case it was made for; `ordinary` for the city's own days.
    pub case: &'static str,
}

/// Days of each set.
const DAYS: i32 = 28;
/// How often each case is sown.
const TIMES: u64 = 24;

type Case = fn(&mut Scene<'_>);

/// Every case by name.
const CASES: [(&str, Case); 17] = [
    ("many callers of one crash", many_callers),
    ("two crashes at one crossing within an hour", two_crashes),
    ("one jam from three roads", jam_from_roads),
    ("one long jam", long_jam),
    ("chain crash from both carriageways", both_carriageways),
    ("one caller, two matters", one_caller_two_matters),
    ("a defect, several neighbours over days", neighbours_over_days),
    ("a habit that comes back", habit_over_days),
    ("wrong crossing named", wrong_crossing),
    ("bus broken down beside a crash", bus_beside_crash),
    ("called in again after it was closed", after_closing),
    ("new crash after the first was cleared", new_crash_after_closing),
    ("crashes on two days at one crossing", crash_on_two_days),
    ("same caller asks where help is", asks_again),
    ("same caller next day", same_caller_next_day),
    ("two defects of one kind nearby", two_defects),
    ("oil on the road", oil_on_the_road),
];

/// What one case is made with.
struct Scene<'a> {
    random: Random,
    sites: &'a Sites,
    book: &'a Book,
    case: &'static str,
    /// Midnight of its first day.
    day: Timestamp,
    next: &'a mut u32,
    out: &'a mut Vec<LabelledCall>,
}

/// One crossing with its roads.
#[derive(Clone)]
struct Spot {
    roads: (String, String),
    at: P,
}

impl City {
    /// About 10,000 calls of four weeks with the truth of each, by time. The same `seed` gives the same calls.
    #[must_use]
    pub fn labelled_calls(&self, set: LabelledSet, seed: u64) -> Vec<LabelledCall> {
        let (book, back) = match set {
            LabelledSet::Dev => (&DEV, 2 * DAYS + 40),
            LabelledSet::HeldOut => (&HELD_OUT, DAYS),
        };
        let first = day_number(self.plan().today) - back;
        let mut next = 0;
        let mut out = ordinary(self, day_date(first), day_date(first + DAYS), &mut next);
        for (row, (case, make)) in (0_u64..).zip(CASES) {
            for time in 0..TIMES {
                let mut random = Random::keyed(seed, &[0x1abe, set as u64, row, time]);
                let day = first + random.below(DAYS as usize - 7) as i32;
                let day = instant(day_date(day).at(0, 0, 0, 0));
                let (before, ends) = (out.len(), Random::keyed(seed, &[0xe4d5, set as u64, row, time]));
                make(&mut Scene { random, sites: self.sites(), book, case, day, next: &mut next, out: &mut out });
                end(&mut out[before..], ends);
            }
        }
        out.sort_by(|a, b| (a.at, &a.words, &a.caller).cmp(&(b.at, &b.words, &b.caller)));
        out
    }
}

/// The patrol reports the end of each incident some while after its last call, where the case has not said when.
fn end(calls: &mut [LabelledCall], mut random: Random) {
    let mut last: BTreeMap<u32, Timestamp> = BTreeMap::new();
    for call in calls.iter() {
        let at = last.entry(call.incident).or_insert(call.at);
        *at = call.at.max(*at);
    }
    let ends: BTreeMap<u32, Option<Timestamp>> = last
        .into_iter()
        .map(|(incident, at)| (incident, random.chance(0.93).then(|| at.plus_ms((random.range(8.0, 50.0) * MINUTE_MS as f64) as i64))))
        .collect();
    for call in calls.iter_mut().filter(|c| c.closed_at.is_none()) {
        call.closed_at = ends.get(&call.incident).copied().flatten();
    }
}

/// The city's own valid calls of some days with the truth they were made from.
fn ordinary(city: &City, from: Date, to: Date, next: &mut u32) -> Vec<LabelledCall> {
    let mut numbers: HashMap<(String, bool), u32> = HashMap::new();
    let mut troubles: HashMap<String, u32> = HashMap::new();
    let number = |known: &mut u32| {
        *known += 1;
        *known
    };
    let mut calls = Vec::new();
    for call in city.calls(from, to).filter(|c| c.valid) {
        let id = call.truth.incident.clone();
        let incident = *numbers.entry((id.clone(), call.truth.relation == Relation::Repeat)).or_insert_with(|| number(next));
        calls.push(LabelledCall {
            at: call.at(),
            class: call.class,
            point: call.point.unwrap_or(call.truth.point),
            closed_at: call.handled_at.map(instant),
            caller: Some(call.caller_phone),
            words: call.words,
            incident,
            trouble: *troubles.entry(id).or_insert(incident),
            case: "ordinary",
        });
    }
    calls
}

impl Scene<'_> {
    fn fresh(&mut self) -> u32 {
        *self.next += 1;
        *self.next
    }

    fn phone(&mut self) -> String {
        format!("1990000{:06}", self.random.below(1_000_000))
    }

    /// A crossing, busy ones more often.
    fn spot(&mut self) -> Spot {
        let list = &self.sites.places.crossings;
        let weights: Vec<f64> = list.iter().map(|c| c.weight).collect();
        let chosen = &list[self.random.weighted(&weights)];
        Spot { roads: chosen.roads.clone(), at: chosen.at }
    }

    /// Crossings on the same roads, 60 to 600 m away, nearest first.
    fn neighbours(&self, of: &Spot) -> Vec<Spot> {
        let shares = |c: &(String, String)| [&c.0, &c.1].iter().any(|r| **r == of.roads.0 || **r == of.roads.1);
        let near = self.sites.places.crossings.iter().filter(|c| shares(&c.roads) && (60.0..600.0).contains(&c.at.distance(of.at)));
        let mut list: Vec<Spot> = near.map(|c| Spot { roads: c.roads.clone(), at: c.at }).collect();
        list.sort_by(|a, b| a.at.distance(of.at).total_cmp(&b.at.distance(of.at)));
        list
    }

    fn at(&mut self, from_hour: f64, to_hour: f64) -> Timestamp {
        let hour = self.random.range(from_hour, to_hour);
        self.day.plus_ms((hour * HOUR_MS as f64) as i64)
    }

    fn minutes(&mut self, from: f64, to: f64) -> i64 {
        (self.random.range(from, to) * MINUTE_MS as f64) as i64
    }

    fn crash(&mut self) -> Matter {
        *self.random.pick(&Matter::CRASHES)
    }

    fn matter(&mut self, matter: Matter) -> String {
        (*self.random.pick((self.book.of)(matter))).to_owned()
    }

    /// A caller at a spot says something.
    fn say(&mut self, at: Timestamp, spot: &Spot, class: Class, matter: &str, caller: Option<String>, labels: (u32, u32)) {
        let place = self.random.pick(self.book.places).replace("{a}", &spot.roads.0).replace("{b}", &spot.roads.1);
        let words = self.random.pick(self.book.frames).replace("{p}", &place).replace("{m}", matter);
        // A telephone's position is off by as much as its caller stands away; a crossing named is the crossing.
        let stands = if self.random.chance(0.55) {
            let (distance, angle) = (self.random.range(5.0, 75.0), self.random.range(0.0, std::f64::consts::TAU));
            spot.at + p(angle.cos(), angle.sin()) * distance
        } else {
            spot.at
        };
        let class = if self.random.chance(0.04) { Class::Other } else { class };
        let caller = caller.filter(|_| !self.random.chance(0.12));
        let (incident, trouble) = labels;
        self.out.push(LabelledCall {
            at,
            class,
            caller,
            words,
            point: stands.geographic(),
            closed_at: None,
            incident,
            trouble,
            case: self.case,
        });
    }

    fn stranger(&mut self, at: Timestamp, spot: &Spot, matter: Matter, labels: (u32, u32)) {
        let (phone, words) = (self.phone(), self.matter(matter));
        self.say(at, spot, class_of(matter), &words, Some(phone), labels);
    }

    fn close(&mut self, incident: u32, at: Timestamp) {
        self.out.iter_mut().filter(|c| c.incident == incident).for_each(|c| c.closed_at = Some(at));
    }

    /// Callers of one crash within the first minutes; some see only the queue.
    fn crash_calls(&mut self, at: Timestamp, spot: &Spot, matter: Matter, callers: usize, labels: (u32, u32)) {
        for n in 0..callers {
            let at = if n == 0 { at } else { at.plus_ms(self.minutes(0.5, 24.0)) };
            if n > 0 && self.random.chance(0.2) {
                let (phone, words) = (self.phone(), (*self.random.pick(self.book.from_afar)).to_owned());
                self.say(at, spot, Class::Order, &words, Some(phone), labels);
            } else {
                self.stranger(at, spot, matter, labels);
            }
        }
    }
}

fn class_of(matter: Matter) -> Class {
    match matter {
        Matter::CrashCars | Matter::CrashBike | Matter::CrashLorry | Matter::CrashWalker | Matter::CrashChain => Class::Accident,
        Matter::Jam | Matter::Lorries | Matter::Parking | Matter::Racing | Matter::Stalls => Class::Order,
        _ => Class::Other,
    }
}

fn many_callers(s: &mut Scene<'_>) {
    let (spot, matter, id) = (s.spot(), s.crash(), s.fresh());
    let (at, callers) = (s.at(7.0, 22.0), 2 + s.random.below(6));
    s.crash_calls(at, &spot, matter, callers, (id, id));
}

fn two_crashes(s: &mut Scene<'_>) {
    let (spot, first, second) = (s.spot(), s.fresh(), s.fresh());
    let (one, at) = (s.crash(), s.at(7.0, 20.0));
    // Mostly of another sort; now and then of the same.
    let two = if s.random.chance(0.25) { one } else { *Matter::CRASHES.iter().find(|m| **m != one).unwrap_or(&one) };
    let (callers, others) = (1 + s.random.below(3), 1 + s.random.below(3));
    s.crash_calls(at, &spot, one, callers, (first, first));
    let later = at.plus_ms(s.minutes(15.0, 58.0));
    s.crash_calls(later, &spot, two, others, (second, second));
}

fn jam_from_roads(s: &mut Scene<'_>) {
    let (spot, id) = (s.spot(), s.fresh());
    let (at, around) = (s.at(7.0, 19.0), s.neighbours(&spot));
    s.stranger(at, &spot, Matter::Jam, (id, id));
    for n in 0..2 + s.random.below(3) {
        let from = around.get(n).filter(|_| n < 3).cloned().unwrap_or_else(|| spot.clone());
        let at = at.plus_ms(s.minutes(2.0, 50.0));
        s.stranger(at, &from, Matter::Jam, (id, id));
    }
}

fn long_jam(s: &mut Scene<'_>) {
    let (spot, id) = (s.spot(), s.fresh());
    let at = s.at(7.0, 18.0);
    for n in 0..4 + s.random.below(3) {
        let at = at.plus_ms(n as i64 * 14 * MINUTE_MS + s.minutes(0.0, 10.0));
        s.stranger(at, &spot, Matter::Jam, (id, id));
    }
}

fn both_carriageways(s: &mut Scene<'_>) {
    let (spot, id, at) = (s.spot(), s.fresh(), s.at(7.0, 21.0));
    for n in 0..3 + s.random.below(4) {
        let along = p(s.random.range(-150.0, 150.0), s.random.range(-20.0, 20.0));
        let seen = Spot { at: spot.at + along, ..spot.clone() };
        let words = format!("{}，{}", s.book.ways[n % 2], s.matter(Matter::CrashChain));
        let (at, phone) = (at.plus_ms(s.minutes(0.0, 20.0)), s.phone());
        s.say(at, &seen, Class::Accident, &words, Some(phone), (id, id));
    }
}

fn one_caller_two_matters(s: &mut Scene<'_>) {
    let (spot, phone) = (s.spot(), s.phone());
    let all = [Matter::Parking, Matter::Lamp, Matter::Hole, Matter::CrashCars, Matter::Racing, Matter::Signal, Matter::Stalls];
    let start = s.random.below(all.len());
    let mut at = s.at(8.0, 20.0);
    for n in 0..2 {
        let (id, matter) = (s.fresh(), all[(start + n * 3) % all.len()]);
        let words = s.matter(matter);
        s.say(at, &spot, class_of(matter), &words, Some(phone.clone()), (id, id));
        at = at.plus_ms(if s.random.chance(0.5) { s.minutes(8.0, 90.0) } else { s.minutes(300.0, 3_000.0) });
    }
}

/// Calls about one lasting matter over days, an occasion each.
fn over_days(s: &mut Scene<'_>, matter: Matter, occasions: usize, same_caller: f64) {
    let (spot, trouble) = (s.spot(), s.fresh());
    let night = matches!(matter, Matter::Lamp | Matter::Lorries | Matter::Racing | Matter::Stalls);
    let (owner, mut day) = (s.phone(), 0);
    for n in 0..occasions {
        let at = s.at(if night { 19.0 } else { 8.0 }, if night { 23.5 } else { 18.0 }).plus_ms(day * DAY_MS);
        let id = if n == 0 { trouble } else { s.fresh() };
        let said = s.matter(matter);
        let words = if n > 0 && s.random.chance(0.45) { s.random.pick(s.book.again).replace("{}", &said) } else { said };
        let phone = if s.random.chance(same_caller) { owner.clone() } else { s.phone() };
        s.say(at, &spot, class_of(matter), &words, Some(phone), (id, trouble));
        if s.random.chance(0.2) {
            let at = at.plus_ms(s.minutes(3.0, 60.0));
            s.stranger(at, &spot, matter, (id, trouble));
        }
        day += 1 + i64::from(s.random.chance(0.35));
    }
}

fn neighbours_over_days(s: &mut Scene<'_>) {
    let (matter, occasions) = (*s.random.pick(&Matter::DEFECTS), 2 + s.random.below(4));
    over_days(s, matter, occasions, 0.15);
}

fn habit_over_days(s: &mut Scene<'_>) {
    let (matter, occasions) = (*s.random.pick(&Matter::HABITS), 3 + s.random.below(3));
    over_days(s, matter, occasions, 0.5);
}

fn wrong_crossing(s: &mut Scene<'_>) {
    let (spot, matter, id) = (s.spot(), s.crash(), s.fresh());
    let (at, callers) = (s.at(7.0, 22.0), 1 + s.random.below(3));
    s.crash_calls(at, &spot, matter, callers, (id, id));
    let wrong = s.neighbours(&spot).first().cloned().unwrap_or_else(|| spot.clone());
    let later = at.plus_ms(s.minutes(1.0, 12.0));
    s.stranger(later, &wrong, matter, (id, id));
}

fn bus_beside_crash(s: &mut Scene<'_>) {
    let (spot, bus, crash) = (s.spot(), s.fresh(), s.fresh());
    let beside = Spot { at: spot.at + p(80.0, 0.0), ..spot.clone() };
    let (at, matter) = (s.at(7.0, 20.0), s.crash());
    let broken = if s.random.chance(0.7) { Matter::BusBroken } else { Matter::CarBroken };
    for _ in 0..1 + s.random.below(3) {
        let at = at.plus_ms(s.minutes(0.0, 25.0));
        s.stranger(at, &spot, broken, (bus, bus));
    }
    let (later, callers) = (at.plus_ms(s.minutes(0.0, 20.0)), 1 + s.random.below(3));
    s.crash_calls(later, &beside, matter, callers, (crash, crash));
}

fn after_closing(s: &mut Scene<'_>) {
    let (spot, first, second) = (s.spot(), s.fresh(), s.fresh());
    let matter = *s.random.pick(&[Matter::Parking, Matter::Jam, Matter::Stalls, Matter::Oil]);
    let (phone, at) = (s.phone(), s.at(8.0, 15.0));
    let said = s.matter(matter);
    s.say(at, &spot, class_of(matter), &said, Some(phone.clone()), (first, first));
    let closed = at.plus_ms(s.minutes(20.0, 40.0));
    s.close(first, closed);
    let words = if s.random.chance(0.7) { s.random.pick(s.book.back).replace("{}", &said) } else { s.matter(matter) };
    let again = closed.plus_ms(s.minutes(20.0, 240.0));
    let caller = if s.random.chance(0.6) { phone } else { s.phone() };
    s.say(again, &spot, class_of(matter), &words, Some(caller), (second, first));
}

fn new_crash_after_closing(s: &mut Scene<'_>) {
    let (spot, first, second) = (s.spot(), s.fresh(), s.fresh());
    let (one, two, at) = (s.crash(), s.crash(), s.at(8.0, 19.0));
    let (callers, others) = (1 + s.random.below(3), 1 + s.random.below(2));
    s.crash_calls(at, &spot, one, callers, (first, first));
    let closed = at.plus_ms(s.minutes(26.0, 45.0));
    s.close(first, closed);
    let later = closed.plus_ms(s.minutes(5.0, 60.0));
    s.crash_calls(later, &spot, two, others, (second, second));
}

fn crash_on_two_days(s: &mut Scene<'_>) {
    let (spot, matter) = (s.spot(), s.crash());
    for day in 0..2 {
        let (id, at) = (s.fresh(), s.at(7.0, 21.0).plus_ms(day * DAY_MS));
        let callers = 1 + s.random.below(2);
        s.crash_calls(at, &spot, matter, callers, (id, id));
    }
}

fn asks_again(s: &mut Scene<'_>) {
    let (spot, id, phone) = (s.spot(), s.fresh(), s.phone());
    let (matter, at) = (s.crash(), s.at(7.0, 21.0));
    let said = s.matter(matter);
    s.say(at, &spot, Class::Accident, &said, Some(phone.clone()), (id, id));
    let later = at.plus_ms(s.minutes(8.0, 70.0));
    let ask = if std::ptr::eq(s.book, &DEV) {
        "我刚才报过警的，怎么还没到"
    } else {
        "你们人呢，打了电话到现在影子都没有"
    };
    s.say(later, &spot, Class::Accident, ask, Some(phone), (id, id));
}

fn same_caller_next_day(s: &mut Scene<'_>) {
    let (spot, first, second, phone) = (s.spot(), s.fresh(), s.fresh(), s.phone());
    let habits_and_defects = [Matter::HABITS, Matter::DEFECTS].concat();
    let matter = *s.random.pick(&habits_and_defects);
    let (at, days) = (s.at(8.0, 22.0), 1 + s.random.below(5) as i64);
    let said = s.matter(matter);
    s.say(at, &spot, class_of(matter), &said, Some(phone.clone()), (first, first));
    let words = s.random.pick(s.book.again).replace("{}", &said);
    let later = s.at(8.0, 22.0).plus_ms(days * DAY_MS);
    s.say(later, &spot, class_of(matter), &words, Some(phone), (second, first));
}

fn two_defects(s: &mut Scene<'_>) {
    let (spot, matter) = (s.spot(), *s.random.pick(&Matter::DEFECTS));
    let along = s.neighbours(&spot).into_iter().find(|n| n.at.distance(spot.at) > 180.0);
    let other = along.unwrap_or_else(|| s.spot());
    for (place, days) in [(spot, 0), (other, 1)] {
        let (id, at) = (s.fresh(), s.at(9.0, 21.0).plus_ms(days * DAY_MS));
        s.stranger(at, &place, matter, (id, id));
    }
}

fn oil_on_the_road(s: &mut Scene<'_>) {
    let (spot, id, at) = (s.spot(), s.fresh(), s.at(6.0, 20.0));
    for n in 0..2 + s.random.below(4) {
        // It runs on along the road.
        let seen = Spot { at: spot.at + p(0.0, s.random.range(0.0, 200.0)), ..spot.clone() };
        let at = at.plus_ms(n as i64 * 12 * MINUTE_MS + s.minutes(0.0, 12.0));
        s.stranger(at, &seen, Matter::Oil, (id, id));
    }
}
