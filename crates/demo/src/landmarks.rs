//! Schools, hospitals, malls, stations, markets, housing estates: where calls say they are.

use std::collections::BTreeSet;

use gongzhi_civic::text::Text;

use crate::geometry::{P, p};
use crate::graph::Ground;
use crate::ground::{Zone, new_town};
use crate::random::Random;

/// One landmark.
#[derive(Clone, Debug)]
pub(crate) struct Landmark {
    pub(crate) name: Text,
    pub(crate) at: P,
    /// OSM key and value.
    pub(crate) tag: (&'static str, &'static str),
    /// Further tags.
    pub(crate) more: Vec<(&'static str, String)>,
    /// How many calls it draws, against a housing estate.
    pub(crate) pull: f64,
}

struct Placer<'a> {
    ground: &'a mut Ground,
    random: Random,
    used: BTreeSet<usize>,
    out: Vec<Landmark>,
}

impl Placer<'_> {
    /// A block of one of the zones, not yet used, of at least `least` m² and nearest to `near` if given.
    fn block(&mut self, zones: &[Zone], near: Option<P>, apart: f64, tag: (&str, &str)) -> Option<P> {
        let blocks = &self.ground.blocks;
        let free = |i: &usize| zones.contains(&blocks[*i].zone) && !self.used.contains(i);
        let same: Vec<P> = self.out.iter().filter(|l| l.tag == tag).map(|l| l.at).collect();
        let spaced = |i: &usize| same.iter().all(|at| at.distance(blocks[*i].middle) > apart);
        let candidates: Vec<usize> = (0..blocks.len()).filter(free).filter(spaced).collect();
        let chosen = match near {
            Some(at) => {
                candidates.iter().copied().min_by(|&a, &b| blocks[a].middle.distance(at).total_cmp(&blocks[b].middle.distance(at)))?
            }
            None if candidates.is_empty() => return None,
            None => *self.random.pick(&candidates),
        };
        let at = blocks[chosen].middle;
        self.used.insert(chosen);
        Some(at)
    }

    fn put(&mut self, name: Text, at: P, tag: (&'static str, &'static str), pull: f64, more: Vec<(&'static str, String)>) {
        self.out.push(Landmark { name, at, tag, more, pull });
    }

    fn invented(&mut self, zh: &str, en: &str) -> Text {
        self.ground.names.place(&mut self.random, zh, en)
    }
}

/// Places all landmarks.
pub(crate) fn place(ground: &mut Ground) -> Vec<Landmark> {
    let random = Random::keyed(ground.terrain.seed, &[0x1a4d]);
    let towns: Vec<(String, String, P)> = ground.terrain.towns.iter().map(|t| (t.zh.into(), t.en.into(), t.at)).collect();
    let mut placer = Placer { ground, random, used: BTreeSet::new(), out: Vec::new() };
    let urban = [Zone::OldTown, Zone::NewTown, Zone::Suburb];
    let housing = [Zone::NewTown, Zone::Suburb];

    let mall = ("shop", "mall");
    for (zh, en, at, pull) in [
        ("湖滨商业中心", "Hubin Commercial Center", new_town(820.0, 2700.0), 9.0),
        ("银河广场", "Galaxy Plaza", new_town(2100.0, 300.0), 6.0),
        ("鼓楼百货", "Gulou Department Store", p(-2450.0, 150.0), 6.0),
        ("明川天地", "Mingchuan Tiandi", new_town(3350.0, 1900.0), 4.0),
        ("北苑生活广场", "Beiyuan Life Plaza", p(-2200.0, 3900.0), 3.0),
        ("城西奥莱", "Chengxi Outlets", p(-6500.0, 1900.0), 3.0),
    ] {
        if let Some(at) = placer.block(&urban, Some(at), 200.0, mall) {
            placer.put(Text::new(zh, en), at, mall, pull, Vec::new());
        }
    }
    let hospital = ("amenity", "hospital");
    for (zh, en, at, grade) in [
        ("安澜市人民医院", "Anlan People's Hospital", p(-2200.0, -700.0), "三级甲等"),
        ("安澜市中医院", "Anlan Hospital of Traditional Chinese Medicine", p(-4400.0, 1200.0), "三级甲等"),
        ("安澜大学附属医院", "Anlan University Hospital", new_town(3400.0, -2500.0), "三级甲等"),
        ("明川区人民医院", "Mingchuan People's Hospital", new_town(1500.0, 1400.0), "二级甲等"),
        ("安澜市妇幼保健院", "Anlan Maternity Hospital", p(-3300.0, 2700.0), "二级甲等"),
        ("明川区第二医院", "Mingchuan Second Hospital", p(-6700.0, -600.0), "二级乙等"),
    ] {
        if let Some(at) = placer.block(&urban, Some(at), 300.0, hospital) {
            placer.put(Text::new(zh, en), at, hospital, 5.0, vec![("healthcare:grade", grade.into()), ("emergency", "yes".into())]);
        }
    }
    for (zh, en, at) in towns.iter().take(6) {
        if let Some(at) = placer.block(&[Zone::Town], Some(*at), 500.0, hospital) {
            placer.put(Text::new(format!("{zh}卫生院"), format!("{en} Clinic")), at, hospital, 1.5, Vec::new());
        }
    }
    let station = |placer: &mut Placer<'_>, zh: &str, en: &str, at: P, tag: (&'static str, &'static str), zones: &[Zone]| {
        if let Some(at) = placer.block(zones, Some(at), 300.0, tag) {
            placer.put(Text::new(zh, en), at, tag, 5.0, Vec::new());
        }
    };
    let anywhere = [Zone::Suburb, Zone::NewTown, Zone::Industry, Zone::OldTown];
    station(&mut placer, "安澜站", "Anlan Railway Station", p(-8100.0, 1650.0), ("railway", "station"), &anywhere);
    station(&mut placer, "明川客运中心", "Mingchuan Coach Station", p(-7300.0, 1350.0), ("amenity", "bus_station"), &anywhere);
    station(&mut placer, "客运东站", "East Coach Station", new_town(6000.0, -300.0), ("amenity", "bus_station"), &anywhere);
    station(&mut placer, "明川区人民政府", "Mingchuan District Government", new_town(2450.0, -900.0), ("amenity", "townhall"), &urban);
    station(&mut placer, "安澜大学", "Anlan University", new_town(3500.0, -2050.0), ("amenity", "university"), &urban);
    station(&mut placer, "安澜职业技术学院", "Anlan Vocational College", p(-6900.0, -2500.0), ("amenity", "college"), &anywhere);
    station(&mut placer, "明川体育馆", "Mingchuan Gymnasium", new_town(5100.0, 1500.0), ("leisure", "sports_centre"), &anywhere);

    let school = ("amenity", "school");
    for (zone_list, count, kinds) in [
        (&urban[..], 62, [("小学", "Primary School"), ("中学", "Middle School"), ("实验学校", "Experimental School")]),
        (&urban[..1], 9, [("小学", "Primary School"), ("初级中学", "Junior Middle School"), ("小学", "Primary School")]),
    ] {
        for k in 0..count {
            if let Some(at) = placer.block(zone_list, None, 380.0, school) {
                let (zh, en) = kinds[k % 3];
                let name = placer.invented(zh, en);
                placer.put(name, at, school, 3.0, Vec::new());
            }
        }
    }
    for (zh, en, at) in &towns {
        for (end, english) in [("中心小学", "Central Primary School"), ("中学", "Middle School"), ("中心幼儿园", "Central Kindergarten")]
        {
            if let Some(at) = placer.block(&[Zone::Town], Some(*at + p(150.0, 200.0)), 120.0, school) {
                let name = Text::new(format!("{}{end}", zh.trim_end_matches('镇')), format!("{} {english}", en.trim_end_matches(" Town")));
                placer.put(name, at, school, 2.0, Vec::new());
            }
        }
        let market = ("amenity", "marketplace");
        if let Some(at) = placer.block(&[Zone::Town], Some(*at), 100.0, market) {
            let name = Text::new(format!("{}农贸市场", zh.trim_end_matches('镇')), format!("{} Market", en.trim_end_matches(" Town")));
            placer.put(name, at, market, 3.0, Vec::new());
        }
    }
    for _ in 0..18 {
        let market = ("amenity", "marketplace");
        if let Some(at) = placer.block(&urban, None, 600.0, market) {
            let name = placer.invented("农贸市场", "Market");
            placer.put(name, at, market, 3.0, Vec::new());
        }
    }
    for _ in 0..210 {
        let estate = ("place", "neighbourhood");
        if let Some(at) = placer.block(&housing, None, 120.0, estate) {
            let (zh, en) = *placer.random.pick(&[
                ("花园", "Garden"),
                ("苑", "Court"),
                ("小区", "Estate"),
                ("家园", "Homes"),
                ("公寓", "Apartments"),
                ("府", "Residence"),
            ]);
            let name = placer.invented(zh, en);
            placer.put(name, at, estate, 1.0, Vec::new());
        }
    }
    for _ in 0..30 {
        let fuel = ("amenity", "fuel");
        if let Some(at) = placer.block(&[Zone::Suburb, Zone::Industry, Zone::NewTown], None, 900.0, fuel) {
            let name = placer.invented("加油站", "Filling Station");
            placer.put(name, at, fuel, 1.0, Vec::new());
        }
    }
    for _ in 0..16 {
        let works = ("landuse", "industrial");
        if let Some(at) = placer.block(&[Zone::Industry], None, 300.0, works) {
            let name = placer.invented("工业园", "Industrial Park");
            placer.put(name, at, works, 1.5, Vec::new());
        }
    }
    placer.out
}
