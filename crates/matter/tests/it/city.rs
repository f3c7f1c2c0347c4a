//! The template city's units.

use gongzhi_civic::unit::UnitKind;
use gongzhi_matter::{Facts, city, decide, route};

#[test]
fn the_city_has_seventeen_departments_and_three_police_tiers() {
    let units = crate::units();
    let count = |kind| units.units.values().filter(|u| u.kind == kind).count();
    assert_eq!(count(UnitKind::Department), 17);
    assert_eq!(count(UnitKind::Bureau), 1);
    assert!((2..=4).contains(&count(UnitKind::Brigade)));
    assert!(count(UnitKind::Squadron) >= 4 && count(UnitKind::Town) >= 9);
    for id in ["transport", "urban-management", "brigade-1", "commission", "bureau"] {
        assert!(units.get(id).is_some(), "the demo accounts belong to {id}");
    }
}

#[test]
fn every_department_gets_work_from_the_routing_tables() {
    let units = crate::units();
    let mut reached = Vec::new();
    for definition in crate::matters().iter().map(|(_, files)| crate::load(files)) {
        let units = definition.routing.examples.iter().map(|e| route(&definition, &Facts(e.given.as_object().unwrap().clone())).unit);
        reached.extend(units);
    }
    let idle: Vec<&String> =
        units.units.values().filter(|u| u.kind == UnitKind::Department && !reached.contains(&u.id)).map(|u| &u.id).collect();
    assert!(idle.is_empty(), "nothing is ever routed to {idle:?}");
}

#[test]
fn a_dissolved_unit_gets_nothing_new() {
    let (_, definition) = crate::sample();
    let example = definition.routing.examples.iter().find(|e| e.unit == "urban-management").unwrap();
    let facts = Facts(example.given.as_object().unwrap().clone());
    let mut units = crate::units();
    units.units.get_mut("urban-management").unwrap().active = false;
    let rebound = definition.with_units(&units);
    assert_eq!(route(&definition, &facts).unit, "urban-management");
    assert_eq!(route(&rebound, &facts).unit, "commission", "the fallback takes it");
    assert_eq!(definition.content_hash, rebound.content_hash);
    let _ = decide::RUNG;
}

#[test]
fn faults_of_the_units_file_have_lines() {
    let text = "[[unit]]\nid = \"a\"\nkind = \"town\"\nname = { zh = \"甲\", en = \"A\" }\nparent = \"b\"\n\n[[unit]]\nid = \"a\"\nkind = \"town\"\nname = { zh = \"乙\", en = \"\" }\n";
    let faults = city::units_from_toml("units.toml", text).unwrap_err();
    let found: Vec<(usize, &str)> = faults.iter().map(|f| (f.line, f.code.as_str())).collect();
    assert_eq!(found, [(5, "unknown_unit"), (8, "duplicate_id"), (10, "wording_missing")]);
    assert_eq!(city::units_from_toml("u", "[[unit]]\nid = 3\n").unwrap_err()[0].code, "toml_syntax");
}
