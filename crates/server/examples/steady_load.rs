//! Asks a server for addresses at a steady rate and says how long the answers took: `steady_load RATE SECONDS ADDRESSES.txt`.
//!
//! The load is open: a request is due at its time whether or not earlier ones were answered, and its wait counts from then, so a
//! server that stalls cannot make itself look fast (what load testers call coordinated omission). Prints one line of JSON.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::sync::Arc;
use std::time::{Duration, Instant};

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut next = |what: &str| arguments.next().unwrap_or_else(|| panic!("{what} is missing: RATE SECONDS ADDRESSES.txt"));
    let rate: f64 = next("RATE").parse().expect("RATE is a number");
    let seconds: f64 = next("SECONDS").parse().expect("SECONDS is a number");
    let addresses: Arc<Vec<String>> =
        Arc::new(std::fs::read_to_string(next("ADDRESSES.txt")).unwrap().lines().map(ToOwned::to_owned).collect());
    assert!(!addresses.is_empty(), "no addresses");
    let client = reqwest::Client::builder().pool_max_idle_per_host(64).timeout(Duration::from_secs(10)).build().unwrap();
    let count = (rate * seconds) as usize;
    let (send, mut answers) = tokio::sync::mpsc::unbounded_channel();
    let start = Instant::now();
    for i in 0..count {
        let due = start + Duration::from_secs_f64(i as f64 / rate);
        tokio::time::sleep_until(due.into()).await;
        let (client, addresses, send) = (client.clone(), addresses.clone(), send.clone());
        tokio::spawn(async move {
            // Packed as browsers ask for it; the bytes are counted as they come over the wire.
            let asked = client.get(&addresses[i % addresses.len()]).header("accept-encoding", "gzip").send().await;
            let bytes = match asked.and_then(reqwest::Response::error_for_status) {
                Ok(answer) => answer.bytes().await.ok().map(|b| b.len()),
                Err(_) => None,
            };
            let _ = send.send((due.elapsed().as_secs_f64() * 1e3, bytes));
        });
    }
    drop(send);
    let (mut waits, mut failed, mut bytes) = (Vec::with_capacity(count), 0usize, 0usize);
    while let Some((wait, answer)) = answers.recv().await {
        waits.push(wait);
        bytes += answer.unwrap_or(0);
        failed += usize::from(answer.is_none());
    }
    waits.sort_by(f64::total_cmp);
    let at = |share: f64| waits.get(((waits.len() as f64 * share) as usize).min(waits.len().saturating_sub(1))).copied().unwrap_or(0.0);
    println!(
        "{{\"requests\":{},\"failed\":{failed},\"p50_ms\":{:.2},\"p90_ms\":{:.2},\"p99_ms\":{:.2},\"most_ms\":{:.2},\"mean_kB\":{:.1}}}",
        waits.len(),
        at(0.5),
        at(0.9),
        at(0.99),
        at(1.0),
        bytes as f64 / 1e3 / waits.len().max(1) as f64
    );
}
