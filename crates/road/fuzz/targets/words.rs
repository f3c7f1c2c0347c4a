//! Any text as words for a place.
#![no_main]

use std::sync::OnceLock;

use gongzhi_road::Network;
use gongzhi_road::import::{self, Options};
use libfuzzer_sys::fuzz_target;

const MAP: &str = r#"<osm><node id="1" lat="30.0" lon="120.0"/><node id="2" lat="30.0" lon="120.01"/>
<node id="3" lat="30.0" lon="120.02"/><node id="4" lat="30.01" lon="120.01"/><node id="5" lat="29.99" lon="120.01"/>
<way id="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="primary"/><tag k="name" v="胜利东路"/><tag k="ref" v="G220"/></way>
<way id="2"><nd ref="4"/><nd ref="2"/><nd ref="5"/><tag k="highway" v="secondary"/><tag k="name" v="阳明北路"/><tag k="name:en" v="Yangming Road"/></way></osm>"#;

fuzz_target!(|text: &str| {
    static NETWORK: OnceLock<Network> = OnceLock::new();
    let network = NETWORK.get_or_init(|| {
        let imported = import::osm(MAP.as_bytes(), &Options::default(), &mut |_| {}).expect("the map is right");
        Network::from_vec(imported.bytes).expect("the map opens")
    });
    for candidate in network.find(text, 5) {
        assert!((0.0..=1.0).contains(&candidate.confidence));
    }
});
