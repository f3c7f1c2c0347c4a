//! The bundled mappings on the real files they were written for.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;

use super::*;

struct Run {
    summary: Summary,
    drafts: Vec<Draft>,
    rejects: Vec<Reject>,
}

fn file(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("GONGZHI_TEST_DATA")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let path = root.join(path);
    if path.exists() {
        return Some(path);
    }
    eprintln!("SKIPPED: {} is not there; set GONGZHI_TEST_DATA", path.display());
    None
}

fn run(mapping: &str, path: &std::path::Path) -> Run {
    let mapping = Mapping::from_toml(bundled(mapping).unwrap()).unwrap();
    let (mut drafts, mut rejects) = (Vec::new(), Vec::new());
    let summary = read_path(path, &mapping, &Options::default(), &mut |outcome| {
        match outcome {
            Outcome::Draft(draft) => drafts.push(*draft),
            Outcome::Reject(reject) => rejects.push(reject),
        }
        ControlFlow::Continue(())
    })
    .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    assert_eq!(summary.rows, summary.imported + summary.rejected);
    eprintln!(
        "{}: rows {} imported {} rejected {} unplaced {} encoding {} rejects {:?} notes {:?}",
        path.file_name().unwrap().to_string_lossy(),
        summary.rows,
        summary.imported,
        summary.rejected,
        summary.unplaced,
        summary.encoding,
        summary.rejects,
        summary.notes
    );
    let keys: std::collections::HashSet<&str> = drafts.iter().map(|d| d.source_key.as_str()).collect();
    assert_eq!(keys.len(), drafts.len(), "keys are unique");
    Run { summary, drafts, rejects }
}

fn notes(pairs: &[(&str, u64)]) -> BTreeMap<String, u64> {
    pairs.iter().map(|(code, n)| ((*code).to_owned(), *n)).collect()
}

fn by_severity(drafts: &[Draft]) -> [usize; 4] {
    [Severity::Fatal, Severity::Serious, Severity::Slight, Severity::Damage]
        .map(|s| drafts.iter().filter(|d| d.severity == Some(s)).count())
}

#[test]
fn porto_alegre_all_years() {
    let mut total = 0;
    #[allow(clippy::type_complexity)] // a table, read once
    let years: [(u32, u64, &str, &[(&str, u64)]); 5] = [
        (2011, 23_567, "UTF-8", &[("coordinate_out_of_range", 25), ("outside_area", 2)]),
        // Two crashes of 20 October 2013, 00:01: that hour did not exist, as the file itself remarks.
        (2013, 20_799, "macintosh", &[("coordinate_out_of_range", 33), ("time_in_gap", 2)]),
        (2014, 17_204, "UTF-8", &[("coordinate_out_of_range", 35), ("outside_area", 1)]),
        (2015, 19_183, "UTF-8", &[("coordinate_out_of_range", 19), ("outside_area", 1)]),
        (2016, 12_511, "UTF-8", &[]),
    ];
    for (year, rows, encoding, noted) in years {
        let Some(path) = file(&format!("crash/porto_alegre/acidentes-{year}.csv.xz")) else { return };
        let run = run("porto-alegre-crashes", &path);
        assert_eq!((run.summary.rows, run.summary.encoding.as_str()), (rows, encoding));
        assert_eq!(run.rejects, [], "every row has a time and a street or a point");
        assert_eq!(run.summary.notes, notes(noted));
        assert!(run.drafts.iter().all(|d| d.point.is_some() || d.place_text.is_some()));
        for draft in &run.drafts {
            let score = draft.attributes["severity_score"].as_i64().unwrap();
            let agrees = match draft.severity.unwrap() {
                Severity::Fatal => score == 13,
                Severity::Serious | Severity::Slight => score == 5,
                Severity::Damage => score == 1,
            };
            assert!(agrees, "{draft:?}");
        }
        total += run.summary.rows;
    }
    assert_eq!(total, 93_264);
}

#[test]
fn porto_alegre_2016_in_full() {
    let Some(path) = file("crash/porto_alegre/acidentes-2016-full-columns.csv.xz") else { return };
    let run = run("porto-alegre-crashes-2016-full", &path);
    assert_eq!((run.summary.rows, run.summary.rejected, run.summary.unplaced), (12_515, 0, 0));
    assert_eq!(run.summary.notes, notes(&[("axes_swapped", 8), ("lost_point_restored", 1257)]));
    let Some(yearly) = file("crash/porto_alegre/acidentes-2016.csv.xz") else { return };
    let yearly = self::run("porto-alegre-crashes", &yearly);
    let place = |d: &Draft| (d.at, d.place_text.clone());
    let at: std::collections::HashMap<_, _> = yearly.drafts.iter().map(|d| (place(d), d.point.unwrap())).collect();
    let apart = |d: &&Draft| at.get(&place(d)).is_some_and(|p| gongzhi_civic::place::haversine_m(*p, d.point.unwrap()) > 1.0);
    // Moved back, both editions agree; what remains are different crashes of one minute and street.
    assert!(run.drafts.iter().filter(apart).count() < 100, "{}", run.drafts.iter().filter(apart).count());
    assert_eq!(run.drafts[0].source_key, "623243");
    assert_eq!(run.drafts[0].place_text.as_deref(), Some("R ARAPEI / R COMANDAI"));
}

#[test]
fn japan_eight_districts() {
    let districts = ["10_sapporo", "22_miyagi", "40_ibaraki", "48_nagano", "61_kyoto", "72_okayama", "73_hiroshima", "95_miyazaki"];
    let (mut rows, mut deaths, mut fatal, mut unplaced) = (0, 0, 0, 0);
    for district in districts {
        let Some(path) = file(&format!("crash/japan/npa_2019_2021_{district}.csv.xz")) else { return };
        let run = run("japan-npa-crashes", &path);
        assert_eq!(run.rejects, []);
        rows += run.summary.rows;
        unplaced += run.summary.unplaced;
        fatal += by_severity(&run.drafts)[0];
        deaths += run.drafts.iter().map(|d| d.deaths.unwrap()).sum::<u32>();
    }
    // 1,408 with one, 26 with two and 3 with three dead; 15 without coordinates.
    assert_eq!((rows, unplaced, fatal, deaths), (127_310, 15, 1437, 1408 + 52 + 9));
}

#[test]
fn edinburgh_with_its_casualties_and_vehicles() {
    let Some(path) = file("crash/edinburgh/accident-2010-13-geocoded.csv.xz") else { return };
    let run = run("edinburgh-crashes", &path);
    assert_eq!((run.summary.rows, run.summary.rejected, run.summary.unplaced), (4074, 0, 0));
    assert_eq!(by_severity(&run.drafts), [31, 523, 3520, 0]);
    let linked = &run.summary.linked;
    assert_eq!((linked[0].table.as_str(), linked[0].rows, linked[0].joined), ("casualties", 4131, 4131));
    assert_eq!((linked[1].table.as_str(), linked[1].rows, linked[1].joined), ("vehicles", 5992, 5992));
    assert_eq!((linked[0].missing_years.as_slice(), linked[0].rows_without), (&[2013][..], 555));
    // 4 + 10 + 13 dead, 130 + 166 + 188 seriously injured in the casualty files of 2010 to 2012.
    let sum = |count: fn(&Draft) -> Option<u32>| run.drafts.iter().filter_map(count).sum::<u32>();
    assert_eq!((sum(|d| d.deaths), sum(|d| d.serious), sum(|d| d.slight)), (27, 484, 3620));
    let without = run.drafts.iter().filter(|d| d.deaths.is_none()).count();
    assert_eq!(without, 555, "unknown stays unknown");
}

#[test]
fn boston_requests() {
    let categories = [
        "Abandoned_Vehicles",
        "Bicycle_Issues",
        "Call_Log",
        "General_Traffic_Engineering_Request",
        "Highway_Maintenance",
        "New_Sign_Crosswalk_or_Pavement_Marking",
        "Sidewalk_Repair__Make_Safe_",
        "Sign_Repair",
        "Street_Light_Outages",
        "Traffic_Signal_Inspection",
    ];
    let (mut rows, mut unplaced) = (0, 0);
    for category in categories {
        let Some(path) = file(&format!("requests/boston_311_2015/{category}.csv.xz")) else { return };
        let run = run("boston-311", &path);
        assert_eq!(run.rejects, []);
        let expected = if run.summary.unplaced == 0 { BTreeMap::new() } else { notes(&[("no_coordinates", run.summary.unplaced)]) };
        assert_eq!(run.summary.notes, expected);
        let order = run.drafts.iter().filter(|d| d.class.as_deref() == Some("order")).count();
        assert_eq!(order, if category == "Abandoned_Vehicles" { run.drafts.len() } else { 0 });
        rows += run.summary.rows;
        unplaced += run.summary.unplaced;
    }
    assert_eq!((rows, unplaced), (24_433, 2433));
}

#[test]
fn court_texts_on_crashes_are_heard_as_accidents() {
    let Some(path) = file("requests/zh_crash_ner/train.txt.xz") else { return };
    let classes = include_str!("../../../../city/classes.toml");
    let classifier = gongzhi_civic::classification::Classifier::from_toml(classes).unwrap();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut xz2::read::XzDecoder::new(std::fs::File::open(path).unwrap()), &mut text).unwrap();
    // One character a line, an empty line between texts; those that tell of the crash itself, not of its proofs.
    let texts = text.split("\n\n").map(|t| t.lines().filter_map(|l| l.split_whitespace().next()).collect::<String>());
    let told: Vec<String> = texts.filter(|t| t.contains("发生") || t.contains("行驶至")).collect();
    let heard = told.iter().filter(|t| classifier.suggest(t).class == "accident").count();
    eprintln!("court texts: {heard} of {} heard as accidents", told.len());
    assert!(told.len() > 200 && heard * 100 >= told.len() * 90, "{heard} of {}", told.len());
}
