//! Sizes of matters on one machine: fills a database with real histories and measures the house on it.
//!
//! `matter_figures load DIR CASES [--database ADDRESS]` fills a fresh database;
//! `matter_figures measure DIR [--database ADDRESS] [--seconds 60] [--rate 50] [--only calendar|inbox|lists|commands]`
//! prints what it measured as one JSON object.
//! `bench/matters/run.sh` calls both.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)] // a test or an example stops where it cannot go on

mod ask;
mod courses;
mod dice;
mod measure;
mod multiply;
mod work;

use std::path::PathBuf;

use gongzhi_app::{App, Options, Templates};
use gongzhi_civic::time::Timestamp;

/// Monday 2026-11-30, 10:00 in Shanghai: what the clock of the loaded house shows.
pub const NOW: Timestamp = Timestamp(1_796_004_000_000);

fn option(args: &mut Vec<String>, name: &str) -> Option<String> {
    let at = args.iter().position(|a| a == name)?;
    args.drain(at..(at + 2).min(args.len())).nth(1)
}

/// Opens the figures' house: the real program on a folder and a database.
pub async fn open(data: &std::path::Path, database: Option<String>) -> App {
    App::open(Options { data: data.to_owned(), database, templates: Templates::default() }).await.unwrap()
}

fn main() {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let database = option(&mut args, "--database");
    let seconds: u64 = option(&mut args, "--seconds").map_or(60, |s| s.parse().unwrap());
    let rate: u64 = option(&mut args, "--rate").map_or(50, |s| s.parse().unwrap());
    let only = option(&mut args, "--only");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let found = match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["load", data, cases] => runtime.block_on(multiply::load(PathBuf::from(data), database, cases.parse().unwrap())),
        ["measure", data] => runtime.block_on(measure::measure(PathBuf::from(data), database, rate, seconds, only.as_deref())),
        _ => panic!("usage: matter_figures load DIR CASES | measure DIR  [--database ADDRESS] [--seconds 60] [--rate 50] [--only PART]"),
    };
    println!("{found}");
}
