//! The scenarios of every shipped matter hold, and together they touch everything it declares.

use gongzhi_matter::scenario;

#[test]
fn scenarios_pass_and_cover_everything_declared() {
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
        for (_, what, share) in coverage.shares() {
            println!(
                "{name} {what}: {} of {} covered; not: {:?}",
                share.touched.len(),
                share.touched.len() + share.untouched.len(),
                share.untouched
            );
        }
        assert!(failures.is_empty(), "{}", failures.join("\n"));
        assert!(report.results.len() >= 15, "{name} has {} scenarios", report.results.len());
        for (_, what, share) in coverage.shares() {
            assert!(share.untouched.is_empty(), "{name}: {what} not covered: {:?}", share.untouched);
        }
    }
}
