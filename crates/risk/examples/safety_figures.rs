//! Times and answers of the negative binomial regression on data of another program's making: `bench/risk/safety.py`.
//!
//! `safety_figures N COLUMNS ROUNDS FILE` reads little-endian doubles: N counts, then COLUMNS columns of N values (no constant), and
//! prints one line of JSON: CPU seconds of all threads, coefficients, standard errors, k, log-likelihood.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::time::Instant;

use gongzhi_risk::safety::regression::{Column, Observations, fit};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [n, columns, rounds, file] = args.as_slice() else { return Err("usage: safety_figures N COLUMNS ROUNDS FILE".into()) };
    let (n, width, rounds): (usize, usize, usize) = (n.parse()?, columns.parse()?, rounds.parse()?);
    let bytes = std::fs::read(file)?;
    let values: Vec<f64> = bytes.as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b)).collect();
    if values.len() != n * (width + 1) {
        return Err(format!("{} values for {n} counts and {width} columns", values.len()).into());
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // counts, written as doubles
    let counts: Vec<u64> = values[..n].iter().map(|v| *v as u64).collect();
    let columns: Vec<Column> =
        (0..width).map(|c| Column { name: format!("x{}", c + 1), values: values[(c + 1) * n..(c + 2) * n].to_vec() }).collect();
    let observations = Observations { counts: &counts, columns: &columns, offset: None, dispersion_scale: None, groups: None };
    let (mut cpu, mut wall) = (Vec::new(), Vec::new());
    let mut answer = None;
    for _ in 0..rounds.max(1) {
        let (before, start) = (cpu_seconds()?, Instant::now());
        answer = Some(fit(&observations)?);
        wall.push(start.elapsed().as_secs_f64());
        cpu.push(cpu_seconds()? - before);
    }
    let answer = answer.ok_or("no round")?;
    let values: Vec<f64> = answer.coefficients.iter().map(|c| c.value).collect();
    let errors: Vec<f64> = answer.coefficients.iter().map(|c| c.standard_error).collect();
    let spread = answer.dispersion.first().ok_or("no k")?;
    println!(
        r#"{{"cpu_s":{:.4},"wall_s":{:.4},"coefficients":{values:?},"standard_errors":{errors:?},"k":{:?},"k_error":{:?},"log_likelihood":{:?},"rounds":{}}}"#,
        median(&mut cpu),
        median(&mut wall),
        spread.k,
        spread.standard_error.unwrap_or(0.0),
        answer.log_likelihood,
        answer.rounds,
    );
    Ok(())
}

/// User and system time of all threads of this process.
fn cpu_seconds() -> Result<f64, Box<dyn Error>> {
    let mut total = 0_u64;
    for task in std::fs::read_dir("/proc/self/task")? {
        let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
        total += text.split_whitespace().next().ok_or("schedstat is empty")?.parse::<u64>()?;
    }
    Ok(total as f64 / 1e9)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
