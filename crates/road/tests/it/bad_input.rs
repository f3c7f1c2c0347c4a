//! What is no map, or no network, is refused: by code, place and remedy, never by a panic.

use gongzhi_road::import::{self, ImportError, Options};
use gongzhi_road::{Network, NetworkError};
use proptest::prelude::*;

use crate::drawn::city;

fn refusal(bytes: &[u8]) -> ImportError {
    import::osm(bytes, &Options::default(), &mut |_| {}).expect_err("these bytes are no map")
}

fn check(error: &ImportError, code: &str) {
    assert_eq!(error.code, code, "{error}");
    assert!(!error.text.zh.is_empty() && !error.text.en.is_empty());
}

#[test]
fn what_is_no_map_is_named() {
    check(&refusal(b""), "road.import.unknown_format");
    check(&refusal(b"id,name\n1,x\n"), "road.import.unknown_format");
    check(&refusal(b"<html><body>not found</body></html>"), "road.import.unsupported");
    check(&refusal(b"<osm version=\"0.6\"></osm>"), "road.import.no_roads");
    check(&refusal(b"<osm><way id=\"x\"><nd ref=\"1\"/></way></osm>"), "road.import.damaged");
    check(&refusal(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3]), "road.import.truncated");
    check(&refusal(b"BZh9 this is no bzip2"), "road.import.damaged");
}

#[test]
fn xml_cut_off_anywhere_is_refused_with_its_place() {
    let xml = city().osm_xml();
    for share in 1..10 {
        let end = (1..=xml.len() * share / 10).rev().find(|i| xml.is_char_boundary(*i)).unwrap();
        let error = refusal(&xml.as_bytes()[..end]);
        assert!(matches!(error.code, "road.import.truncated" | "road.import.damaged"), "{error}");
        assert!(error.offset <= end as u64);
    }
}

#[test]
fn a_damaged_network_file_is_refused() {
    let bytes = city().imported().bytes;
    let open = |b: &[u8]| Network::from_vec(b.to_vec());
    assert!(open(&bytes).is_ok());
    assert_eq!(open(b"hello").unwrap_err(), NetworkError::NotANetwork);
    assert_eq!(open(&bytes[..20]).unwrap_err().code(), "road.network.length");
    assert_eq!(open(&bytes[..bytes.len() - 8]).unwrap_err().code(), "road.network.length");
    let with = |at: usize, value: u8| {
        let mut b = bytes.clone();
        b[at] ^= value;
        open(&b)
    };
    assert_eq!(with(8, 7).unwrap_err().code(), "road.network.version");
    assert_eq!(with(70, 1).unwrap_err().code(), "road.network.header");
    let error = with(70, 1).unwrap_err().text();
    assert!(!error.zh.is_empty() && !error.en.is_empty());
    let network = with(bytes.len() - 9, 1).unwrap();
    assert_eq!(network.verify(), Err(NetworkError::Content));
}

#[test]
fn bytes_at_an_odd_address_are_read_alike() {
    struct Shifted(Vec<u8>);
    impl AsRef<[u8]> for Shifted {
        fn as_ref(&self) -> &[u8] {
            &self.0[1..]
        }
    }
    let map = city();
    let mut bytes = vec![0];
    bytes.extend(map.imported().bytes);
    let network = Network::from_bytes(std::sync::Arc::new(Shifted(bytes))).unwrap();
    assert_eq!(network.counts(), map.network().counts());
    network.verify().unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    /// A body whose bytes were changed opens (only its header is checked), reads as something or nothing, and never panics.
    #[test]
    fn changed_bodies_never_panic(changes in proptest::collection::vec((0.0f64..1.0, any::<u8>()), 1..200)) {
        let map = city();
        let mut bytes = map.imported().bytes;
        // Header of 64 bytes, then 24 for each section; the number of sections is at byte 12.
        let body = 64 + usize::from(bytes[12]) * 24;
        for (share, value) in changes {
            let at = body + ((bytes.len() - body - 1) as f64 * share) as usize;
            bytes[at] = value;
        }
        let network = Network::from_vec(bytes).unwrap();
        let _ = (network.crossings().count(), network.sections().count(), network.roads().count(), network.areas().count());
        for i in 0..40 {
            let p = map.beside('W', 40.0 * f64::from(i), 5.0);
            let _ = network.snap(p, 100.0);
            let _ = network.describe(p);
        }
        let _ = network.find("胜利东路与阳明北路交叉口", 3);
        let _ = (network.house_numbers().count(), network.stakes().count(), network.exits().count());
        for (id, _) in network.roads() {
            let _ = (network.names_of(gongzhi_road::PlaceRef::Road(id)), network.house_numbers_of(id).count());
        }
        for edge in 0..network.counts().edges as u32 {
            let _ = (network.edge(edge), network.speed_kmh(edge, &gongzhi_road::SpeedTable::CHINA));
        }
        for z in [0u8, 9, 14, 16] {
            let n = f64::from(1u32 << z);
            let c = map.point('X');
            let _ = network.tile(z, ((c.lon + 180.0) / 360.0 * n) as u32, ((1.0 - c.lat.to_radians().tan().asinh() / std::f64::consts::PI) / 2.0 * n) as u32);
        }
    }

    #[test]
    fn random_bytes_are_no_map(bytes in proptest::collection::vec(any::<u8>(), 0..200), head in 0usize..4) {
        let mut all = [&b""[..], b"<osm>", b"\0\0\0\x0d\x0a\x09OSMHeader\x18\x05", b"BZh9"][head].to_vec();
        all.extend(bytes);
        let result = import::osm(&all, &Options::default(), &mut |_| {});
        prop_assert!(result.is_err());
    }
}

/// Found by fuzzing: a line across half the globe overflowed when its middle was sought.
#[test]
fn a_line_around_the_globe_is_read() {
    let text = r#"{"type":"Feature","properties":{"highway":"primary","name":"甲"},"geometry":{"type":"LineString","coordinates":[[-180,-90],[180,90]]}}"#;
    let imported = import::osm(text.as_bytes(), &Options::default(), &mut |_| {}).unwrap();
    let network = Network::from_vec(imported.bytes).unwrap();
    assert_eq!(network.counts().edges, 2);
    let _ = (network.describe(network.bounds().center()), network.tile(3, 4, 4));
}
