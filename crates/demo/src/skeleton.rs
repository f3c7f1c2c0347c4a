//! The main roads, drawn by hand: what a person would know of this city.

use crate::geometry::{P, curve, line_length, nearest_on_line, p};
use crate::ground::{NEW_TOWN_TURN, Terrain, new_town};
use crate::names::Names;
use crate::random::noise;
use crate::streets::{Highway, Road};

/// Half the gap of a dual carriageway by class, times two.
const WIDE: f64 = 20.0;
const USUAL: f64 = 15.0;

struct Draft<'a> {
    names: &'a mut Names,
    roads: Vec<Road>,
    seed: u64,
}

impl Draft<'_> {
    /// A road through `knots`; `named` gives names with the index of the knot up to which each holds.
    fn road(&mut self, highway: Highway, gap: Option<f64>, knots: &[P], named: &[(usize, &str, &str)]) -> &mut Road {
        let seed = self.seed;
        // Rough in proportion to the span: a surveyor's line, not a ruler's. Knots stay where they are.
        let line: Vec<P> = curve(knots, 75.0);
        let total = line_length(&line).max(1.0);
        let line: Vec<P> = line
            .iter()
            .map(|&q| {
                let sway = 9.0 * noise(seed ^ 77, q.x / 900.0, q.y / 900.0);
                q + p(sway, -sway)
            })
            .collect();
        let names = named
            .iter()
            .map(|&(until, zh, en)| {
                let at = knots[until.min(knots.len() - 1)];
                let share = if until + 1 >= knots.len() { 1.0 } else { nearest_on_line(at, &line).2 / total };
                (share, self.names.fixed(zh, en))
            })
            .collect();
        let mut road = Road::new(line, highway, None);
        road.names = names;
        road.gap = gap;
        self.roads.push(road);
        let last = self.roads.len() - 1;
        &mut self.roads[last]
    }

    /// A straight-ish road of the new town's grid from (u,v) to (u,v).
    fn grid(&mut self, highway: Highway, gap: Option<f64>, from: (f64, f64), to: (f64, f64), zh: &str, en: &str) {
        let (a, b) = (new_town(from.0, from.1), new_town(to.0, to.1));
        let bend = |t: f64| {
            let q = a.towards(b, t);
            q + (b - a).normalised().left() * (70.0 * noise(self.seed ^ 78, q.x / 2600.0, q.y / 2600.0))
        };
        let knots = [a, bend(0.25), bend(0.5), bend(0.75), b];
        self.road(highway, gap, &knots, &[(4, zh, en)]);
    }
}

/// All main roads. The first ones are those that texts and tests call by name.
pub(crate) fn draw(terrain: &Terrain, names: &mut Names) -> Vec<Road> {
    use Highway::{Motorway, Primary, Secondary, Tertiary, Trunk};
    let mut d = Draft { names, roads: Vec::new(), seed: terrain.seed };
    let n = new_town;

    // Axes that cross the river.
    let shengli = [
        p(-13_000.0, -420.0),
        p(-10_900.0, -850.0),
        p(-8800.0, -380.0),
        p(-7000.0, -230.0),
        p(-5120.0, -290.0),
        p(-3800.0, -190.0),
        p(-2600.0, -160.0),
        p(-1300.0, -90.0),
        p(-30.0, -60.0),
        p(1200.0, 30.0),
        n(0.0, 0.0),
        n(1800.0, 0.0),
        n(3100.0, 0.0),
        n(4600.0, 0.0),
        n(6300.0, 40.0),
        n(8100.0, -60.0),
        p(13_000.0, 2500.0),
    ];
    d.road(
        Primary,
        Some(USUAL),
        &shengli,
        &[(1, "高胜公路", "Gaosheng Highway"), (6, "胜利西路", "Shengli West Road"), (16, "胜利东路", "Shengli East Road")],
    );
    d.road(
        Primary,
        Some(USUAL),
        &[
            p(-2300.0, 8700.0),
            p(-2250.0, 7050.0),
            p(-2350.0, 4650.0),
            p(-2480.0, 3300.0),
            p(-2550.0, 2220.0),
            p(-2620.0, 900.0),
            p(-2600.0, -160.0),
            p(-2640.0, -1250.0),
            p(-2720.0, -2620.0),
            p(-2750.0, -3700.0),
            p(-2880.0, -5300.0),
            p(-2900.0, -6750.0),
            p(-2900.0, -7300.0),
        ],
        &[(6, "解放北路", "Jiefang North Road"), (12, "解放南路", "Jiefang South Road")],
    );
    d.road(
        Primary,
        Some(USUAL),
        &[
            n(1800.0, 3990.0),
            n(1800.0, 3500.0),
            n(1780.0, 2300.0),
            n(1810.0, 1100.0),
            n(1800.0, 0.0),
            n(1800.0, -1500.0),
            n(1820.0, -3000.0),
            n(1850.0, -4350.0),
            p(5250.0, -5300.0),
            p(5330.0, -6750.0),
        ],
        &[(5, "阳明北路", "Yangming North Road"), (9, "阳明南路", "Yangming South Road")],
    );
    d.road(
        Primary,
        Some(WIDE),
        &[
            n(620.0, 3750.0),
            n(600.0, 2300.0),
            n(600.0, 1100.0),
            n(580.0, 0.0),
            n(600.0, -1500.0),
            n(620.0, -3000.0),
            n(640.0, -4700.0),
            p(3200.0, -6000.0),
            p(2900.0, -7100.0),
            p(2900.0, -7900.0),
        ],
        &[(9, "中兴大道", "Zhongxing Avenue")],
    );
    d.road(
        Secondary,
        None,
        &[
            n(-1020.0, 1350.0),
            n(-300.0, 1180.0),
            n(600.0, 1100.0),
            n(1800.0, 1100.0),
            n(3100.0, 1120.0),
            n(4600.0, 1080.0),
            n(6300.0, 1120.0),
        ],
        &[(6, "平江路", "Pingjiang Road")],
    );

    // Ring of the old town.
    let ring = terrain.ring_road.clone();
    let total = line_length(&ring);
    let corners =
        [p(-4780.0, 1850.0), p(-330.0, 1900.0), p(-620.0, -1900.0), p(-4760.0, -2150.0)].map(|q| nearest_on_line(q, &ring[1..]).2 / total);
    let mut ring_road = Road::new(ring, Primary, None);
    ring_road.gap = Some(USUAL);
    for (until, zh, en) in [
        (corners[1], "环城北路", "Huancheng North Road"),
        (corners[2], "环城东路", "Huancheng East Road"),
        (corners[3], "环城南路", "Huancheng South Road"),
        (1.0, "环城西路", "Huancheng West Road"),
    ] {
        let id = d.names.fixed(zh, en);
        ring_road.names.push((until, id));
    }
    d.roads.push(ring_road);

    // Old town.
    d.road(
        Secondary,
        None,
        &[
            p(-7000.0, 900.0),
            p(-6200.0, 820.0),
            p(-5060.0, 900.0),
            p(-3800.0, 760.0),
            p(-2620.0, 900.0),
            p(-1400.0, 760.0),
            p(-20.0, 780.0),
            p(1300.0, 720.0),
            n(-200.0, 560.0),
            n(600.0, 560.0),
            n(1800.0, 540.0),
            n(3100.0, 560.0),
        ],
        &[(7, "中山路", "Zhongshan Road"), (11, "青年路", "Qingnian Road")],
    );
    d.road(
        Primary,
        Some(USUAL),
        &[
            p(-9200.0, -1950.0),
            p(-8000.0, -1750.0),
            p(-6500.0, -1550.0),
            p(-5080.0, -1250.0),
            p(-3850.0, -1300.0),
            p(-2640.0, -1250.0),
            p(-1350.0, -1230.0),
            p(-180.0, -1230.0),
            p(1150.0, -1400.0),
            n(0.0, -1500.0),
            n(1800.0, -1500.0),
            n(4600.0, -1480.0),
            n(8100.0, -1600.0),
        ],
        &[(5, "人民西路", "Renmin West Road"), (12, "人民东路", "Renmin East Road")],
    );
    d.road(
        Secondary,
        None,
        &[
            p(-3700.0, 2120.0),
            p(-3860.0, 1300.0),
            p(-3800.0, 760.0),
            p(-3880.0, -190.0),
            p(-3850.0, -1300.0),
            p(-3900.0, -2560.0),
            p(-3980.0, -3200.0),
        ],
        &[(6, "延安路", "Yan'an Road")],
    );
    d.road(
        Secondary,
        None,
        &[
            p(-1300.0, 3300.0),
            p(-1300.0, 2200.0),
            p(-1420.0, 1400.0),
            p(-1400.0, 760.0),
            p(-1300.0, -90.0),
            p(-1350.0, -1230.0),
            p(-1550.0, -2380.0),
            p(-1650.0, -2800.0),
        ],
        &[(7, "建设路", "Jianshe Road")],
    );

    // North and west suburbs.
    d.road(
        Primary,
        Some(USUAL),
        &[
            p(-9300.0, 2750.0),
            p(-7600.0, 3150.0),
            p(-5900.0, 3350.0),
            p(-4200.0, 3300.0),
            p(-2480.0, 3300.0),
            p(-1300.0, 3300.0),
            p(-100.0, 3150.0),
            p(1250.0, 2750.0),
            n(0.0, 2330.0),
            n(600.0, 2300.0),
            n(1780.0, 2300.0),
            n(3100.0, 2300.0),
            n(4600.0, 2330.0),
            n(6300.0, 2300.0),
        ],
        &[(7, "北海路", "Beihai Road"), (13, "世纪大道", "Century Avenue")],
    );
    d.road(
        Secondary,
        None,
        &[
            p(-6500.0, -3300.0),
            p(-6450.0, -1550.0),
            p(-6300.0, -260.0),
            p(-6200.0, 820.0),
            p(-6050.0, 2100.0),
            p(-5900.0, 3350.0),
            p(-5900.0, 4700.0),
        ],
        &[(6, "平安路", "Ping'an Road")],
    );
    d.road(
        Secondary,
        None,
        &[p(-8000.0, -1750.0), p(-7950.0, -330.0), p(-7900.0, 1300.0), p(-7700.0, 3150.0), p(-7750.0, 4500.0), p(-7300.0, 6550.0)],
        &[(5, "站西大道", "Zhanxi Avenue")],
    );
    d.road(
        Secondary,
        None,
        &[p(-9400.0, 1500.0), p(-7900.0, 1720.0), p(-6100.0, 1600.0), p(-4850.0, 1600.0)],
        &[(3, "站前路", "Zhanqian Road")],
    );
    d.road(
        Secondary,
        None,
        &[
            p(-7750.0, 5350.0),
            p(-5950.0, 5150.0),
            p(-3700.0, 5150.0),
            p(-2330.0, 5450.0),
            p(-700.0, 5350.0),
            p(900.0, 5150.0),
            p(1700.0, 4700.0),
        ],
        &[(6, "北苑路", "Beiyuan Road")],
    );
    d.road(
        Secondary,
        None,
        &[p(-330.0, 1900.0), p(-100.0, 3150.0), p(60.0, 4350.0), p(-60.0, 5300.0), p(100.0, 6900.0)],
        &[(4, "凤林路", "Fenglin Road")],
    );
    d.road(
        Secondary,
        None,
        &[p(-3980.0, 2120.0), p(-4200.0, 3300.0), p(-4100.0, 4200.0), p(-3700.0, 5150.0)],
        &[(3, "西苑路", "Xiyuan Road")],
    );
    d.road(
        Secondary,
        None,
        &[p(-6480.0, -2950.0), p(-5300.0, -3350.0), p(-3980.0, -3150.0), p(-2740.0, -3020.0), p(-1600.0, -2760.0), p(-950.0, -2130.0)],
        &[(5, "南门路", "Nanmen Road")],
    );
    d.road(
        Secondary,
        None,
        &[p(-5000.0, -6050.0), p(-4100.0, -5300.0), p(-2880.0, -5150.0), p(-1400.0, -4500.0), p(300.0, -3600.0), n(-650.0, -3000.0)],
        &[(5, "城南大道", "Chengnan Avenue")],
    );

    // New town.
    d.road(
        Primary,
        Some(USUAL),
        &[
            p(-950.0, -2130.0),
            p(150.0, -2850.0),
            n(-650.0, -3000.0),
            n(600.0, -3000.0),
            n(1820.0, -3000.0),
            n(3100.0, -3000.0),
            n(4600.0, -3000.0),
            n(6300.0, -3000.0),
            n(8100.0, -3000.0),
            p(12_900.0, -1500.0),
        ],
        &[(9, "迎宾大道", "Yingbin Avenue")],
    );
    d.road(
        Secondary,
        None,
        &[
            p(900.0, -3300.0),
            p(1050.0, -2100.0),
            p(1180.0, -1200.0),
            p(1270.0, 0.0),
            p(1370.0, 720.0),
            p(1600.0, 1500.0),
            p(1700.0, 2600.0),
            p(2200.0, 3450.0),
            p(3050.0, 4150.0),
            p(4600.0, 4850.0),
            p(6600.0, 5250.0),
        ],
        &[(10, "滨江路", "Binjiang Road")],
    );
    d.grid(Primary, Some(USUAL), (3100.0, -3050.0), (3100.0, 3700.0), "汇金路", "Huijin Road");
    d.road(
        Primary,
        Some(WIDE),
        &[
            p(6900.0, 8500.0),
            p(6700.0, 7200.0),
            p(6500.0, 5900.0),
            n(4700.0, 4000.0),
            n(4600.0, 2330.0),
            n(4600.0, 1080.0),
            n(4600.0, 0.0),
            n(4600.0, -1480.0),
            n(4600.0, -3000.0),
            n(4560.0, -4200.0),
            p(7850.0, -5000.0),
            p(8000.0, -6550.0),
        ],
        &[(11, "越州大道", "Yuezhou Avenue")],
    );
    d.grid(Secondary, None, (6300.0, -3050.0), (6300.0, 2700.0), "东屏路", "Dongping Road");
    for (u, low, high, zh, en) in [
        (0.0, -3000.0, 2330.0, "云栖路", "Yunqi Road"),
        (1200.0, -4600.0, 2300.0, "会展路", "Huizhan Road"),
        (2450.0, -4500.0, 3600.0, "梧桐路", "Wutong Road"),
        (3820.0, -3000.0, 3600.0, "银泰路", "Yintai Road"),
        (5450.0, -3000.0, 3300.0, "体育路", "Tiyu Road"),
        (7200.0, -3000.0, 2300.0, "临空大道", "Linkong Avenue"),
    ] {
        d.grid(Secondary, None, (u, low), (u, high), zh, en);
    }
    for (v, low, high, zh, en) in [
        (-740.0, -750.0, 7300.0, "府东街", "Fudong Street"),
        (-2260.0, -900.0, 7300.0, "大学路", "Daxue Road"),
        (-3850.0, -300.0, 4570.0, "凤凰路", "Fenghuang Road"),
        (1700.0, 0.0, 6300.0, "文澜路", "Wenlan Road"),
        (3620.0, 600.0, 5450.0, "镜月北街", "Jingyue North Street"),
    ] {
        d.grid(Secondary, None, (low, v), (high, v), zh, en);
    }
    d.road(Tertiary, None, &ring_around(n(1230.0, 3080.0), p(520.0, 420.0)), &[(20, "湖滨路", "Hubin Road")]);

    // Roads of number.
    d.road(
        Trunk,
        Some(WIDE),
        &[
            p(-13_000.0, 6850.0),
            p(-9900.0, 6350.0),
            p(-7000.0, 6600.0),
            p(-4400.0, 6950.0),
            p(-2250.0, 7050.0),
            p(200.0, 6900.0),
            p(2800.0, 7250.0),
            p(5200.0, 8050.0),
            p(8600.0, 8500.0),
            p(13_000.0, 9400.0),
        ],
        &[(9, "220国道", "National Highway 220")],
    )
    .number = Some("G220");
    d.road(
        Trunk,
        Some(USUAL),
        &[
            p(-13_000.0, -9300.0),
            p(-9500.0, -8750.0),
            p(-6000.0, -7600.0),
            p(-2900.0, -6650.0),
            p(300.0, -6900.0),
            p(3000.0, -7000.0),
            p(5330.0, -6700.0),
            p(8000.0, -6500.0),
            p(10_000.0, -6200.0),
            p(13_000.0, -5700.0),
        ],
        &[(9, "315省道", "Provincial Highway 315")],
    )
    .number = Some("S315");

    // Expressway through the city, raised in its middle, and the orbital motorway in the east.
    d.road(
        Motorway,
        Some(22.0),
        &[
            p(-13_000.0, 3350.0),
            p(-9600.0, 4150.0),
            p(-6000.0, 4380.0),
            p(-2500.0, 4150.0),
            p(-200.0, 4000.0),
            p(1300.0, 3560.0),
            p(2250.0, 3080.0),
            n(1230.0, 2640.0),
            n(2450.0, 2740.0),
            n(4600.0, 2820.0),
            n(6500.0, 2900.0),
            p(10_500.0, 3950.0),
            p(13_000.0, 4200.0),
        ],
        &[(12, "明安快速路", "Ming'an Expressway")],
    )
    .raised = Some((0.2, 0.84));
    d.road(
        Motorway,
        Some(26.0),
        &[
            p(4300.0, -11_000.0),
            p(6000.0, -9300.0),
            p(9200.0, -6900.0),
            p(11_200.0, -4100.0),
            p(11_700.0, -500.0),
            p(11_800.0, 3000.0),
            p(11_900.0, 6500.0),
            p(12_100.0, 11_000.0),
        ],
        &[(7, "安澜绕城高速公路", "Anlan Orbital Motorway")],
    )
    .number = Some("S29");

    // County roads between towns.
    for (zh, en, knots) in [
        (
            "高云公路",
            "Gaoyun Highway",
            vec![p(-10_900.0, -850.0), p(-11_300.0, 1500.0), p(-10_700.0, 4200.0), p(-9900.0, 6400.0), p(-9900.0, 6900.0)],
        ),
        (
            "云石公路",
            "Yunshi Highway",
            vec![p(-9900.0, 6900.0), p(-8600.0, 8300.0), p(-5900.0, 9100.0), p(-4000.0, 8500.0), p(-2250.0, 8700.0)],
        ),
        (
            "石白公路",
            "Shibai Highway",
            vec![p(-2250.0, 8700.0), p(-300.0, 9150.0), p(1500.0, 8600.0), p(3100.0, 8850.0), p(4700.0, 8550.0), p(5150.0, 8000.0)],
        ),
        (
            "白青公路",
            "Baiqing Highway",
            vec![p(4700.0, 8550.0), p(6500.0, 9300.0), p(8300.0, 9250.0), p(10_000.0, 8950.0), p(10_100.0, 8300.0)],
        ),
        (
            "高柳公路",
            "Gaoliu Highway",
            vec![
                p(-10_900.0, -850.0),
                p(-11_600.0, -3200.0),
                p(-11_200.0, -5600.0),
                p(-11_500.0, -7600.0),
                p(-10_600.0, -9000.0),
                p(-10_300.0, -8700.0),
            ],
        ),
        (
            "柳南公路",
            "Liunan Highway",
            vec![p(-10_600.0, -9000.0), p(-8000.0, -9000.0), p(-5600.0, -8300.0), p(-4000.0, -7700.0), p(-2900.0, -7300.0)],
        ),
        ("南丰公路", "Nanfeng Highway", vec![p(-2900.0, -7300.0), p(-1200.0, -8300.0), p(900.0, -8500.0), p(2900.0, -7900.0)]),
        (
            "丰长公路",
            "Fengchang Highway",
            vec![p(2900.0, -7900.0), p(4500.0, -8700.0), p(6800.0, -8400.0), p(8400.0, -7900.0), p(9700.0, -7600.0), p(9900.0, -6100.0)],
        ),
        ("石北公路", "Shibei Highway", vec![p(-2250.0, 8700.0), p(-2600.0, 9900.0), p(-2100.0, 11_000.0)]),
        ("白北公路", "Baibei Highway", vec![p(4700.0, 8550.0), p(4300.0, 9800.0), p(4900.0, 11_000.0)]),
        ("南山公路", "Nanshan Highway", vec![p(-2900.0, -7300.0), p(-2300.0, -9300.0), p(-2600.0, -11_000.0)]),
        ("东滩公路", "Dongtan Highway", vec![n(7200.0, 2000.0), p(10_400.0, 5200.0), p(10_600.0, 6300.0), p(10_100.0, 8300.0)]),
        ("长东公路", "Changdong Highway", vec![p(9700.0, -7600.0), p(11_400.0, -8600.0), p(13_000.0, -8900.0)]),
    ] {
        d.road(Tertiary, None, &knots, &[(knots.len() - 1, zh, en)]);
    }
    let tunnels = [("阳明南路", "凤凰山隧道", "Fenghuangshan Tunnel"), ("越州大道", "东屏隧道", "Dongping Tunnel")];
    for (road_zh, zh, en) in tunnels {
        let id = d.names.fixed(zh, en);
        let of = d.names.fixed(road_zh, "");
        for road in d.roads.iter_mut().filter(|r| r.names.iter().any(|(_, name)| *name == of)) {
            road.tunnel = Some(id);
        }
    }
    d.roads
}

fn ring_around(at: P, half: P) -> Vec<P> {
    (0..=20)
        .map(|i| {
            let angle = std::f64::consts::TAU * f64::from(i) / 20.0;
            at + p(half.x * angle.cos(), half.y * angle.sin()).turned(NEW_TOWN_TURN)
        })
        .collect()
}
