//! The scenarios of every shipped matter hold, and together they touch everything it declares.

use gongzhi_matter::scenario;

#[test]
fn scenarios_pass_and_cover_everything_declared() {
    let mut failures = Vec::new();
    for (name, files) in crate::matters() {
        let definition = crate::load(&files);
        let report = scenario::run(&definition, &files, &crate::calendar()).unwrap_or_else(|faults| panic!("{name}: {faults:?}"));
        for result in &report.results {
            let mark = if result.failures.is_empty() { "ok  " } else { "FAIL" };
            println!("{mark} {name} {} {} / {}", result.file, result.name.zh, result.name.en);
            failures.extend(result.failures.iter().map(|f| format!("{name}: {} “{}”: {f}", result.file, result.name.en)));
        }
        for (_, what, share) in report.coverage.shares() {
            println!("{name} {what}: {} of {} covered", share.touched.len(), share.touched.len() + share.untouched.len());
            failures.extend(share.untouched.iter().map(|u| format!("{name}: {what} not covered: {u}")));
        }
        // Full coverage is what counts; a handful of courses is the least that can tell a story.
        if report.results.len() < 5 {
            failures.push(format!("{name} has only {} scenarios", report.results.len()));
        }
        if report.walks() != 1 {
            failures.push(format!("{name} has {} scenarios with walk = true instead of one", report.walks()));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn what_the_shipped_matters_say_of_each_other_is_so() {
    let all: Vec<_> = crate::matters().iter().map(|(_, files)| crate::load(files)).collect();
    let faults: Vec<String> = gongzhi_matter::gate_together(&all).iter().map(ToString::to_string).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
