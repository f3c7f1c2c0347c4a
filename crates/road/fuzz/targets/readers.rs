//! Any bytes as a map: PBF, XML, packed XML, GeoJSON, told apart by their first bytes as in the product.
#![no_main]

use gongzhi_road::Network;
use gongzhi_road::import::{self, Options};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(imported) = import::osm(bytes, &Options::default(), &mut |_| {}) else { return };
    let network = Network::from_vec(imported.bytes).expect("what was imported opens");
    network.verify().expect("what was imported is whole");
    for (_, crossing) in network.crossings().take(20) {
        assert!(network.place_by_key(&crossing.key).is_some());
    }
    let _ = network.describe(network.bounds().center());
});
