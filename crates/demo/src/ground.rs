//! The lie of the land: river, canals, lakes, hills, and what kind of town stands where. Designed by hand, roughened by noise.

use gongzhi_civic::place::Bounds;

use crate::geometry::{P, curve, inside, offset, p};
use crate::random::noise;

/// Half of the district's width and height in metres.
pub(crate) const HALF: P = p(13_000.0, 11_000.0);

/// The district's box.
pub(crate) fn bounds() -> Bounds {
    let (low, high) = (p(-HALF.x, -HALF.y).geographic(), HALF.geographic());
    Bounds { west: low.lon, south: low.lat, east: high.lon, north: high.lat }
}

/// What is built at a place; decides how finely blocks are divided and how many calls come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Zone {
    /// Inside the ring: small, crooked blocks.
    OldTown,
    /// East of the river: turned grid of super-blocks.
    NewTown,
    /// Grown housing around both.
    Suburb,
    /// Works and warehouses.
    Industry,
    /// A town outside.
    Town,
    /// Fields.
    Rural,
    /// Water, hill or park: no streets.
    Closed,
}

/// A named surface.
pub(crate) struct Surface {
    pub(crate) zh: &'static str,
    pub(crate) en: &'static str,
    pub(crate) ring: Vec<P>,
}

/// A town outside the city: centre, turn of its grid in radians, half size in metres.
pub(crate) struct TownSite {
    pub(crate) zh: &'static str,
    pub(crate) en: &'static str,
    pub(crate) at: P,
    pub(crate) turn: f64,
    pub(crate) half: P,
}

pub(crate) struct Terrain {
    pub(crate) seed: u64,
    pub(crate) river: Vec<P>,
    pub(crate) river_ring: Vec<P>,
    /// Name, centre line, width in metres.
    pub(crate) canals: Vec<(&'static str, &'static str, Vec<P>, f64)>,
    pub(crate) lakes: Vec<Surface>,
    pub(crate) hills: Vec<Surface>,
    pub(crate) parks: Vec<Surface>,
    pub(crate) ring_road: Vec<P>,
    pub(crate) towns: Vec<TownSite>,
}

/// Turn of the new town's grid against east, radians.
pub(crate) const NEW_TOWN_TURN: f64 = 0.166;

/// The plane point of new-town coordinates: `u` metres along its streets, `v` across, from 胜利东路's corner at the river.
pub(crate) fn new_town(u: f64, v: f64) -> P {
    p(2400.0, 250.0) + p(u, v).turned(NEW_TOWN_TURN)
}

fn blob(seed: u64, at: P, radius: P, turn: f64, rough: f64) -> Vec<P> {
    (0..56)
        .map(|i| {
            let angle = std::f64::consts::TAU * f64::from(i) / 56.0;
            let (sin, cos) = angle.sin_cos();
            let grow = 1.0 + rough * noise(seed, cos * 2.3 + at.x, sin * 2.3 + at.y);
            at + p(radius.x * cos * grow, radius.y * sin * grow).turned(turn)
        })
        .collect()
}

impl Terrain {
    pub(crate) fn new(seed: u64) -> Self {
        let river = curve(
            &[
                p(-14_000.0, -8300.0),
                p(-10_800.0, -6900.0),
                p(-8000.0, -5000.0),
                p(-5300.0, -4300.0),
                p(-2600.0, -3650.0),
                p(-500.0, -2750.0),
                p(700.0, -1100.0),
                p(820.0, 900.0),
                p(1150.0, 2600.0),
                p(2350.0, 4350.0),
                p(4600.0, 5450.0),
                p(7400.0, 6000.0),
                p(10_200.0, 7200.0),
                p(14_000.0, 8300.0),
            ],
            90.0,
        );
        let bank = |side: f64| -> Vec<P> {
            let plain = offset(&river, side);
            plain
                .iter()
                .zip(&river)
                .enumerate()
                .map(|(i, (b, c))| {
                    let wide = 88.0 + 0.35 * i as f64 + 26.0 * noise(seed ^ side.to_bits(), i as f64 * 0.13, 0.5);
                    *c + (*b - *c).normalised() * wide
                })
                .collect()
        };
        let mut river_ring = bank(1.0);
        river_ring.extend(bank(-1.0).into_iter().rev());
        let ring_road = curve(
            &[
                p(-4780.0, 1850.0),
                p(-3700.0, 2120.0),
                p(-2550.0, 2220.0),
                p(-1300.0, 2200.0),
                p(-330.0, 1900.0),
                p(-20.0, 950.0),
                p(-30.0, -60.0),
                p(-130.0, -1080.0),
                p(-620.0, -1900.0),
                p(-1550.0, -2380.0),
                p(-2720.0, -2620.0),
                p(-3900.0, -2560.0),
                p(-4760.0, -2150.0),
                p(-5080.0, -1200.0),
                p(-5120.0, -280.0),
                p(-5060.0, 900.0),
                p(-4780.0, 1850.0),
            ],
            60.0,
        );
        let moat: Vec<P> = offset(&ring_road, 75.0);
        let canal = |knots: &[P]| curve(knots, 70.0);
        let canals = vec![
            ("护城河", "City Moat", moat, 26.0),
            (
                "府河",
                "Fu Canal",
                canal(&[p(-5200.0, 420.0), p(-4200.0, 330.0), p(-3100.0, 480.0), p(-1900.0, 300.0), p(-700.0, 330.0), p(760.0, 380.0)]),
                16.0,
            ),
            (
                "仓河",
                "Cang Canal",
                canal(&[
                    p(-1950.0, 2330.0),
                    p(-1880.0, 1300.0),
                    p(-2080.0, 300.0),
                    p(-1900.0, -900.0),
                    p(-2150.0, -1900.0),
                    p(-2060.0, -3400.0),
                ]),
                14.0,
            ),
            (
                "明月河",
                "Mingyue Canal",
                canal(&[
                    p(640.0, -1330.0),
                    new_town(-400.0, -2080.0),
                    new_town(900.0, -2350.0),
                    new_town(2500.0, -1980.0),
                    new_town(4300.0, -2330.0),
                    new_town(6600.0, -1900.0),
                    p(12_900.0, 600.0),
                ]),
                24.0,
            ),
            ("北塘河", "Beitang River", canal(&[p(-4300.0, 5500.0), p(-3900.0, 4500.0), p(-3350.0, 3300.0), p(-3250.0, 2260.0)]), 20.0),
            (
                "西小江",
                "Xixiao River",
                canal(&[
                    p(-13_400.0, 300.0),
                    p(-11_000.0, 1150.0),
                    p(-9000.0, 900.0),
                    p(-7200.0, 2300.0),
                    p(-6000.0, 2150.0),
                    p(-5000.0, 1500.0),
                ]),
                34.0,
            ),
            (
                "白塔港",
                "Baita Canal",
                canal(&[p(1200.0, 11_300.0), p(1500.0, 9000.0), p(2600.0, 7200.0), p(2700.0, 5900.0), p(3300.0, 4900.0)]),
                22.0,
            ),
            (
                "南浦江",
                "Nanpu River",
                canal(&[p(-5200.0, -11_300.0), p(-4700.0, -9200.0), p(-4900.0, -7300.0), p(-4200.0, -5600.0), p(-4300.0, -4050.0)]),
                30.0,
            ),
            (
                "长埂河",
                "Changgeng Canal",
                canal(&[
                    p(5900.0, -11_300.0),
                    p(5600.0, -9600.0),
                    p(7000.0, -8300.0),
                    p(9000.0, -6600.0),
                    p(11_000.0, -6000.0),
                    p(13_400.0, -4300.0),
                ]),
                18.0,
            ),
        ];
        let surface = |zh, en, ring| Surface { zh, en, ring };
        let lakes = vec![
            surface("镜月湖", "Jingyue Lake", blob(seed ^ 1, new_town(1230.0, 3080.0), p(390.0, 300.0), NEW_TOWN_TURN, 0.22)),
            surface("明湖", "Ming Lake", blob(seed ^ 2, p(-4650.0, 5950.0), p(1050.0, 520.0), 0.1, 0.28)),
            surface("柳塘荡", "Liutang Pond", blob(seed ^ 3, p(-8300.0, -8000.0), p(520.0, 300.0), 0.6, 0.3)),
        ];
        let hills = vec![
            surface("凤凰山", "Phoenix Hill", blob(seed ^ 4, p(6350.0, -5250.0), p(2250.0, 640.0), 0.18, 0.2)),
            surface("云溪山", "Yunxi Hill", blob(seed ^ 5, p(-11_000.0, 9500.0), p(1700.0, 1100.0), -0.3, 0.3)),
            surface("南屏山", "Nanping Hill", blob(seed ^ 6, p(-7800.0, -9950.0), p(1900.0, 780.0), 0.15, 0.3)),
            surface("府山", "Fu Hill", blob(seed ^ 7, p(-4330.0, -820.0), p(300.0, 190.0), 0.5, 0.25)),
            surface("青杨岭", "Qingyang Ridge", blob(seed ^ 8, p(8000.0, 10_150.0), p(1500.0, 560.0), 0.1, 0.3)),
        ];
        let parks = vec![
            surface("滨江公园", "Riverside Park", blob(seed ^ 9, p(1330.0, 1750.0), p(150.0, 520.0), -0.2, 0.12)),
            surface("中央公园", "Central Park", blob(seed ^ 10, new_town(3720.0, 560.0), p(400.0, 210.0), NEW_TOWN_TURN, 0.08)),
            surface("北苑公园", "Beiyuan Park", blob(seed ^ 11, p(-1250.0, 3850.0), p(300.0, 220.0), 0.2, 0.15)),
            surface("城西森林公园", "Chengxi Forest Park", blob(seed ^ 12, p(-7300.0, -1050.0), p(480.0, 260.0), 0.1, 0.2)),
        ];
        let town = |zh, en, x, y, turn, half_x, half_y| TownSite { zh, en, at: p(x, y), turn, half: p(half_x, half_y) };
        let towns = vec![
            town("高桥镇", "Gaoqiao Town", -10_900.0, -850.0, 0.12, 700.0, 480.0),
            town("云溪镇", "Yunxi Town", -9900.0, 6900.0, -0.16, 760.0, 430.0),
            town("石桥镇", "Shiqiao Town", -2250.0, 8700.0, 0.05, 620.0, 560.0),
            town("白塔镇", "Baita Town", 4700.0, 8550.0, 0.3, 660.0, 430.0),
            town("青杨镇", "Qingyang Town", 10_000.0, 8950.0, 0.2, 560.0, 400.0),
            town("柳塘镇", "Liutang Town", -10_600.0, -9000.0, 0.22, 640.0, 400.0),
            town("南浦镇", "Nanpu Town", -2900.0, -7300.0, -0.06, 680.0, 520.0),
            town("丰和镇", "Fenghe Town", 2900.0, -7900.0, -0.12, 700.0, 440.0),
            town("长埂镇", "Changgeng Town", 9700.0, -7600.0, 0.1, 560.0, 430.0),
        ];
        Self { seed, river, river_ring, canals, lakes, hills, parks, ring_road, towns }
    }

    /// Whether a place is open water of the river or a lake (canals are narrow and bridged wherever a street meets them).
    pub(crate) fn in_water(&self, at: P) -> bool {
        inside(at, &self.river_ring) || self.lakes.iter().any(|l| inside(at, &l.ring))
    }

    /// What stands at a place.
    pub(crate) fn zone(&self, at: P) -> Zone {
        if self.in_water(at) || self.hills.iter().chain(&self.parks).any(|s| inside(at, &s.ring)) {
            return Zone::Closed;
        }
        if inside(at, &self.ring_road) {
            return Zone::OldTown;
        }
        for town in &self.towns {
            let local = (at - town.at).turned(-town.turn);
            if local.x.abs() <= town.half.x + 30.0 && local.y.abs() <= town.half.y + 30.0 {
                return Zone::Town;
            }
        }
        let rough = 420.0 * noise(self.seed ^ 21, at.x / 1500.0, at.y / 1500.0);
        let local = (at - p(2400.0, 250.0)).turned(-NEW_TOWN_TURN);
        if self.right_of_river(at) {
            let grid = local.x > -2400.0 && local.y > -5000.0 && local.y < 4300.0;
            if grid && local.x < 6350.0 + rough {
                return Zone::NewTown;
            }
            if grid && local.y > -3900.0 && local.y < 3100.0 && local.x < 8300.0 + rough {
                return Zone::Industry;
            }
            let south = p((at.x + 2700.0) / 1.2, at.y + 4300.0).length();
            return if south < 1900.0 + rough { Zone::Suburb } else { Zone::Rural };
        }
        if at.x > -9900.0 + rough && at.x < -7150.0 && at.y > 900.0 && at.y < 6100.0 + rough {
            return Zone::Industry;
        }
        let from_old_town = p((at.x + 2700.0) / 1.25, at.y - 700.0).length();
        if from_old_town < 4900.0 + rough { Zone::Suburb } else { Zone::Rural }
    }

    fn right_of_river(&self, at: P) -> bool {
        let mut best = (f64::INFINITY, false);
        for w in self.river.windows(2) {
            let near = crate::geometry::nearest_on_segment(at, w[0], w[1]);
            let distance = near.distance(at);
            if distance < best.0 {
                best = (distance, (w[1] - w[0]).cross(at - w[0]) < 0.0);
            }
        }
        best.1
    }
}
