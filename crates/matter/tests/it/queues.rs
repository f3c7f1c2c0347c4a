//! The queueing simulation against the formula, and what it says.

use gongzhi_matter::{Definition, SimulationInput, simulate, simulate::day_minutes};

/// A matter of one working stage: `servers` people, an hour of work, nobody gives up.
fn one_stage(servers: u32) -> Definition {
    let mut files = crate::fixture("errand").0;
    let rule = format!(
        "\n[simulation]\neffort = {{ new = \"60m\" }}\nwaiting = {{ doing = \"1m\" }}\nservers = {{ new = {servers} }}\nweight = {{ stop = 0.0 }}\n"
    );
    files.get_mut("matter.toml").unwrap().push_str(&rule);
    crate::load(&files)
}

/// Erlang's C: the probability that a case must wait, `c` people, offered load `a`.
fn erlang_c(c: u32, a: f64) -> f64 {
    let mut b = 1.0;
    for n in 1..=c {
        b = a * b / (f64::from(n) + a * b);
    }
    let rho = a / f64::from(c);
    b / (1.0 - rho * (1.0 - b))
}

#[test]
fn waits_agree_with_erlang_c() {
    let calendar = crate::calendar();
    let day = day_minutes(&calendar);
    for (servers, rho) in [(1, 0.7), (3, 0.8), (8, 0.9)] {
        let definition = one_stage(servers);
        let per_minute = rho * f64::from(servers) / 60.0;
        // Several seeds together: one long run still strays by a few per cent.
        let (mut wait, mut busy) = (0.0, 0.0);
        let seeds = 8;
        for seed in 0..seeds {
            let input = SimulationInput { rate_per_day: per_minute * day, units: 4, days: 6000, seed };
            let report = simulate(&definition, input, &calendar);
            let stage = report.stages.iter().find(|s| s.stage == "new").unwrap();
            wait += stage.mean_wait_hours / seeds as f64;
            busy += stage.utilisation.unwrap() / seeds as f64;
            assert_eq!(report.opened, report.done + report.cancelled + report.open_at_end);
        }
        let expected = erlang_c(servers, rho * f64::from(servers)) / (f64::from(servers) - rho * f64::from(servers));
        println!("M/M/{servers} at {rho}: mean wait {wait:.4} h, Erlang C says {expected:.4} h; busy {busy:.4}");
        assert!((wait / expected - 1.0).abs() < 0.05, "M/M/{servers} at {rho}: {wait} h instead of {expected} h");
        assert!((busy - rho).abs() < 0.01, "busy {busy} instead of {rho}");
    }
}

#[test]
fn the_same_seed_gives_the_same_report_and_another_another() {
    let (calendar, definition) = (crate::calendar(), crate::fixture("joint").1);
    let run = |seed| simulate(&definition, SimulationInput { rate_per_day: 20.0, units: 17, days: 90, seed }, &calendar);
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn overload_jams_where_the_work_is_and_idle_does_not() {
    let (calendar, definition) = (crate::calendar(), crate::fixture("joint").1);
    let run = |rate_per_day| simulate(&definition, SimulationInput { rate_per_day, units: 5, days: 120, seed: 3 }, &calendar);
    let calm = run(1.0);
    assert!(calm.jams.is_empty(), "{:?}", calm.jams);
    let flood = run(30.0);
    let jam = flood.stages.iter().max_by_key(|s| s.queue_at_end).unwrap();
    assert_eq!(jam.stage, "handling");
    assert!(jam.utilisation.unwrap() > 0.99 && jam.queue_at_end > 1000, "{jam:?}");
    assert!(flood.jams[0].zh.contains("Handling") && flood.jams[0].en.contains("jams"), "{:?}", flood.jams);
    let late = flood.clocks.iter().find(|c| c.clock == "work").unwrap();
    assert!(late.late > 0.5 && flood.jams.iter().any(|j| j.en.contains("late")), "{late:?}");
    // Nobody opens anything: nothing divides by nothing.
    let empty = run(0.0);
    assert!(empty.opened == 0 && empty.mean_days == 0.0 && empty.jams.is_empty());
}
