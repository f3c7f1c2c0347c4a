//! Writes the demo city's files into a folder and says how long each took:
//! `cargo run --release -p gongzhi-demo --example write -- FOLDER`.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test or an example stops where it cannot go on

use std::time::Instant;

fn main() -> std::io::Result<()> {
    let folder = std::path::PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| ".".into()));
    let plan = gongzhi_demo::Plan::new(20_261_122, jiff::civil::date(2026, 11, 22));
    let start = Instant::now();
    let city = gongzhi_demo::City::generate(&plan);
    println!("ground and places {:?}", start.elapsed());
    let files: [(&str, &dyn Fn() -> Vec<u8>); 3] = [
        ("roads.osm", &|| city.osm_xml()),
        ("calls.csv", &|| city.calls_csv(plan.first_day(), plan.today)),
        ("crashes.csv", &|| city.crashes_csv(plan.first_day(), plan.today)),
    ];
    for (name, make) in files {
        let start = Instant::now();
        let bytes = make();
        println!("{name} {:?} {} bytes", start.elapsed(), bytes.len());
        std::fs::write(folder.join(name), bytes)?;
    }
    Ok(())
}
