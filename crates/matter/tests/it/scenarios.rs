//! The scenarios of every shipped matter hold, and together they touch everything it declares.

use gongzhi_matter::scenario;

#[test]
fn scenarios_pass_and_cover_every_stage_action_rung_and_row() {
    for (name, files) in crate::matters() {
        let definition = crate::load(&files);
        let report = scenario::run(&definition, &files, &crate::calendar()).unwrap_or_else(|faults| panic!("{faults:?}"));
        let mut failures = Vec::new();
        for result in &report.results {
            let mark = if result.failures.is_empty() { "ok  " } else { "FAIL" };
            println!("{mark} {name} {} {} / {}", result.file, result.name.zh, result.name.en);
            failures.extend(result.failures.iter().map(|f| format!("{} “{}”: {f}", result.file, result.name.en)));
        }
        let coverage = &report.coverage;
        for (what, share) in
            [("stages", &coverage.stages), ("actions", &coverage.actions), ("rungs", &coverage.rungs), ("rows", &coverage.rows)]
        {
            println!(
                "{name} {what}: {} of {} covered; not: {:?}",
                share.touched.len(),
                share.touched.len() + share.untouched.len(),
                share.untouched
            );
        }
        assert!(failures.is_empty(), "{}", failures.join("\n"));
        assert!(report.results.len() >= 15, "{name} has {} scenarios", report.results.len());
        for share in [&coverage.stages, &coverage.actions, &coverage.rungs, &coverage.rows] {
            assert!(share.untouched.is_empty(), "{name}: not covered: {:?}", share.untouched);
        }
    }
}
