//! Records in Latin street names: every rule on a map small enough to see.

use gongzhi_civic::place::{Point, haversine_m};
use gongzhi_road::records::{Basis, Learned, Means, PlacedRecord, RecordPlace, RecordWords};
use gongzhi_road::{Network, PlaceRef};
use gongzhi_testkit::RoadMap;
use proptest::prelude::*;

/// An avenue from west to east, streets across it; Rua Curta ends 45 m short of the avenue, Rua Longe 400 m short.
fn town() -> RoadMap {
    RoadMap::draw(
        "
  N   P    L    F
  |   |    |    |
  |   |    |    |
  |   |    |    |
  |   |    |    G
  |   |    M
A-X---Y---------------B
  |   |
  |   |
  |   |
  |   |
C-U---V---------------D
  |   |
  S   Q",
    )
    .scale(45.0)
    .way("AXYB", |w| w.name("Avenida Protásio Alves").class("primary"))
    .way("CUVD", |w| w.name("Rua Vinte e Quatro de Outubro"))
    .way("NXUS", |w| w.name("Rua Doutor Vicente da Fontoura"))
    .way("PYVQ", |w| w.name("Travessa Luís Manoel de Thadeu"))
    .way("LM", |w| w.name("Rua Curta"))
    .way("FG", |w| w.name("Rua Longe"))
}

fn words<'a>(first: &'a str, second: &'a str) -> RecordWords<'a> {
    RecordWords { first, second, number: None }
}

fn best(network: &Network, first: &str, second: &str, learned: Option<&Learned>) -> RecordPlace {
    let found = network.place_record(&words(first, second), learned);
    found.into_iter().next().unwrap_or_else(|| panic!("nothing for {first} / {second}"))
}

/// A point as it is kept: to 1e-7 degree.
fn kept(p: Point) -> Point {
    let round = |v: f64| (v * 1e7).round() / 1e7;
    Point { lon: round(p.lon), lat: round(p.lat) }
}

fn record(first: &str, second: &str, point: Point) -> PlacedRecord {
    PlacedRecord { first: first.to_owned(), second: second.to_owned(), number: None, point }
}

#[test]
fn spellings_of_clerks_lead_to_the_crossing_of_the_map() {
    let map = town();
    let network = map.network();
    for (first, second, at, least) in [
        ("AV PROTASIO ALVES", "R DR VICENTE DA FONTOURA", 'X', 0.9),
        ("R VICENTE DA FONTOURA", "AV. PROTÁSIO ALVES", 'X', 0.8),
        ("AV PROTASIO ALVEZ", "R DR VICENTE FONTOURA", 'X', 0.9),
        ("AV PROTASIO ALVES", "TRAV LUIZ MANUEL DE TADEU", 'Y', 0.8),
        ("R PROTASIO ALVES", "TV L MANOEL DE TADEO", 'Y', 0.5),
        ("R 24 DE OUTUBRO", "R VICENTE DA FONTOURA", 'U', 0.8),
        ("R VINTE QUATRO DE OUTUBRO", "TV LUIS MANOEL DE THADEU", 'V', 0.9),
        ("R VINTE QUATRO DE OUTUBRO", "R VISCENTE DA FONTOURRA", 'U', 0.7),
    ] {
        let found = best(&network, first, second, None);
        assert!(haversine_m(found.point, map.point(at)) < 1.0, "{first} / {second}: {found:?}");
        assert_eq!(found.basis, Basis::MapCrossing, "{first} / {second}");
        assert!(found.confidence >= least, "{first} / {second}: {found:?}");
        assert!(matches!(found.place, Some(PlaceRef::Crossing(_))));
        assert!(!found.reason.zh.is_empty() && !found.reason.en.is_empty());
    }
    // Names that are only alike are less sure than equal ones, and not found by equal names alone.
    let exact = best(&network, "AV PROTASIO ALVES", "R DR VICENTE DA FONTOURA", None);
    assert!(best(&network, "AV PROTASIO ALVES", "R VISCENTE DA FONTOURRA", None).confidence < exact.confidence);
    let only = network.place_record_with(&words("AV PROTASIO ALVES", "R VISCENTE FONTOURRA"), None, Means { alike: false, near: true });
    assert!(only.iter().all(|f| f.basis == Basis::Street), "{only:?}");
    // Another number is another street.
    let other = network.place_record(&words("R 25 DE OUTUBRO", "R VICENTE DA FONTOURA"), None);
    assert!(other.iter().all(|f| f.basis != Basis::MapCrossing || f.confidence < 0.8), "{other:?}");
    assert!(network.place_record(&words("R INEXISTENTE", "AV NENHUMA"), None).is_empty());
    assert!(network.place_record(&words("", ""), None).is_empty());
}

#[test]
fn streets_that_nearly_meet_are_a_guess_and_streets_far_apart_are_none() {
    let map = town();
    let network = map.network();
    let near = best(&network, "AV PROTASIO ALVES", "R CURTA", None);
    assert_eq!(near.basis, Basis::NearMiss);
    assert!(haversine_m(near.point, map.beside('M', 0.0, -22.5)) < 2.0, "{near:?}");
    assert!(near.confidence <= 0.6 && near.reason.en.contains("45 m"), "{near:?}");
    let far = best(&network, "R CURTA", "R 24 DE OUTUBRO", None);
    assert_eq!(far.basis, Basis::Street, "{far:?}");
    assert!(far.confidence < 0.1);
    let without = network.place_record_with(&words("AV PROTASIO ALVES", "R CURTA"), None, Means { alike: true, near: false });
    assert!(without.iter().all(|f| f.basis == Basis::Street), "{without:?}");
}

/// Records of a renamed street: `R ANTIGA` lies on Travessa Luís Manoel de Thadeu.
fn renamed(map: &RoadMap, count: usize) -> Vec<PlacedRecord> {
    (0..count).map(|i| record("R ANTIGA", "", map.beside('P', 5.0, -60.0 * i as f64))).collect()
}

#[test]
fn a_renamed_street_is_learnt_from_where_its_records_lie() {
    let map = town();
    let network = map.network();
    let learned = Learned::from_records(&network, renamed(&map, 4));
    let alias = learned.street("rua antiga").and_then(|s| s.alias.clone()).unwrap();
    assert_eq!((alias.street.as_str(), alias.votes, alias.of), ("travessa luis manoel de thadeu", 4, 4));
    let found = best(&network, "R ANTIGA", "R 24 DE OUTUBRO", Some(&learned));
    assert!(haversine_m(found.point, map.point('V')) < 1.0, "{found:?}");
    assert!(found.confidence >= 0.8);
    assert!(network.place_record(&words("R ANTIGA", "R 24 DE OUTUBRO"), None).iter().all(|f| f.basis == Basis::Street));
}

#[test]
fn too_little_is_not_learnt() {
    let map = town();
    let network = map.network();
    let alias = |records: Vec<PlacedRecord>| Learned::from_records(&network, records).street("rua antiga").unwrap().alias.clone();
    assert_eq!(alias(renamed(&map, 2)), None, "two records");
    let one_place = vec![record("R ANTIGA", "", map.beside('P', 5.0, -60.0)); 9];
    assert_eq!(alias(one_place), None, "nine records at one place, where any street there would do");
    let mut spread = renamed(&map, 4);
    spread.extend((0..4).map(|i| record("R ANTIGA", "", map.beside('N', 0.0, -60.0 * f64::from(i)))));
    assert_eq!(alias(spread), None, "half on one street, half on another");
    // The other street of a crossing is not what the spelling means.
    let crossing: Vec<PlacedRecord> =
        ['X', 'Y', 'X', 'Y'].iter().map(|c| record("R ANTIGA", "AV PROTASIO ALVES", map.beside(*c, 0.0, 2.0))).collect();
    assert_eq!(alias(crossing), None, "all on the avenue they also name");
}

#[test]
fn a_street_of_the_same_name_elsewhere_is_not_taken() {
    let map = town();
    let network = map.network();
    // All records of `R LONGE` lie on the travessa, far from Rua Longe.
    let records: Vec<PlacedRecord> = (0..5).map(|i| record("R LONGE", "", map.beside('Y', 3.0, -60.0 * f64::from(i)))).collect();
    let learned = Learned::from_records(&network, records);
    assert!(learned.street("rua longe").unwrap().elsewhere);
    let found = best(&network, "R LONGE", "R 24 DE OUTUBRO", Some(&learned));
    assert!(haversine_m(found.point, map.point('V')) < 1.0, "{found:?}");
}

#[test]
fn a_crossing_the_map_has_not_is_learnt() {
    let map = town();
    let network = map.network();
    let outside = kept(map.beside('B', 900.0, 300.0));
    let near = |i: f64| Point { lon: outside.lon + i * 1e-5, lat: outside.lat };
    let records: Vec<PlacedRecord> = [-1.0, 0.0, 0.0, 1.0].iter().map(|i| record("R ALFA", "AV BETA", near(*i))).collect();
    let learned = Learned::from_records(&network, records);
    let found = best(&network, "AV. BETA", "RUA ALFA", Some(&learned));
    assert_eq!((found.basis, found.place, found.point), (Basis::LearntCrossing, None, outside));
    assert_eq!(found.name, "AV. BETA / RUA ALFA");
    assert!(found.confidence >= 0.9 && found.clone().candidate().is_none());
    assert!(found.reason.en.contains("the map has no such crossing"), "{found:?}");
    let crossing = learned.crossing("rua alfa", "avenida beta").unwrap();
    assert_eq!((crossing.records, crossing.places.len(), crossing.places[0].records), (4, 1, 4));
    // One record is believed less than four.
    let once = Learned::from_records(&network, [record("R ALFA", "AV BETA", outside)]);
    assert!(best(&network, "R ALFA", "AV BETA", Some(&once)).confidence < found.confidence);
}

#[test]
fn records_that_disagree_lower_the_confidence_and_the_larger_group_leads() {
    let map = town();
    let network = map.network();
    let (here, there) = (kept(map.beside('B', 900.0, 300.0)), kept(map.beside('B', 900.0, 900.0)));
    let mut records = vec![record("R ALFA", "AV BETA", here); 3];
    let sure = best(&network, "R ALFA", "AV BETA", Some(&Learned::from_records(&network, records.clone()))).confidence;
    records.extend(vec![record("R ALFA", "AV BETA", there); 2]);
    let learned = Learned::from_records(&network, records);
    let found = network.place_record(&words("R ALFA", "AV BETA"), Some(&learned));
    assert_eq!((found[0].point, found[1].point), (here, there));
    assert!(found[0].confidence < sure.min(0.8) && found[1].confidence < found[0].confidence, "{found:?}");
    assert!(found[0].reason.en.contains("2 lie elsewhere"));
}

#[test]
fn a_record_that_contradicts_itself_teaches_nothing() {
    let map = town();
    let network = map.network();
    // The words name the crossing X, the coordinates lie on the avenue, 800 m east of it.
    let wrong = record("AV PROTASIO ALVES", "R DR VICENTE DA FONTOURA", map.beside('X', 800.0, 0.0));
    let learned = Learned::from_records(&network, vec![wrong.clone(); 5]);
    assert_eq!((learned.records, learned.contradicting, learned.crossings.len()), (5, 5, 0));
    let found = best(&network, &wrong.first, &wrong.second, Some(&learned));
    assert!(haversine_m(found.point, map.point('X')) < 1.0, "{found:?}");
    // 150 m away is a wide place, not a contradiction.
    let loose = record("AV PROTASIO ALVES", "R DR VICENTE DA FONTOURA", map.beside('X', 150.0, 0.0));
    assert_eq!(Learned::from_records(&network, [loose]).contradicting, 0);
}

#[test]
fn two_crossings_of_one_pair_are_both_named_until_records_tell() {
    let map = RoadMap::draw(
        "
A-X---------Y-B
  |         |
  C---------D",
    )
    .scale(50.0)
    .way("AXYB", |w| w.name("Avenida Reta").class("primary"))
    .way("XCDY", |w| w.name("Rua da Volta"));
    let network = map.network();
    let found = network.place_record(&words("AV RETA", "R DA VOLTA"), None);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().all(|f| f.confidence < 0.5 && f.reason.en.contains("2 places")), "{found:?}");
    let learned = Learned::from_records(&network, vec![record("AV RETA", "R DA VOLTA", map.beside('Y', 3.0, 3.0)); 4]);
    let found = best(&network, "R DA VOLTA", "AV RETA", Some(&learned));
    assert!(haversine_m(found.point, map.point('Y')) < 10.0 && found.confidence > 0.9, "{found:?}");
}

#[test]
fn carriageways_on_both_sides_of_a_canal_are_one_place() {
    let map = RoadMap::draw(
        "
    N
    |
A---X---B
    |
C---Y---D
    |
    S",
    )
    .scale(25.0)
    .way("BXA", |w| w.name("Avenida Ipiranga").class("primary").oneway())
    .way("CYD", |w| w.name("Avenida Ipiranga").class("primary").oneway())
    .way("NXYS", |w| w.name("Rua Silva Só"));
    let found = best(&map.network(), "AV IPIRANGA", "R SILVA SO", None);
    assert!(found.confidence > 0.9, "{found:?}");
    assert!(haversine_m(found.point, map.beside('X', 0.0, -25.0)) < 30.0, "{found:?}");
}

#[test]
fn a_displacement_many_records_share_is_found_and_undone() {
    let map = town();
    let network = map.network();
    let crossings = [("AV PROTASIO ALVES", "R DR VICENTE DA FONTOURA", 'X'), ("AV PROTASIO ALVES", "TV LUIS MANOEL DE THADEU", 'Y')];
    let mut records = Vec::new();
    for i in 0..40 {
        let (first, second, at) = crossings[i % 2];
        let p = map.beside(at, (i % 5) as f64, 0.0);
        records.push(record(first, second, Point { lat: p.lat - 0.0072, ..p }));
    }
    // Names not on the map: the displaced group is the same place as the other one.
    let outside = kept(map.beside('B', 900.0, 300.0));
    records.extend(vec![record("R ALFA", "AV BETA", Point { lat: outside.lat - 0.0072, ..outside }); 3]);
    records.extend(vec![record("R ALFA", "AV BETA", outside); 2]);
    let learned = Learned::from_records(&network, records.clone());
    let told = (learned.displacements.len(), learned.put_back, learned.contradicting);
    assert_eq!(told, (1, 40, 0), "{:?}", learned.displacements);
    let displacement = learned.displacements[0];
    assert!((displacement.north_degrees + 0.0072).abs() < 1e-5 && displacement.east_degrees.abs() < 5e-5, "{displacement:?}");
    let found = best(&network, "R ALFA", "AV BETA", Some(&learned));
    assert_eq!(found.point, outside, "{found:?}");
    assert!(haversine_m(best(&network, crossings[0].0, crossings[0].1, Some(&learned)).point, map.point('X')) < 10.0);
    // A few do not show one.
    let few = Learned::from_records(&network, records.into_iter().take(20));
    assert_eq!((few.displacements.len(), few.put_back, few.contradicting), (0, 0, 20));
}

#[test]
fn an_abbreviation_two_streets_show_spells_out_a_third() {
    let map = RoadMap::draw(
        "
A-----------B
C-----------D
E-----------F
|
G",
    )
    .scale(150.0)
    .way("AB", |w| w.name("Rua Arquiteto Souza"))
    .way("CD", |w| w.name("Rua Arquiteto Lima"))
    .way("EF", |w| w.name("Rua Arquiteto Prado Filho"))
    .way("EG", |w| w.name("Rua do Mar"));
    let network = map.network();
    let of = |name: &str, at: char| (0..4).map(|i| record(name, "", map.beside(at, 200.0 * f64::from(i), 3.0))).collect::<Vec<_>>();
    let learned = Learned::from_records(&network, of("R ARQT SOUZA", 'A').into_iter().chain(of("R ARQT LIMA", 'C')));
    assert_eq!(learned.abbreviations, [("arqt".to_owned(), "arquiteto".to_owned())]);
    let (with, without) =
        (best(&network, "R ARQT PRADO FILHO", "R DO MAR", Some(&learned)), best(&network, "R ARQT PRADO FILHO", "R DO MAR", None));
    assert!(haversine_m(with.point, map.point('E')) < 1.0 && with.confidence > without.confidence, "{with:?} {without:?}");
    let once = Learned::from_records(&network, of("R ARQT SOUZA", 'A'));
    assert!(once.abbreviations.is_empty(), "one street shows no abbreviation");
}

#[test]
fn a_house_number_lies_between_its_neighbours() {
    let map = town();
    let network = map.network();
    let at = |number: u32, east: f64| PlacedRecord {
        first: "AV PROTASIO ALVES".to_owned(),
        second: String::new(),
        number: Some(number),
        point: map.beside('Y', east, 0.0),
    };
    let learned = Learned::from_records(&network, [at(100, 50.0), at(200, 100.0), at(300, 450.0)]);
    let ask =
        |number| network.place_record(&RecordWords { first: "Avenida Protásio Alves", second: "", number: Some(number) }, Some(&learned));
    let same = &ask(200)[0];
    assert_eq!(same.basis, Basis::Number);
    assert!(haversine_m(same.point, map.beside('Y', 100.0, 0.0)) < 0.1 && same.confidence >= 0.8);
    let between = &ask(150)[0];
    assert!(haversine_m(between.point, map.beside('Y', 75.0, 0.0)) < 0.1 && between.confidence >= 0.8, "{between:?}");
    assert!(matches!(between.place, Some(PlaceRef::Section(_))), "{between:?}");
    let wide = &ask(250)[0];
    assert!(wide.confidence < 0.5, "anchors 350 m apart say little: {wide:?}");
    for beyond in [50, 900] {
        assert!(ask(beyond).iter().all(|f| f.basis == Basis::Street && f.confidence < 0.1), "{beyond}");
    }
}

#[test]
fn phrases_name_a_corner_a_stretch_or_a_number() {
    let map = town();
    let network = map.network();
    for (phrase, at) in [
        ("Rua Doutor Vicente da Fontoura esquina Avenida Protásio Alves", 'X'),
        ("na Av. Protásio Alves com a R. Dr. Vicente da Fontoura", 'X'),
        ("Av. Protásio Alves, esquina com a Travessa Luís Manoel de Thadeu", 'Y'),
        ("cruzamento da R VICENTE DA FONTOURA com R 24 DE OUTUBRO", 'U'),
        ("AV PROTASIO ALVES X TV LUIZ MANOEL DE TADEU", 'Y'),
        ("AV PROTASIO ALVES R DR VICENTE DA FONTOURA", 'X'),
        ("houve um acidente na avenida Protásio Alves com a rua Vicente da Fontoura, dois feridos", 'X'),
        ("Rua Vinte e Quatro de Outubro (Travessa Luís Manoel de Thadeu)", 'V'),
    ] {
        let found = network.find(phrase, 3);
        let first = found.first().unwrap_or_else(|| panic!("nothing for {phrase}"));
        assert!(haversine_m(first.point, map.point(at)) < 1.0, "{phrase}: {first:?}");
        assert!(first.confidence >= 0.75, "{phrase}: {first:?}");
    }
    let stretch = network.find("Av. Protásio Alves entre R. Dr. Vicente da Fontoura e Trav. Luís Manoel de Thadeu", 1);
    assert_eq!(stretch[0].name, "Avenida Protásio Alves (Rua Doutor Vicente da Fontoura – Travessa Luís Manoel de Thadeu)", "{stretch:?}");
    assert!(matches!(stretch[0].place, PlaceRef::Section(_)) && stretch[0].confidence >= 0.8);
    let alone = network.find("Rua Curta", 1);
    assert!(matches!(alone[0].place, PlaceRef::Road(_)) && alone[0].confidence <= 0.5, "{alone:?}");
    assert!(network.find("gente brigando aqui", 3).is_empty());

    let number = PlacedRecord {
        first: "AV PROTASIO ALVES".to_owned(),
        second: String::new(),
        number: Some(123),
        point: kept(map.beside('Y', 80.0, 2.0)),
    };
    let learned = Learned::from_records(&network, [number.clone()]);
    for phrase in ["Av. Protásio Alves, 123", "Avenida Protásio Alves em frente ao nº 123", "AV PROTASIO ALVES N 123"] {
        let found = network.place_phrase(phrase, Some(&learned));
        assert_eq!((found[0].basis, found[0].point), (Basis::Number, number.point), "{phrase}: {found:?}");
    }
}

#[test]
fn what_was_learnt_can_be_kept() {
    let map = town();
    let network = map.network();
    let mut records = renamed(&map, 5);
    records.push(record("R ALFA", "AV BETA", map.beside('B', 900.0, 300.0)));
    let learned = Learned::from_records(&network, records.clone());
    let kept = serde_json::to_string(&learned).unwrap();
    assert_eq!(serde_json::from_str::<Learned>(&kept).unwrap(), learned);
    assert_eq!(Learned::from_records(&network, records), learned, "the same records teach the same");
    // A network without these roads reads it without harm.
    let other = RoadMap::draw("A-B").way("AB", |w| w.name("Rua Outra")).network();
    assert!(other.place_record(&words("R ANTIGA", "R OUTRA"), Some(&learned)).len() <= 5);
}

/// Crashes of Porto Alegre in the network's box that name two streets; skipped loudly where they are absent.
fn crashes(year: &str) -> Option<Vec<PlacedRecord>> {
    let packed = crate::real_data::data(&format!("crash/porto_alegre/acidentes-{year}.csv.xz"))?;
    let mut raw = Vec::new();
    std::io::Read::read_to_end(&mut xz2::read::XzDecoder::new(&packed[..]), &mut raw).unwrap();
    let text = String::from_utf8_lossy(&raw);
    let read = |line: &str| {
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        let point = Point { lon: cells[1].parse().unwrap_or(0.0), lat: cells[0].parse().unwrap_or(0.0) };
        record(cells[2], cells[3], point)
    };
    Some(text.lines().skip(1).map(read).collect())
}

#[test]
fn a_year_of_crashes_is_placed_by_the_words_of_the_years_before() {
    let Some(imported) = crate::real_data::imported("osm/porto_alegre.osm.pbf") else { return };
    let (Some(first), Some(second), Some(third)) = (crashes("2014"), crashes("2015"), crashes("2016")) else { return };
    let network = Network::from_vec(imported.bytes).unwrap();
    let asked = |r: &&PlacedRecord| {
        let p = r.point;
        let inside = (-51.2664..=-51.1322).contains(&p.lon) && p.lat > -30.1133 && p.lat <= -29.9876;
        inside && !r.first.is_empty() && !r.second.is_empty()
    };
    let all = first.iter().chain(&second).chain(&third).filter(asked).count();
    assert_eq!(all, 12_781);

    let learned = Learned::from_records(&network, first.into_iter().chain(second));
    let norths: Vec<i64> = learned.displacements.iter().map(|d| (d.north_degrees * 1e4).round() as i64).collect();
    assert!(norths.iter().any(|n| (-73..=-70).contains(n)), "a lost digit of 2014's and 2015's latitudes is found: {norths:?}");
    assert!(learned.put_back > 2_000 && learned.contradicting < 2_500, "{} {}", learned.put_back, learned.contradicting);

    let later: Vec<&PlacedRecord> = third.iter().filter(asked).collect();
    assert_eq!(later.len(), 3_551);
    for (learned, least) in [(Some(&learned), 0.925), (None, 0.86)] {
        let (mut near, mut sure, mut wrong) = (0usize, 0usize, 0usize);
        for r in &later {
            let Some(best) = network.place_record(&words(&r.first, &r.second), learned).into_iter().next() else { continue };
            let distance = haversine_m(best.point, r.point);
            near += usize::from(distance <= 50.0);
            sure += usize::from(best.confidence >= 0.8);
            wrong += usize::from(best.confidence >= 0.8 && distance > 200.0);
        }
        let share = |n: usize| n as f64 / later.len() as f64;
        assert!(share(near) >= least, "{near} of {} within 50 m", later.len());
        assert!(share(sure) >= 0.8 && share(wrong) <= 0.01, "{sure} sure, {wrong} of them farther than 200 m");
    }
}

proptest! {
    #[test]
    fn the_order_of_streets_does_not_matter_and_nothing_panics(a in "(R|AV|TV|)[ .]?[a-zA-ZçÃéº0-9 ]{0,24}", b in "\\PC{0,30}", c in 0usize..4) {
        let names = ["AV PROTASIO ALVES", "R VICENTE DA FONTOURA", "TRAV LUIZ TADEU", "R 24 OUTUBRO"];
        let network = town().network();
        for (first, second) in [(a.as_str(), b.as_str()), (a.as_str(), names[c]), (b.as_str(), names[c])] {
            let (one, other) = (network.place_record(&words(first, second), None), network.place_record(&words(second, first), None));
            prop_assert!(one.len() <= 5 && one.iter().all(|f| (0.0..=1.0).contains(&f.confidence)));
            if one.first().is_some_and(|f| f.basis != Basis::Street && f.confidence > 0.5) {
                prop_assert!(other.first().is_some_and(|f| haversine_m(f.point, one[0].point) < 60.0), "{:?} {:?}", one, other);
            }
        }
        let phrase = network.place_phrase(&format!("{a} com {b}"), None);
        prop_assert!(phrase.iter().all(|f| (0.0..=1.0).contains(&f.confidence)));
    }

    #[test]
    fn the_first_learnt_place_holds_most_records(offsets in prop::collection::vec((0u32..12, 0u32..4), 1..30)) {
        let network = RoadMap::draw("A-B").way("AB", |w| w.name("Rua Outra")).network();
        let origin = Point::new(120.7, 30.1);
        // A lattice of 30 m, so that no distance is near the limit of 50 m.
        let points: Vec<Point> = offsets
            .iter()
            .map(|(x, y)| Point { lon: origin.lon + f64::from(*x) * 30.0 / 96_300.0, lat: origin.lat + f64::from(*y) * 30.0 / 111_195.0 })
            .collect();
        let learned = Learned::from_records(&network, points.iter().map(|p| record("R ALFA", "AV BETA", *p)));
        let crossing = learned.crossing("avenida beta", "rua alfa").unwrap();
        let most = points.iter().map(|p| points.iter().filter(|q| haversine_m(*p, **q) <= 50.0).count()).max().unwrap();
        prop_assert_eq!(crossing.places[0].records as usize, most);
        prop_assert_eq!(crossing.records as usize, points.len());
        prop_assert!(crossing.places.len() <= 3 && crossing.places.iter().all(|p| p.spread_m <= 50.0 && points.iter().any(|q| kept(*q) == p.point)));
    }
}
