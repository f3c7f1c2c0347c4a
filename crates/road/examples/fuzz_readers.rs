//! Mutational fuzzing of everything that reads foreign bytes, without instrumentation.
//!
//! ```text
//! cargo run --release -p gongzhi-road --example fuzz_readers -- TARGET [SECONDS] [SEED]
//! cargo run --release -p gongzhi-road --example fuzz_readers -- TARGET FILE      # one input again
//! ```
//! TARGET is `pbf`, `xml`, `geojson`, `network`, `words` or `carry`; SECONDS is 60 and SEED 1 if not said. Inputs are drawn maps (and
//! extracts below `GONGZHI_TEST_DATA`, if set), changed bytewise, spliced, and, for PBF, changed inside the unpacked blocks so
//! that damage gets past the packing. The same seed makes the same inputs. A panic ends the run: the case's number and
//! seed are printed and the input is written to `fuzz-TARGET-SEED-CASE.bin` in the working directory.
#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]

use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use gongzhi_civic::place::Point;
use gongzhi_road::import::{self, Options};
use gongzhi_road::{Network, PlaceRef, SpeedTable};
use gongzhi_testkit::RoadMap;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let target = arguments.first().map_or("", String::as_str).to_owned();
    if let Some(file) = arguments.get(1).filter(|a| a.parse::<u64>().is_err()) {
        // Replays one input.
        let accepted = Case::new(&target).run(&std::fs::read(file).unwrap());
        println!("accepted: {accepted}");
        return;
    }
    let seconds: u64 = arguments.get(1).map_or(60, |s| s.parse().unwrap());
    let seed: u64 = arguments.get(2).map_or(1, |s| s.parse().unwrap());
    let mut case = Case::new(&target);
    let mut random = Random(seed);
    println!(
        "target {target}, seed {seed}, {seconds} s, {} seeds of {} bytes",
        case.seeds.len(),
        case.seeds.iter().map(Vec::len).sum::<usize>()
    );
    // The input is written below; here, only where it happened.
    std::panic::set_hook(Box::new(|info| eprintln!("{info}")));
    let (started, limit) = (Instant::now(), Duration::from_secs(seconds));
    let (mut count, mut accepted, mut slowest) = (0u64, 0u64, (Duration::ZERO, 0u64));
    while started.elapsed() < limit {
        let input = case.input(&mut random);
        let before = Instant::now();
        match catch_unwind(AssertUnwindSafe(|| case.run(&input))) {
            Ok(taken) => accepted += u64::from(taken),
            Err(panic) => {
                let file = format!("fuzz-{target}-{seed}-{count}.bin");
                std::fs::write(&file, &input).unwrap();
                let what = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
                println!("PANIC in case {count} of seed {seed}: {}; input in {file}", what.unwrap_or("?"));
                std::process::exit(1);
            }
        }
        let took = before.elapsed();
        if took > slowest.0 {
            slowest = (took, count);
        }
        count += 1;
    }
    println!(
        "{count} cases in {:.0} s, {accepted} accepted, no panic; slowest case {} took {:.2} s",
        started.elapsed().as_secs_f64(),
        slowest.1,
        slowest.0.as_secs_f64()
    );
}

/// Splitmix64: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        if limit == 0 { 0 } else { (self.next() % limit as u64) as usize }
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// A target with its seeds and the words its inputs are made of.
struct Case {
    target: String,
    seeds: Vec<Vec<u8>>,
    words: Vec<&'static str>,
    network: Network,
}

fn map() -> RoadMap {
    RoadMap::draw(
        "
      N         P
      |         |
W-----X---------Y-----E
      |        /|\\
      S       a Q b",
    )
    .way("WXYE", |w| {
        w.name("胜利东路").class("motorway").tag("name:en", "Shengli East Road").tag("ref", "G220;S26").tag("maxspeed", "CN:urban")
    })
    .way("NXS", |w| w.name("阳明北路").class("secondary").bridge().tag("bridge:name", "阳明大桥"))
    .way("PYQ", |w| w.name("平江路").class("tertiary").tag("junction", "roundabout").tag("maxspeed:forward", "30"))
    .way("Ya", |w| w.class("motorway_link").oneway().tag("destination", "柯桥"))
    .route(&["PYQ"], &[("network", "CN:national"), ("ref", "104")])
    .signal('X')
    .node('Y', "highway", "motorway_junction")
    .node('Y', "ref", "12")
    .node('W', "highway", "milestone")
    .node('W', "distance", "K12+300")
    .node('S', "addr:housenumber", "1")
    .node('S', "addr:street", "阳明北路")
    .node('P', "amenity", "hospital")
    .node('P', "name", "市医院")
    .area([-2.0, -1.0, 30.0, 10.0], &[("boundary", "administrative"), ("admin_level", "6"), ("name", "越城区")])
}

impl Case {
    fn new(target: &str) -> Self {
        let drawn = map();
        let file = |path: &str| std::env::var("GONGZHI_TEST_DATA").ok().and_then(|root| std::fs::read(format!("{root}/{path}")).ok());
        let mut seeds: Vec<Vec<u8>> = Vec::new();
        let words: Vec<&'static str> = match target {
            "pbf" => {
                seeds.push(pbf_of(&drawn));
                // Whole extracts are slow to import: their first blobs are seeds of their own.
                for path in ["osm/helsinki_centre.osm.pbf", "osm/porto_alegre.osm.pbf"] {
                    seeds.extend(file(path).map(|bytes| first_blobs(&bytes, 3)));
                }
                vec!["highway", "name", "OSMData", "OSMHeader", "DenseNodes", "\u{8}\u{1}", "\u{0}"]
            }
            "xml" => {
                seeds.push(drawn.osm_xml().into_bytes());
                seeds.extend(file("osm/lower_saxony_main_roads.osm.gz").map(|bytes| {
                    let mut text = Vec::new();
                    flate2::bufread::MultiGzDecoder::new(&bytes[..]).take(60_000).read_to_end(&mut text).unwrap();
                    text.extend_from_slice(b"/></osm>");
                    text
                }));
                seeds.push(gzip(&seeds[0]));
                vec![
                    "<node id=\"1\" lat=\"30\" lon=\"120\"/>",
                    "<nd ref=\"78\"/>",
                    "<tag k=\"highway\" v=\"milestone\"/>",
                    "<way id=\"5\">",
                    "</way>",
                    "<relation id=\"9\">",
                    "<member type=\"way\" ref=\"100\" role=\"outer\"/>",
                    "&#x110000;",
                    "<![CDATA[",
                    "<!--",
                    "\u{0}",
                    "9223372036854775807",
                    "k=\"ref\" v=\"K",
                    "lat=\"1e400\"",
                    "<?xml",
                    "<!DOCTYPE",
                ]
            }
            "geojson" => {
                seeds.push(drawn.geojson().into_bytes());
                seeds.push(
                    br#"{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:OGC:1.3:CRS84"}},"features":[{"type":"Feature","properties":{"fclass":"primary","oneway":"F","other_tags":"\"name\"=>\"x\""},"geometry":{"type":"MultiLineString","coordinates":[[[1,1],[1.01,1]],[[1.01,1],[1.02,1,5]]]}},{"type":"Feature","properties":{"natural":"water"},"geometry":{"type":"MultiPolygon","coordinates":[[[[1,1],[1.1,1],[1.1,1.1],[1,1]],[[1.02,1.01],[1.03,1.01],[1.03,1.02],[1.02,1.01]]]]}}]}"#.to_vec(),
                );
                vec![
                    "[[",
                    "]]",
                    "null",
                    "1e999",
                    "-180",
                    "180.0",
                    "\"type\":\"Polygon\"",
                    "\"coordinates\":[",
                    "\\ud83d",
                    "\"highway\":\"primary\"",
                    "{}",
                    "[]",
                    "\"layer\":\"-5\"",
                    "\u{1e}",
                    "1e-7",
                ]
            }
            "network" => {
                seeds.push(drawn.imported().bytes);
                vec![]
            }
            "words" => {
                for text in [
                    "胜利东路与阳明北路交叉口",
                    "220国道K12+300东侧200米",
                    "我在越城区胜利东路，靠近平江路口被车撞了",
                    "Shengli East Road / Yangming North Road",
                    "二二〇国道十二公里三百米",
                    "阳明大桥上往南",
                    "12号出口",
                    "市医院门口",
                    "胜利东路1号",
                ] {
                    seeds.push(text.as_bytes().to_vec());
                }
                vec![
                    "路",
                    "与",
                    "交叉口",
                    "K",
                    "+",
                    "国道",
                    "〇",
                    "　",
                    "號",
                    "A",
                    "9",
                    "ＡＢ",
                    "\u{300}",
                    "🚗",
                    "到",
                    "段",
                    "以东",
                    "公里",
                ]
            }
            "carry" => {
                seeds.push(drawn.osm_xml().into_bytes());
                vec!["<nd ref=\"78\"/>", "<nd ref=\"88\"/>", "v=\"residential\"", "v=\"roundabout\"", "胜利东路", "lat=\"30.0\"", "id=\"10"]
            }
            other => panic!("no target {other:?}: pbf, xml, geojson, network, words, carry"),
        };
        Self { target: target.to_owned(), seeds, words, network: drawn.network() }
    }

    fn input(&mut self, random: &mut Random) -> Vec<u8> {
        // Extracts cost a hundred times the drawn map's time: they are taken now and then.
        let seed = if self.target == "pbf" && random.below(50) > 0 { 0 } else { random.below(self.seeds.len()) };
        let mut bytes = self.seeds[seed].clone();
        let rounds = 1 << random.below(6);
        if self.target == "pbf" && random.below(3) > 0 {
            // Inside the blocks: unpack, change, pack again with right lengths.
            let mut blobs = blobs_of(&bytes);
            let blob = random.below(blobs.len());
            if let Some((_, body)) = blobs.get_mut(blob) {
                for _ in 0..rounds {
                    self.change(body, random);
                }
            }
            return blobs.iter().flat_map(|(kind, body)| blob_bytes(kind, body, random.below(2) == 0)).collect();
        }
        if self.target == "xml" && bytes.starts_with(&[0x1f, 0x8b]) && random.below(2) == 0 {
            let mut text = self.seeds[0].clone();
            for _ in 0..rounds {
                self.change(&mut text, random);
            }
            return gzip(&text);
        }
        for _ in 0..rounds {
            self.change(&mut bytes, random);
        }
        bytes
    }

    /// One change of the bytes.
    fn change(&self, bytes: &mut Vec<u8>, random: &mut Random) {
        let at = random.below(bytes.len() + 1);
        let length = bytes.len();
        match random.below(10) {
            0 if at < length => bytes[at] ^= 1 << random.below(8),
            1 if at < length => bytes[at] = *random.pick(&[0, 1, 0x7f, 0x80, 0xff, b'-', b'9', b'"', b'<', b'{', b'[']),
            2 => {
                let end = (at + random.below(64)).min(length);
                bytes.drain(at..end);
            }
            3 => bytes.truncate(at),
            4 => {
                // A piece of another seed, or of this one.
                let from = random.pick(&self.seeds);
                let start = random.below(from.len());
                let end = (start + random.below(200)).min(from.len());
                bytes.splice(at..at, from[start..end].iter().copied());
            }
            5 if !self.words.is_empty() => {
                let word = random.pick(&self.words).as_bytes();
                let end = if random.below(2) == 0 { at } else { (at + word.len()).min(length) };
                bytes.splice(at..end, word.iter().copied());
            }
            6 => {
                // A number replaced by another.
                if let Some(start) = (at..length).find(|i| bytes[*i].is_ascii_digit()) {
                    let end = (start..length).find(|i| !bytes[*i].is_ascii_digit()).unwrap_or(length);
                    let number = random.pick(&[
                        "0",
                        "1",
                        "-1",
                        "78",
                        "90",
                        "180",
                        "100",
                        "4294967295",
                        "9223372036854775807",
                        "18446744073709551616",
                        "0.0000001",
                        "1e308",
                    ]);
                    bytes.splice(start..end, number.bytes());
                }
            }
            7 if length >= 8 => {
                let at = at.min(length - 8);
                let value = *random.pick(&[0u64, 1, u64::from(u32::MAX), u64::MAX, 1 << 31, 1 << 63, 0x7fff_ffff]);
                let width = *random.pick(&[1usize, 2, 4, 8]);
                bytes[at..at + width].copy_from_slice(&value.to_le_bytes()[..width]);
            }
            8 if length > 1 => {
                let other = random.below(length);
                bytes.swap(at.min(length - 1), other);
            }
            _ => {
                let end = (at + random.below(100)).min(length);
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
        }
    }

    /// Whether the input was accepted.
    fn run(&self, input: &[u8]) -> bool {
        match self.target.as_str() {
            "network" => {
                let body = 64 + usize::from(self.seeds[0][12]) * 24;
                // The header is checked by a sum: keep it in two of three cases, so that the body's damage is seen.
                let mut bytes = input.to_vec();
                if input.len() == self.seeds[0].len() && input.last().is_some_and(|b| b % 3 > 0) {
                    bytes[..body].copy_from_slice(&self.seeds[0][..body]);
                }
                Network::from_vec(bytes).is_ok_and(|network| {
                    let _ = network.verify();
                    walk(&network);
                    true
                })
            }
            "words" => {
                let text = String::from_utf8_lossy(input);
                let found = self.network.find(&text, 5);
                assert!(found.iter().all(|c| (0.0..=1.0).contains(&c.confidence)), "confidence out of range");
                !found.is_empty()
            }
            "carry" => import::osm(input, &Options::default(), &mut |_| {}).is_ok_and(|imported| {
                let other = Network::from_vec(imported.bytes).unwrap();
                let (there, back) = (gongzhi_road::carry(&self.network, &other), gongzhi_road::carry(&other, &self.network));
                let places = |n: &Network| {
                    n.crossings().count() + n.sections().count() + n.roads().count() + n.areas().count() + n.landmarks().count()
                };
                assert_eq!(there.kept.len() + there.moved.len() + there.lost.len(), places(&self.network));
                assert_eq!(back.kept.len() + back.moved.len() + back.lost.len(), places(&other));
                true
            }),
            _ => import::osm(input, &Options::default(), &mut |_| {}).is_ok_and(|imported| {
                let network = Network::from_vec(imported.bytes).unwrap();
                network.verify().unwrap();
                walk(&network);
                true
            }),
        }
    }
}

/// Reads everything a network says.
fn walk(network: &Network) {
    let bounds = network.bounds();
    let at = |x: f64, y: f64| Point::new(bounds.west + (bounds.east - bounds.west) * x, bounds.south + (bounds.north - bounds.south) * y);
    for (id, crossing) in network.crossings().take(50) {
        let _ = (network.place(PlaceRef::Crossing(id)), network.place_by_key(&crossing.key));
    }
    for (id, section) in network.sections().take(50) {
        let _ = (network.place(PlaceRef::Section(id)), network.place_by_key(&section.key));
    }
    for (id, road) in network.roads().take(50) {
        let _ = (network.place(PlaceRef::Road(id)), network.names_of(PlaceRef::Road(id)), network.house_numbers_of(id).count());
        let _ = network.find(&road.name, 3);
    }
    for (id, _) in network.areas().take(50) {
        let _ = network.place(PlaceRef::Area(id));
    }
    let _ = (network.house_numbers().take(50).count(), network.stakes().take(50).count(), network.exits().take(50).count());
    for edge in 0..(network.counts().edges as u32).min(100) {
        let _ = (network.edge(edge), network.speed_kmh(edge, &SpeedTable::CHINA));
    }
    for (x, y) in [(0.0, 0.0), (0.5, 0.5), (0.3, 0.7), (1.0, 1.0)] {
        let _ = (network.snap(at(x, y), 200.0), network.describe(at(x, y)), network.areas_at(at(x, y)));
    }
    let c = at(0.5, 0.5);
    let n = f64::from(1u32 << 15);
    let _ = network.tile(
        15,
        ((c.lon + 180.0) / 360.0 * n) as u32,
        ((1.0 - c.lat.to_radians().tan().asinh() / std::f64::consts::PI) / 2.0 * n) as u32,
    );
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(text).unwrap();
    writer.finish().unwrap()
}

/// Kind and unpacked body of each blob of a PBF file.
fn blobs_of(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut blobs = Vec::new();
    let mut at = 0;
    while at + 4 <= bytes.len() {
        let size = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        let header = &bytes[at + 4..at + 4 + size];
        at += 4 + size;
        // Fields of our own seeds only: 1 kind, 2 index, 3 length; 1 raw, 2 size, 3 zlib.
        let fields = fields_of(header);
        let kind = fields.iter().find(|(f, _)| *f == 1).map(|(_, v)| String::from_utf8_lossy(v).into_owned()).unwrap();
        let length = fields.iter().find(|(f, _)| *f == 3).map(|(_, v)| varint_of(v)).unwrap() as usize;
        let blob = fields_of(&bytes[at..at + length]);
        at += length;
        let body = match blob.iter().find(|(f, _)| *f == 1 || *f == 3).unwrap() {
            (1, raw) => raw.clone(),
            (_, packed) => {
                let mut body = Vec::new();
                flate2::read::ZlibDecoder::new(&packed[..]).read_to_end(&mut body).unwrap();
                body
            }
        };
        blobs.push((kind, body));
    }
    blobs
}

fn fields_of(mut bytes: &[u8]) -> Vec<(u64, Vec<u8>)> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = take_varint(&mut bytes);
        if key & 7 == 2 {
            let length = take_varint(&mut bytes) as usize;
            fields.push((key >> 3, bytes[..length].to_vec()));
            bytes = &bytes[length..];
        } else {
            let value = take_varint(&mut bytes);
            fields.push((key >> 3, varint(value)));
        }
    }
    fields
}

fn take_varint(bytes: &mut &[u8]) -> u64 {
    let length = bytes.iter().position(|b| b & 0x80 == 0).unwrap() + 1;
    let value = varint_of(&bytes[..length]);
    *bytes = &bytes[length..];
    value
}

fn varint_of(bytes: &[u8]) -> u64 {
    bytes.iter().enumerate().fold(0, |v, (i, b)| v | (u64::from(b & 0x7f) << (7 * i)))
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        out.push(if value > 0 { byte | 0x80 } else { byte });
        if value == 0 {
            return out;
        }
    }
}

fn field(number: u64, body: &[u8]) -> Vec<u8> {
    [varint(number << 3 | 2), varint(body.len() as u64), body.to_vec()].concat()
}

fn blob_bytes(kind: &str, body: &[u8], packed: bool) -> Vec<u8> {
    let blob = if packed {
        let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        writer.write_all(body).unwrap();
        [varint(2 << 3), varint(body.len() as u64), field(3, &writer.finish().unwrap())].concat()
    } else {
        field(1, body)
    };
    let header = [field(1, kind.as_bytes()), varint(3 << 3), varint(blob.len() as u64)].concat();
    [(header.len() as u32).to_be_bytes().to_vec(), header, blob].concat()
}

fn first_blobs(bytes: &[u8], count: usize) -> Vec<u8> {
    // The last blobs hold the ways and relations, the first the header and nodes.
    let blobs = blobs_of(bytes);
    let chosen = blobs.iter().take(count.min(2)).chain(blobs.iter().rev().take(1));
    chosen.flat_map(|(kind, body)| blob_bytes(kind, body, true)).collect()
}

/// A drawn map as PBF: plain nodes, ways and relations in one block, from the map's own XML.
fn pbf_of(map: &RoadMap) -> Vec<u8> {
    let xml = map.osm_xml();
    let mut strings: Vec<String> = vec![String::new()];
    let mut id_of = |text: &str| {
        strings.iter().position(|s| s == text).unwrap_or_else(|| {
            strings.push(text.to_owned());
            strings.len() - 1
        }) as u64
    };
    let zigzag = |v: i64| ((v << 1) ^ (v >> 63)) as u64;
    let attribute =
        |line: &str, key: &str| line.split_once(&format!("{key}=\"")).and_then(|(_, r)| r.split_once('"')).map(|(v, _)| v.to_owned());
    let mut groups: [Vec<u8>; 3] = Default::default();
    for line in xml.lines().filter(|l| ["<node", "<way", "<relation"].iter().any(|k| l.starts_with(k))) {
        let (mut keys, mut values) = (Vec::new(), Vec::new());
        for tag in line.split("<tag ").skip(1) {
            keys.extend(varint(id_of(&attribute(tag, "k").unwrap())));
            values.extend(varint(id_of(&attribute(tag, "v").unwrap())));
        }
        let id: i64 = attribute(line, "id").unwrap().parse().unwrap();
        let tags = [field(2, &keys), field(3, &values)].concat();
        let deltas = |items: Vec<i64>| {
            let mut last = 0;
            items.into_iter().flat_map(|v| varint(zigzag(v - std::mem::replace(&mut last, v)))).collect::<Vec<u8>>()
        };
        if line.starts_with("<node") {
            let degree = |key: &str| zigzag((attribute(line, key).unwrap().parse::<f64>().unwrap() * 1e7).round() as i64);
            let body =
                [varint(1 << 3), varint(zigzag(id)), tags, varint(8 << 3), varint(degree("lat")), varint(9 << 3), varint(degree("lon"))];
            groups[0].extend(field(1, &body.concat()));
        } else if line.starts_with("<way") {
            let refs = line.split("<nd ref=\"").skip(1).map(|r| r.split('"').next().unwrap().parse().unwrap()).collect();
            groups[1].extend(field(3, &[varint(1 << 3), varint(id as u64), tags, field(8, &deltas(refs))].concat()));
        } else {
            let members: Vec<i64> = line.split("<member ").skip(1).map(|m| attribute(m, "ref").unwrap().parse().unwrap()).collect();
            let (roles, kinds) = (vec![0u8; members.len()], vec![1u8; members.len()]);
            groups[2].extend(field(
                4,
                &[varint(1 << 3), varint(id as u64), tags, field(8, &roles), field(9, &deltas(members)), field(10, &kinds)].concat(),
            ));
        }
    }
    let table: Vec<u8> = strings.iter().flat_map(|s| field(1, s.as_bytes())).collect();
    let mut block = field(1, &table);
    for group in &groups {
        block.extend(field(2, group));
    }
    let header = [field(4, b"OsmSchema-V0.6"), field(4, b"DenseNodes")].concat();
    [blob_bytes("OSMHeader", &header, false), blob_bytes("OSMData", &block, true)].concat()
}
