//! Tiles hold what is declared of them, read with a decoder of our own (Mapbox Vector Tile 2.1).

use std::collections::BTreeSet;

use gongzhi_civic::place::Point;
use gongzhi_road::{Network, TILE_LAYERS, TILE_ZOOMS};

use crate::drawn::city;

/// Length-delimited protobuf fields of a message, varints skipped.
fn fields(mut bytes: &[u8]) -> Vec<(u64, &[u8])> {
    fn varint(bytes: &mut &[u8]) -> u64 {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (first, rest) = bytes.split_first().expect("a varint ends");
            *bytes = rest;
            value |= u64::from(first & 0x7F) << shift;
            if first & 0x80 == 0 {
                break;
            }
        }
        value
    }
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes);
        match key & 7 {
            0 => _ = varint(&mut bytes),
            2 => {
                let length = varint(&mut bytes) as usize;
                let (field, rest) = bytes.split_at(length);
                found.push((key >> 3, field));
                bytes = rest;
            }
            other => panic!("wire type {other} in a tile"),
        }
    }
    found
}

/// Name and keys of each layer, and how many features it has.
fn layers(tile: &[u8]) -> Vec<(String, BTreeSet<String>, usize)> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    fields(tile)
        .into_iter()
        .filter(|(tag, _)| *tag == 3)
        .map(|(_, layer)| {
            let parts = fields(layer);
            let name = parts.iter().find(|(tag, _)| *tag == 1).map(|(_, n)| text(n)).expect("a layer has a name");
            let keys = parts.iter().filter(|(tag, _)| *tag == 3).map(|(_, k)| text(k)).collect();
            (name, keys, parts.iter().filter(|(tag, _)| *tag == 2).count())
        })
        .collect()
}

fn address(at: Point, z: u8) -> (u32, u32) {
    let n = f64::from(1u32 << z);
    let y = (1.0 - at.lat.to_radians().tan().asinh() / std::f64::consts::PI) / 2.0 * n;
    (((at.lon + 180.0) / 360.0 * n) as u32, y as u32)
}

fn declared(network: &Network) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    for z in 0..=18 {
        let (x, y) = address(network.bounds().center(), z);
        for (name, keys, features) in layers(&network.tile(z, x, y)) {
            let layer = TILE_LAYERS.iter().find(|l| l.id == name).unwrap_or_else(|| panic!("layer {name} is not declared"));
            for key in keys {
                assert!(layer.fields.iter().any(|(field, _)| *field == key), "{name}.{key} is not declared");
            }
            assert!(features == 0 || z >= layer.from_zoom, "{name} at zoom {z} is said to begin at {}", layer.from_zoom);
            if features > 0 {
                seen.insert(name);
            }
        }
    }
    seen
}

#[test]
fn every_layer_and_field_of_a_drawn_city_is_declared() {
    let map = city().area([0.0, 0.0, 6.0, 6.0], &[("leisure", "park"), ("name", "人民公园")]);
    let seen = declared(&map.network());
    assert!(seen.contains("roads") && seen.contains("land") && seen.contains("crossings"), "{seen:?}");
}

#[test]
fn every_layer_and_field_of_real_extracts_is_declared() {
    for file in ["porto_alegre.osm.pbf", "shanghai_center.osm.bz2", "helsinki_centre.osm.pbf"] {
        let Some(imported) = crate::real_data::imported(&format!("osm/{file}")) else { continue };
        let network = Network::from_vec(imported.bytes).unwrap();
        let seen = declared(&network);
        assert!(seen.contains("roads") && seen.contains("crossings"), "{file}: {seen:?}");
    }
}

#[test]
fn the_deepest_zoom_declared_still_has_roads() {
    let network = city().network();
    let (x, y) = address(network.bounds().center(), *TILE_ZOOMS.end());
    assert!(layers(&network.tile(*TILE_ZOOMS.end(), x, y)).iter().any(|(name, _, features)| name == "roads" && *features > 0));
}
