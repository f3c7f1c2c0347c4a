//! Any bytes as the body of a network file whose header is right.
#![no_main]

use std::sync::OnceLock;

use gongzhi_road::import::{self, Options};
use gongzhi_road::{Network, PlaceRef, SpeedTable};
use libfuzzer_sys::fuzz_target;

const MAP: &str = r#"<osm><node id="1" lat="30.0" lon="120.0"/><node id="2" lat="30.0" lon="120.01"><tag k="highway" v="traffic_signals"/></node>
<node id="3" lat="30.0" lon="120.02"/><node id="4" lat="30.01" lon="120.01"/><node id="5" lat="29.99" lon="120.01"/>
<way id="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="primary"/><tag k="name" v="胜利东路"/><tag k="ref" v="G220"/></way>
<way id="2"><nd ref="4"/><nd ref="2"/><nd ref="5"/><tag k="highway" v="secondary"/><tag k="name" v="阳明北路"/></way></osm>"#;

fuzz_target!(|bytes: &[u8]| {
    static WHOLE: OnceLock<Vec<u8>> = OnceLock::new();
    let whole = WHOLE.get_or_init(|| import::osm(MAP.as_bytes(), &Options::default(), &mut |_| {}).expect("the map is right").bytes);
    // Pairs of place and byte change the body; the header, which a sum protects, stays.
    let mut file = whole.clone();
    let body = 64 + usize::from(file[12]) * 24;
    for change in bytes.chunks_exact(3) {
        let at = body + usize::from(u16::from_le_bytes([change[0], change[1]])) % (file.len() - body);
        file[at] = change[2];
    }
    let network = Network::from_vec(file).expect("the header is right");
    for (id, section) in network.sections().take(20) {
        let _ = (network.place(PlaceRef::Section(id)), network.place_by_key(&section.key));
    }
    for (id, road) in network.roads().take(20) {
        let _ = (network.names_of(PlaceRef::Road(id)), network.house_numbers_of(id).count(), network.find(&road.name, 2));
    }
    for edge in 0..(network.counts().edges as u32).min(20) {
        let _ = (network.edge(edge), network.speed_kmh(edge, &SpeedTable::CHINA));
    }
    let centre = network.bounds().center();
    let _ = (network.snap(centre, 100.0), network.describe(centre), network.tile(14, 13_653, 6_700));
});
