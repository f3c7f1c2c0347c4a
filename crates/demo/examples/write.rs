//! Writes the demo city's files into a folder: `cargo run --release -p gongzhi-demo --example write -- FOLDER`.
fn main() -> std::io::Result<()> {
    let folder = std::path::PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| ".".into()));
    let plan = gongzhi_demo::Plan::new(20_261_122, jiff::civil::date(2026, 11, 22));
    let city = gongzhi_demo::City::generate(&plan);
    std::fs::write(folder.join("roads.osm"), city.osm_xml())?;
    std::fs::write(folder.join("calls.csv"), city.calls_csv(plan.first_day(), plan.today))?;
    std::fs::write(folder.join("crashes.csv"), city.crashes_csv(plan.first_day(), plan.today))?;
    Ok(())
}
