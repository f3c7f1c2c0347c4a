//! What a vehicle is, how fast it drives and what a turn costs it: plain data.

use serde::{Deserialize, Serialize};

use crate::format::*;
use crate::place::Class;

/// Classes of roads, in the order of [`Class`]: the length of every table by class.
pub const CLASSES: usize = 13;

/// Hours of a week, from Monday 00:00.
pub const WEEK_HOURS: usize = 168;

/// Kinds of vehicles that OpenStreetMap tells apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VehicleKind {
    /// Car.
    #[default]
    Car = 0,
    /// Lorry (`hgv`).
    Lorry = 1,
    /// Motorcycle.
    Motorcycle = 2,
    /// Bus.
    Bus = 3,
    /// Police car, ambulance, fire engine.
    Emergency = 4,
}

impl VehicleKind {
    /// All kinds, in order.
    pub const ALL: [Self; VEHICLE_KINDS] = [Self::Car, Self::Lorry, Self::Motorcycle, Self::Bus, Self::Emergency];

    pub(crate) const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// Size and weight of a vehicle. What is not known is not checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Vehicle {
    /// Kind.
    pub kind: VehicleKind,
    /// Height, metres.
    pub height_m: Option<f64>,
    /// Width, metres.
    pub width_m: Option<f64>,
    /// Length, metres.
    pub length_m: Option<f64>,
    /// Weight laden, tonnes.
    pub weight_t: Option<f64>,
    /// Heaviest axle, tonnes.
    pub axle_t: Option<f64>,
    /// Carries dangerous goods.
    pub hazmat: bool,
}

/// What a turn costs, in seconds. Traffic drives on the right.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TurnCosts {
    /// A right turn (more than 30° and less than 150°).
    pub right_s: f64,
    /// A left turn.
    pub left_s: f64,
    /// A turn of 120° or more, either way, in addition.
    pub sharp_s: f64,
    /// Passing a signal: the mean wait. Counted once a crossing.
    pub signal_s: f64,
    /// Coming out on a road two or more classes above, without a signal.
    pub yield_s: f64,
    /// Turning back where other ways are open; `None` forbids it.
    pub u_turn_s: Option<f64>,
    /// Turning back at a dead end.
    pub dead_end_s: f64,
}

impl TurnCosts {
    /// Turns cost nothing and turning back is allowed anywhere: the basis of engines that know nodes only.
    pub const NONE: Self =
        Self { right_s: 0.0, left_s: 0.0, sharp_s: 0.0, signal_s: 0.0, yield_s: 0.0, u_turn_s: Some(0.0), dead_end_s: 0.0 };
}

/// What a vehicle may do that the rules forbid others: a policy, never a default of the public's kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Turn restrictions do not bind it.
    pub turn_restrictions: bool,
    /// `access=no` and private ways are open to it.
    pub access: bool,
    /// Closures that say so let it pass (see [`super::Closure::emergency_passes`]).
    pub closures: bool,
}

/// How a vehicle drives. Everything a [`super::Graph`] is made of besides the roads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Name, for answers and logs.
    pub name: String,
    /// The vehicle.
    pub vehicle: Vehicle,
    /// Free-flow km/h by class where no speed is declared; 0 closes the class.
    pub class_kmh: [f64; CLASSES],
    /// km/h where the map names a kind of road instead of a number (`CN:urban`), by [`crate::Zone`]; a declared limit like a number.
    pub zone_kmh: [f64; crate::Zone::COUNT],
    /// Share of a declared speed limit that is driven.
    pub declared_share: f64,
    /// Never faster, km/h.
    pub max_kmh: f64,
    /// Turns.
    pub turns: TurnCosts,
    /// What it may ignore.
    pub may_ignore: Policy,
    /// Seconds to enter a way marked for destinations only; `None` closes such ways.
    pub destination_s: Option<f64>,
    /// Seconds to enter a private way; `None` closes such ways.
    pub private_s: Option<f64>,
    /// Share of the free-flow speed by class and hour of the week.
    pub by_hour: Option<HourFactors>,
}

/// Share of the free-flow speed that is driven, by class and hour of the week from Monday 00:00; 1 is free flow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HourFactors(pub Vec<Vec<f64>>);

impl HourFactors {
    /// The same factor in every hour of every class.
    #[must_use]
    pub fn flat(factor: f64) -> Self {
        Self(vec![vec![factor; WEEK_HOURS]; CLASSES])
    }

    /// The factor in an hour of the week; 1 where the table has none or nonsense.
    #[must_use]
    pub fn at(&self, class: Class, hour: usize) -> f64 {
        self.at_code(class as u8, hour)
    }

    pub(crate) fn at_code(&self, class: u8, hour: usize) -> f64 {
        let factor = self.0.get(usize::from(class)).and_then(|row| row.get(hour % WEEK_HOURS)).copied().unwrap_or(1.0);
        if factor.is_finite() { factor.clamp(0.02, 5.0) } else { 1.0 }
    }
}

/// Motorway, trunk, primary, secondary, tertiary, unclassified, residential, ramp, link, living street, service, pedestrian, track.
const CAR_KMH: [f64; CLASSES] = [100.0, 75.0, 55.0, 47.0, 40.0, 32.0, 28.0, 50.0, 35.0, 10.0, 15.0, 0.0, 8.0];

impl Profile {
    /// A car. Speeds by class are ours; declared limits count for nine tenths.
    #[must_use]
    pub fn car() -> Self {
        Self {
            name: "car".to_owned(),
            vehicle: Vehicle::default(),
            class_kmh: CAR_KMH,
            zone_kmh: crate::SpeedTable::CHINA.zones,
            declared_share: 0.9,
            max_kmh: 120.0,
            turns: TurnCosts { right_s: 2.0, left_s: 5.0, sharp_s: 3.0, signal_s: 12.0, yield_s: 4.0, u_turn_s: None, dead_end_s: 15.0 },
            may_ignore: Policy::default(),
            destination_s: Some(120.0),
            private_s: Some(300.0),
            by_hour: None,
        }
    }

    /// A lorry of these measures (metres, metres, tonnes).
    #[must_use]
    pub fn lorry(height_m: f64, length_m: f64, weight_t: f64) -> Self {
        let vehicle = Vehicle {
            kind: VehicleKind::Lorry,
            height_m: Some(height_m),
            length_m: Some(length_m),
            weight_t: Some(weight_t),
            ..Vehicle::default()
        };
        let car = Self::car();
        let turns = TurnCosts { right_s: 4.0, left_s: 8.0, sharp_s: 8.0, dead_end_s: 60.0, ..car.turns };
        Self { name: "lorry".to_owned(), vehicle, max_kmh: 90.0, class_kmh: CAR_KMH.map(|v| v * 0.85), turns, ..car }
    }

    /// A motorcycle (铁骑 off duty: bound by every rule).
    #[must_use]
    pub fn motorcycle() -> Self {
        let car = Self::car();
        let turns = TurnCosts { signal_s: 9.0, left_s: 4.0, dead_end_s: 6.0, ..car.turns };
        Self { name: "motorcycle".to_owned(), vehicle: Vehicle { kind: VehicleKind::Motorcycle, ..Vehicle::default() }, turns, ..car }
    }

    /// A bus.
    #[must_use]
    pub fn bus() -> Self {
        let car = Self::car();
        let vehicle = Vehicle { kind: VehicleKind::Bus, height_m: Some(3.2), length_m: Some(12.0), ..Vehicle::default() };
        Self { name: "bus".to_owned(), vehicle, max_kmh: 80.0, class_kmh: CAR_KMH.map(|v| v * 0.8), ..car }
    }

    /// A police car on call: turn restrictions, private ways and closures that say so do not bind it; one-way streets do.
    #[must_use]
    pub fn emergency() -> Self {
        let car = Self::car();
        let mut class_kmh = CAR_KMH.map(|v| v * 1.15);
        class_kmh[Class::Pedestrian as usize] = 8.0;
        Self {
            name: "emergency".to_owned(),
            vehicle: Vehicle { kind: VehicleKind::Emergency, ..Vehicle::default() },
            class_kmh,
            zone_kmh: car.zone_kmh,
            declared_share: 1.1,
            max_kmh: 140.0,
            turns: TurnCosts { signal_s: 4.0, left_s: 3.0, yield_s: 2.0, u_turn_s: Some(10.0), dead_end_s: 12.0, ..car.turns },
            may_ignore: Policy { turn_restrictions: true, access: true, closures: true },
            destination_s: Some(0.0),
            private_s: Some(0.0),
            by_hour: None,
        }
    }

    /// km/h on a way; `None` if the vehicle may not use it.
    pub(crate) fn kmh(&self, way: &WayRecord, limits: &WayLimitRecord, reversed: bool) -> Option<f64> {
        let by_class = self.class_kmh.get(usize::from(way.class)).copied().unwrap_or(0.0);
        let directed = if reversed { way.max_speed_backward } else { way.max_speed_forward };
        let declared = match (directed, way.max_speed, way.zone) {
            (0, 0, 0) => None,
            (0, 0, zone) => self.zone_kmh.get(usize::from(zone) - 1).copied(),
            (0, limit, _) | (limit, ..) => Some(f64::from(limit)),
        };
        let speed = declared.map_or(by_class, |kmh| kmh * self.declared_share);
        let open = by_class > 0.0 && self.fits(limits) && self.entry_s(limits).is_some();
        let speed = speed.min(self.max_kmh);
        (open && speed.is_finite() && speed > 0.0).then_some(speed.max(1.0))
    }

    /// Whether the vehicle keeps the limits. They bind everyone: a bridge does not know who drives under it.
    fn fits(&self, limits: &WayLimitRecord) -> bool {
        let v = &self.vehicle;
        let within = |limit: f64, value: Option<f64>| limit == 0.0 || value.is_none_or(|v| v <= limit + 1e-9);
        within(f64::from(limits.height_cm) / 100.0, v.height_m)
            && within(f64::from(limits.width_cm) / 100.0, v.width_m)
            && within(f64::from(limits.length_cm) / 100.0, v.length_m)
            && within(f64::from(limits.weight_kg) / 1_000.0, v.weight_t)
            && within(f64::from(limits.axle_kg) / 1_000.0, v.axle_t)
            && !(v.hazmat && limits.no_hazmat != 0)
    }

    /// Seconds to enter a way from an open one; `None` if it is closed to the vehicle.
    pub(crate) fn entry_s(&self, limits: &WayLimitRecord) -> Option<f64> {
        if self.may_ignore.access {
            return Some(0.0);
        }
        match limits.access[self.vehicle.kind as usize] {
            ACCESS_NO => None,
            ACCESS_PRIVATE => self.private_s,
            ACCESS_DESTINATION => self.destination_s,
            _ => Some(0.0),
        }
    }
}
