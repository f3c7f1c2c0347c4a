//! The city as others see it.

use gongzhi_civic::place::{Bounds, Point};
use gongzhi_civic::text::Text;
use gongzhi_civic::time::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::calls::{self, Sites};
use crate::crashes;
use crate::graph::Ground;
use crate::hazards;
use crate::osm;
use crate::places::Places;
use crate::records::{Call, CallTruth, Crash, HotSpot, PastHazard, day_date, day_number, local_date};

/// What to make. The same plan gives the same city, byte for byte; keep it with the data, so that later days continue it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Any number.
    pub seed: u64,
    /// The first day that is not history: records exist for the `days` before it, [`City::live`] plays it and later days.
    pub today: Date,
    /// Days of history.
    pub days: u32,
}

impl Plan {
    /// A plan with two years of history.
    #[must_use]
    pub const fn new(seed: u64, today: Date) -> Self {
        Self { seed, today, days: 730 }
    }

    /// First day of history.
    #[must_use]
    pub fn first_day(&self) -> Date {
        day_date(day_number(self.today).saturating_sub(i32::try_from(self.days).unwrap_or(i32::MAX)))
    }
}

/// A generated city.
pub struct City {
    plan: Plan,
    ground: Ground,
    hot_spots: Vec<HotSpot>,
    sites: Sites,
}

impl City {
    /// Builds the ground (roads, areas, landmarks) and the hot spots; records are made on demand.
    #[must_use]
    pub fn generate(plan: &Plan) -> Self {
        let ground = Ground::build(plan.seed);
        let places = Places::new(&ground);
        let hot_spots = crate::hotspots::place(plan, &places);
        let sites = Sites::new(plan, places, &ground.areas, &hot_spots);
        Self { plan: *plan, ground, hot_spots, sites }
    }

    /// The plan it was made from.
    #[must_use]
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    pub(crate) const fn sites(&self) -> &Sites {
        &self.sites
    }

    /// 安澜市明川区（演示）.
    #[must_use]
    pub fn name(&self) -> Text {
        Text::new("安澜市明川区（演示数据）", "Mingchuan District, Anlan City (synthetic demo)")
    }

    /// Always true: nothing here is real.
    #[must_use]
    pub const fn synthetic(&self) -> bool {
        true
    }

    /// The district's box, WGS-84.
    #[must_use]
    pub fn bounds(&self) -> Bounds {
        crate::ground::bounds()
    }

    /// Where a map should open: between old town and new town.
    #[must_use]
    pub const fn center(&self) -> Point {
        Point::new(120.62, 30.02)
    }

    /// Residents.
    #[must_use]
    pub const fn population(&self) -> u32 {
        1_012_000
    }

    /// Roads, water, areas and landmarks as OpenStreetMap XML 0.6.
    #[must_use]
    pub fn osm_xml(&self) -> Vec<u8> {
        osm::write(&self.ground)
    }

    /// All calls received on one local day, in order of reception. Any day, history or future.
    #[must_use]
    pub fn calls_on(&self, day: Date) -> Vec<Call> {
        calls::on_day(&self.plan, &self.sites, day)
    }

    /// Calls of the days `from..to` (local, `to` excluded).
    pub fn calls(&self, from: Date, to: Date) -> impl Iterator<Item = Call> + '_ {
        (day_number(from)..day_number(to)).flat_map(|day| self.calls_on(day_date(day)))
    }

    /// Calls with `from <= received < to`: what a live feed would have brought. The same calls as [`City::calls_on`].
    #[must_use]
    pub fn live(&self, from: Timestamp, to: Timestamp) -> Vec<Call> {
        if from >= to {
            return Vec::new();
        }
        (day_number(local_date(from))..=day_number(local_date(to)))
            .flat_map(|day| self.calls_on(day_date(day)))
            .filter(|call| (from..to).contains(&call.at()))
            .collect()
    }

    /// Calls of the days `from..to` as CSV: UTF-8 without mark, comma, RFC 4180 quotes, header
    /// `call_no,received_at,class,valid,caller_phone,words,place_text,lon,lat,handled_at,unit`.
    /// Times are local ISO without zone; class 事故/秩序/其他; valid 有效/无效; missing values are empty; lon and lat WGS-84 degrees.
    #[must_use]
    pub fn calls_csv(&self, from: Date, to: Date) -> Vec<u8> {
        calls::csv(self.calls(from, to))
    }

    /// Recorded crashes of the days `from..to`, by time: those of general procedure, about a quarter of the accident calls;
    /// the rest was settled on the spot and exists as calls only. Each names the call that reported it.
    pub fn crashes(&self, from: Date, to: Date) -> impl Iterator<Item = Crash> + '_ {
        (day_number(from)..day_number(to)).flat_map(|day| crashes::of_day(&self.plan, &self.calls_on(day_date(day))))
    }

    /// Recorded crashes as CSV, form as [`City::calls_csv`], header
    /// `crash_no,call_no,at,type,severity,deaths,injured,words,place_text,lon,lat,weather,light,cause,parties`.
    #[must_use]
    pub fn crashes_csv(&self, from: Date, to: Date) -> Vec<u8> {
        crashes::csv(self.crashes(from, to))
    }

    /// The truth behind each call of the days `from..to`, as (call number, truth).
    pub fn truth(&self, from: Date, to: Date) -> impl Iterator<Item = (String, CallTruth)> + '_ {
        self.calls(from, to).map(|call| (call.call_no, call.truth))
    }

    /// The places that are hot by construction.
    #[must_use]
    pub fn true_hot_spots(&self) -> &[HotSpot] {
        &self.hot_spots
    }

    /// About 120 hazards of the last twelve months, by time of opening.
    #[must_use]
    pub fn hazards(&self) -> Vec<PastHazard> {
        hazards::past(&self.plan, &self.sites, &self.hot_spots)
    }

    /// Every road name of the city with its English form, each once, sorted.
    #[must_use]
    pub fn road_names(&self) -> Vec<Text> {
        self.ground.road_names()
    }

    /// The district's streets and towns: name, and the outline as a closed ring (WGS-84).
    #[must_use]
    pub fn areas(&self) -> Vec<(Text, Vec<Point>)> {
        self.ground.areas.outlines()
    }

    /// Every piece of carriageway as drawn, as (road name or empty, line): what a test measures true places against.
    #[must_use]
    pub fn road_lines(&self) -> Vec<(String, Vec<Point>)> {
        self.ground.road_lines()
    }
}
