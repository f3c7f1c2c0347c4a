//! House numbers: the city's other publication of 2016 has them for records of one street.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use gongzhi_civic::place::{Point, haversine_m};
use gongzhi_road::Network;
use gongzhi_road::records::{Basis, Learned, PlacedRecord, RecordWords};

struct Numbered {
    month: u32,
    street: String,
    number: u32,
    point: Point,
}

pub fn section(data: &Path, network: &Network) {
    let Some(records) = load(data) else {
        println!("\nSKIPPED: house numbers: acidentes-2016-full-columns is not there");
        return;
    };
    let placed = |r: &Numbered| PlacedRecord { first: r.street.clone(), second: String::new(), number: Some(r.number), point: r.point };
    let learned = Learned::from_records(network, records.iter().filter(|r| r.month <= 8).map(placed));
    let asked: Vec<&Numbered> = records.iter().filter(|r| r.month > 8).collect();
    let (mut placed, mut near, mut far, mut sure, mut sure_near, mut sure_wrong) = (0, 0, 0, 0, 0, 0);
    let mut distances: Vec<f64> = Vec::new();
    for r in &asked {
        let words = RecordWords { first: &r.street, second: "", number: Some(r.number) };
        let Some(best) = network.place_record(&words, Some(&learned)).into_iter().find(|b| b.basis == Basis::Number) else { continue };
        let distance = haversine_m(best.point, r.point);
        distances.push(distance);
        placed += 1;
        near += usize::from(distance <= 50.0);
        far += usize::from(distance <= 200.0);
        if best.confidence >= 0.8 {
            sure += 1;
            sure_near += usize::from(distance <= 50.0);
            sure_wrong += usize::from(distance > 200.0);
        }
    }
    distances.sort_by(f64::total_cmp);
    let share = |n: usize, of: usize| 100.0 * n as f64 / of.max(1) as f64;
    println!(
        "\n**One street and a house number**: {} records of January to August 2016 learnt, {} of September to December asked. {:.1} % get a \
         place from numbers; of these {:.1} % are within 50 m, {:.1} % within 200 m, median {:.0} m. With a confidence of 0.8 or more: \
         {:.1} % of those asked, {:.1} % of them within 50 m, {:.1} % farther than 200 m.",
        records.len() - asked.len(),
        asked.len(),
        share(placed, asked.len()),
        share(near, placed),
        share(far, placed),
        distances.get(distances.len() / 2).copied().unwrap_or(f64::NAN),
        share(sure, asked.len()),
        share(sure_near, sure),
        share(sure_wrong, sure)
    );
}

/// Numbers of the one file with coordinates of the other: in the one with numbers many coordinates have lost their decimal point.
fn load(data: &Path) -> Option<Vec<Numbered>> {
    let mut points: HashMap<(String, String), Option<Point>> = HashMap::new();
    for line in read(data, "acidentes-2016")?.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        let [latitude, longitude, first, second, _, _, time] = cells.get(..7)? else { return None };
        if second.is_empty() {
            let point = Point::valid(longitude.parse().unwrap_or(0.0), latitude.parse().unwrap_or(0.0));
            // Two crashes of one street in one minute cannot be told apart.
            points.entry(((*first).to_owned(), (*time).to_owned())).and_modify(|p| *p = None).or_insert(point);
        }
    }
    let table = read(data, "acidentes-2016-full-columns")?;
    let mut lines = table.lines();
    let heading: Vec<&str> = lines.next()?.split(';').collect();
    let column = |name: &str| heading.iter().position(|h| *h == name);
    let (street, number, time, month) = (column("LOG1")?, column("PREDIAL1")?, column("DATA_HORA")?, column("MES")?);
    let mut records = Vec::new();
    for line in lines {
        let cells: Vec<&str> = line.split(';').map(str::trim).collect();
        let cell = |i: usize| cells.get(i).copied().unwrap_or("");
        let number: u32 = cell(number).parse().unwrap_or(0);
        if let Some(Some(point)) = points.get(&(cell(street).to_owned(), cell(time).to_owned())).filter(|_| number > 0) {
            records.push(Numbered { month: cell(month).parse().unwrap_or(0), street: cell(street).to_owned(), number, point: *point });
        }
    }
    Some(records)
}

fn read(data: &Path, name: &str) -> Option<String> {
    let packed = std::fs::read(data.join(format!("crash/porto_alegre/{name}.csv.xz"))).ok()?;
    let mut raw = Vec::new();
    xz2::read::XzDecoder::new(&packed[..]).read_to_end(&mut raw).ok()?;
    Some(String::from_utf8_lossy(&raw).into_owned())
}
