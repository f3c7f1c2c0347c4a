//! All rules of `city/blackspots.toml` on the same crashes, and what became of their spots a year later: a Markdown section.
#![allow(clippy::print_stdout, clippy::print_stderr)] // an example tells what it finds

mod ground;

use gongzhi_risk::blackspot::identity::{Change, Known, follow};
use gongzhi_risk::blackspot::rule::{Rule, RuleBook, Setting};
use gongzhi_risk::blackspot::{Crash, Place, Run, find};
use ground::{Ground, YEARS, new_year};
use std::error::Error;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let book: RuleBook = toml::from_str(&std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../city/blackspots.toml"))?)?;
    let begun = Instant::now();
    let Some(ground) = ground::read() else {
        eprintln!("SKIPPED: Porto Alegre's crashes and roads are not there; set GONGZHI_TEST_DATA");
        return Ok(());
    };
    eprintln!("read in {:.1} s", begun.elapsed().as_secs_f64());
    println!("### All rules on the same crashes\n");
    println!(
        "Porto Alegre, {} crashes of 2011 and 2013 to 2016, of which {} lie in the road extract and within 50 m of a road ({} of these on a named or numbered one, {} within 30 m of a junction along the streets). {} measured roads, {:.0} km. Spots by the crashes before 1 January 2016; \"2016\" are the crashes of the year after that the rule would look at.\n",
        ground.rows,
        ground.crashes.len(),
        ground.on_road,
        ground.at_junction,
        ground.courses,
        ground.courses_km
    );
    println!(
        "| rule | years | confirmed | spots | junctions | stretches, km | crashes in spots, of those looked at | a year and spot: before | 2016 | ratio in spots, elsewhere | 2016 in spots | s |"
    );
    println!("|---|---:|:-:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    for rule in &book.rule {
        row(rule, &book, &ground)?;
    }
    println!(
        "\nEvery crash of the extract is in the city: rules for built-up areas and rules for the country are both applied to all of them. 2012 is missing: the rules of five years have four. \"A year and spot\" is the mean number of crashes the rule looks at, per spot and year of data. \"Ratio\" is crashes of 2016 over the yearly mean before, in the spots and in all other places: where the first is smaller, spots grew better than the rest without any measure being known (regression to the mean).\n"
    );
    println!("### From year to year\n");
    println!("| rule | run | spots | kept | of these longer, shorter, moved | merged | split off | new | gone |");
    println!("|---|---|---:|---:|---:|---:|---:|---:|---:|");
    for rule in &book.rule {
        course(rule, &book, &ground)?;
    }
    Ok(())
}

fn applied(rule: &Rule, book: &RuleBook, ground: &Ground, year: i16) -> Result<Run, Box<dyn Error>> {
    let mut anywhere = rule.clone();
    anywhere.setting = Setting::Any;
    let period = rule.window.period(new_year(year, &ground.zone), &ground.zone);
    Ok(find(&anywhere, book.regularity, &ground.crashes, period)?)
}

fn row(rule: &Rule, book: &RuleBook, ground: &Ground) -> Result<(), Box<dyn Error>> {
    let begun = Instant::now();
    let run = applied(rule, book, ground, 2016)?;
    let seconds = begun.elapsed().as_secs_f64();
    let junctions = run.spots.iter().filter(|s| matches!(s.place, Place::Junction { .. })).count();
    let km: f64 = run.spots.iter().map(|s| s.place.length_m()).sum::<f64>() / 1000.0;
    let covered: u64 = run.spots.iter().map(|s| s.n).sum();
    let radius = |unit: usize| rule.units.get(unit).and_then(|u| u.radius_m).unwrap_or(0.0);
    let (from, to) = (new_year(2016, &ground.zone), new_year(2017, &ground.zone));
    let looked_at = |c: &&Crash| from <= c.at && c.at < to && (rule.severities.is_empty() || rule.severities.contains(&c.severity));
    let after: Vec<&Crash> = ground.crashes.iter().filter(looked_at).collect();
    let hits = after.iter().filter(|c| run.spots.iter().any(|s| s.place.holds(c, radius(s.unit)))).count();
    let years = YEARS.iter().filter(|y| run.period.0 <= new_year(**y, &ground.zone) && new_year(**y, &ground.zone) < run.period.1).count();
    let spots = run.spots.len().max(1) as f64;
    println!(
        "| `{}` | {} | {} | {} | {junctions} | {km:.1} | {covered} of {} | {:.2} | {:.2} | {:.2}, {:.2} | {hits} of {} ({:.1} %) | {seconds:.2} |",
        rule.id,
        rule.window.length_years(),
        if rule.confirmed { "yes" } else { "no" },
        run.spots.len(),
        run.n,
        covered as f64 / years.max(1) as f64 / spots,
        hits as f64 / spots,
        hits as f64 * years.max(1) as f64 / (covered as f64).max(1.0),
        (after.len() - hits) as f64 * years.max(1) as f64 / ((run.n - covered) as f64).max(1.0),
        after.len(),
        100.0 * hits as f64 / after.len().max(1) as f64
    );
    Ok(())
}

fn course(rule: &Rule, book: &RuleBook, ground: &Ground) -> Result<(), Box<dyn Error>> {
    let first = 2014 + if rule.window.length_years() > 1.0 { 2 } else { 0 };
    let mut before: Option<Vec<Known>> = None;
    for year in first..=2017 {
        let run = applied(rule, book, ground, year)?;
        let places: Vec<Place> = run.spots.into_iter().map(|s| s.place).collect();
        let name = format!("{}–{}", i32::from(year) - rule.window.length_years() as i32, year - 1);
        let known =
            |place: &Place, id: Option<&String>, i: usize| Known { id: id.cloned().unwrap_or(format!("{year}-{i}")), place: place.clone() };
        let Some(held) = before.take() else {
            println!("| `{}` | {name} | {} | | | | | | |", rule.id, places.len());
            before = Some(places.iter().enumerate().map(|(i, p)| known(p, None, i)).collect());
            continue;
        };
        let told = follow(&held, &places);
        let of = |change: Change| told.now.iter().filter(|c| c.change == change).count();
        println!(
            "| `{}` | {name} | {} | {} | {}, {}, {} | {} | {} | {} | {} |",
            rule.id,
            places.len(),
            told.now.iter().filter(|c| c.id.is_some()).count(),
            of(Change::Grown),
            of(Change::Shrunk),
            of(Change::Moved),
            told.merged.len(),
            of(Change::Split),
            of(Change::New),
            told.gone.len()
        );
        before = Some(places.iter().zip(&told.now).enumerate().map(|(i, (p, c))| known(p, c.id.as_ref(), i)).collect());
    }
    Ok(())
}
