use std::io::Write as _;
use std::ops::ControlFlow;

use gongzhi_civic::place::{Bounds, Point};
use gongzhi_civic::time::Timestamp;

use super::*;

const MAPPING: &str = r#"
[source]
name = "test"
title = { zh = "测试", en = "Test" }
licence = "none"
credit = "none"
[file]
encoding = ["utf-8"]
optional = ["phone"]
[signal]
kind = "call"
key = ["id"]
words = "{words}"
place_text = "{a}[ / {b}]"
caller_phone = "phone"
longest = 40
[time]
columns = ["at"]
formats = ["%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M"]
zone = "Asia/Shanghai"
earliest = "2000-01-01"
[class]
column = "class"
values = { "事故" = "accident" }
otherwise = "suggest"
[place]
lon = "lon"
lat = "lat"
datum = "wgs84"
[counts]
deaths = { columns = ["dead"] }
serious = { columns = ["serious"] }
slight = { columns = ["slight"] }
[severity]
above_zero = [{ count = "deaths", is = "fatal" }, { count = "serious", is = "serious" }, { count = "slight", is = "slight" }]
otherwise = "damage"
[attributes]
note = "note"
[[skip]]
column = "class"
values = ["删除"]
because = { zh = "已删除的记录", en = "a deleted record" }
"#;

const HEADER: &str = "id,at,class,words,a,b,lon,lat,dead,serious,slight,note,phone\n";

fn mapping(text: &str) -> Mapping {
    Mapping::from_toml(text).unwrap_or_else(|e| panic!("{e}"))
}

fn run_with(bytes: &[u8], mapping: &Mapping, options: &Options) -> Result<(Summary, Vec<Draft>, Vec<Reject>), Refusal> {
    let (mut drafts, mut rejects) = (Vec::new(), Vec::new());
    let summary = read(bytes, mapping, options, &mut |outcome| {
        match outcome {
            Outcome::Draft(draft) => drafts.push(*draft),
            Outcome::Reject(reject) => rejects.push(reject),
        }
        ControlFlow::Continue(())
    })?;
    assert_eq!(summary.rows, summary.imported + summary.rejected);
    assert_eq!((drafts.len() as u64, rejects.len() as u64), (summary.imported, summary.rejected));
    Ok((summary, drafts, rejects))
}

fn run(rows: &str) -> (Summary, Vec<Draft>, Vec<Reject>) {
    run_with(format!("{HEADER}{rows}").as_bytes(), &mapping(MAPPING), &Options::default()).unwrap()
}

fn refusal(bytes: &[u8], mapping: &Mapping) -> Refusal {
    run_with(bytes, mapping, &Options::default()).unwrap_err()
}

#[test]
fn a_row_becomes_a_draft() {
    let (summary, drafts, _) = run("J1,2026-03-01 08:30,事故,追尾,中兴大道,平江路,120.5,30.0,0,1,2,x,13900010001\n");
    assert_eq!(summary.unplaced, 0);
    let d = &drafts[0];
    assert_eq!((d.source.as_str(), d.source_key.as_str(), d.row_number), ("test", "J1", 2));
    assert_eq!(d.at, Timestamp("2026-03-01T08:30+08".parse::<jiff::Timestamp>().unwrap().as_millisecond()));
    assert_eq!(d.class.as_deref(), Some("accident"));
    assert_eq!(d.place_text.as_deref(), Some("中兴大道 / 平江路"));
    assert_eq!(d.point, Some(Point::new(120.5, 30.0)));
    assert_eq!((d.severity, d.deaths, d.serious, d.slight, d.injured), (Some(Severity::Serious), Some(0), Some(1), Some(2), Some(3)));
    assert_eq!(d.caller_phone.as_ref().unwrap().expose(), "13900010001");
    assert!(!format!("{d:?}").contains("13900010001"), "printing a draft does not show the number");
    assert_eq!(d.attributes["note"], "x");
}

#[test]
fn every_bad_row_is_rejected_with_its_reason_and_line() {
    let (summary, drafts, rejects) = run(concat!(
        ",2026-03-01 08:30,,w,a,,120.5,30,0,0,0,,\n",
        "1,2026-13-01 08:30,,w,a,,120.5,30,0,0,0,,\n",
        "2,1999-03-01 08:30,,w,a,,120.5,30,0,0,0,,\n",
        "3,2026-03-01 08:30,,w,,,0,0,0,0,0,,\n",
        "4,2026-03-01 08:30,,w,a,,120.5,30,-1,0,0,,\n",
        "5,2026-03-01 08:30,,w,a,,120.5,30,two,0,0,,\n",
        "6,2026-03-01 08:30,,w,a,,120.5,30,99999,0,0,,\n",
        "7,2026-03-01 08:30,,w,a\n",
        "8,2026/3/1 8:30,,ok,a,,120.5,30,0,0,0,,\n",
        "8,2026-03-01 08:31,,again,a,,120.5,30,0,0,0,,\n",
        "9,2026-03-01 08:30,删除,w,a,,120.5,30,0,0,0,,\n",
        "10,2026-03-01 08:30,,01234567890123456789012345678901234567890,a,,120.5,30,0,0,0,,\n",
    ));
    let found: Vec<_> = rejects.iter().map(|r| (r.row, r.reason.code())).collect();
    let expected = [
        (2, "missing_key"),
        (3, "unreadable_time"),
        (4, "time_too_early"),
        (5, "no_place"),
        (6, "negative_number"),
        (7, "unreadable_number"),
        (8, "implausible_number"),
        (9, "wrong_field_count"),
        (11, "duplicate_key"),
        (12, "filtered"),
        (13, "overlong"),
    ];
    assert_eq!(found, expected);
    assert_eq!((summary.rows, drafts.len(), drafts[0].words.as_str()), (12, 1, "ok"));
    for reject in &rejects {
        let text = reject.reason.text();
        assert!(!text.zh.is_empty() && !text.en.is_empty());
    }
    assert_eq!(rejects[10].value, "012************************************90", "long numbers are masked");
}

#[test]
fn wrong_coordinates_leave_a_row_with_a_street_unplaced() {
    let rows = "1,2026-03-01 08:30,,w,a,,-51189.0,30,0,0,0,,\n2,2026-03-01 08:30,,w,a,,x,30,0,0,0,,\n3,2026-03-01 08:30,,w,a,,,,0,0,0,,\n4,2026-03-01 08:30,,w,a,,99,10,0,0,0,,\n";
    let city = Options { bounds: Some(Bounds { west: 120.0, south: 29.8, east: 121.0, north: 30.2 }), ..Options::default() };
    let (summary, drafts, _) = run_with(format!("{HEADER}{rows}").as_bytes(), &mapping(MAPPING), &city).unwrap();
    assert_eq!((summary.imported, summary.unplaced), (4, 4));
    let notes: Vec<_> = drafts.iter().map(|d| d.notes[0].reason.code()).collect();
    assert_eq!(notes, ["coordinate_out_of_range", "unreadable_coordinate", "no_coordinates", "outside_area"]);
    let strict = MAPPING.replace("datum = \"wgs84\"", "datum = \"wgs84\"\nwrong = \"reject\"");
    let (summary, ..) = run_with(format!("{HEADER}{rows}").as_bytes(), &mapping(&strict), &city).unwrap();
    assert_eq!((summary.imported, summary.rejected), (1, 3), "an empty coordinate is no wrong one");
}

#[test]
fn the_datum_is_undone() {
    let gcj = MAPPING.replace("\"wgs84\"", "\"gcj02\"");
    let row = "1,2026-03-01 08:30,,w,a,,120.5,30.0,0,0,0,,\n";
    let (_, drafts, _) = run_with(format!("{HEADER}{row}").as_bytes(), &mapping(&gcj), &Options::default()).unwrap();
    let moved = gongzhi_civic::place::haversine_m(drafts[0].point.unwrap(), Point::new(120.5, 30.0));
    assert!((100.0..700.0).contains(&moved), "{moved}");
}

#[test]
fn reading_twice_gives_the_same_keys_and_hashes_and_twins_stay_apart() {
    let by_content = mapping(&MAPPING.replace("key = [\"id\"]", "key = []"));
    let twin = "J1,2026-03-01 08:30,,w,a,,120.5,30,0,0,0,,\n";
    let file = format!("{HEADER}{twin}{twin}J2,2026-03-01 08:30,,w,a,,120.5,30,0,0,0,,\n");
    let read = || run_with(file.as_bytes(), &by_content, &Options::default()).unwrap().1;
    let (first, second) = (read(), read());
    assert_eq!(first, second);
    assert_ne!(first[0].source_key, first[1].source_key);
    assert_eq!(first[0].content_hash, first[1].content_hash);
    // The order of other rows does not matter for the keys.
    let turned = format!("{HEADER}J2,2026-03-01 08:30,,w,a,,120.5,30,0,0,0,,\n{twin}{twin}");
    let keys = |drafts: &[Draft]| drafts.iter().map(|d| d.source_key.clone()).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(keys(&run_with(turned.as_bytes(), &by_content, &Options::default()).unwrap().1), keys(&first));
    let (_, changed, _) = run("J1,2026-03-01 08:30,,other words,a,,120.5,30,0,0,0,,\n");
    let (_, before, _) = run("J1,2026-03-01 08:30,,w,a,,120.5,30,0,0,0,,\n");
    assert_eq!(changed[0].source_key, before[0].source_key);
    assert_ne!(changed[0].content_hash, before[0].content_hash);
}

#[test]
fn a_wrong_encoding_is_refused_with_place_and_likely_encoding() {
    let file = format!("{HEADER}J1,2026-03-01 08:30,,中兴大道追尾，请派人处理,a,,120.5,30,0,0,0,,\n");
    let (gbk, ..) = encoding_rs::GB18030.encode(&file);
    match refusal(&gbk, &mapping(MAPPING)) {
        Refusal::NotInEncoding { offset, line, likely, .. } => {
            assert_eq!((offset, line), (file.find('中').unwrap() as u64, 2));
            assert_eq!(likely.as_deref(), Some("GB18030"));
        }
        other => panic!("{other:?}"),
    }
    let declared = mapping(&MAPPING.replace("[\"utf-8\"]", "[\"gb18030\"]"));
    let (_, drafts, _) = run_with(&gbk, &declared, &Options::default()).unwrap();
    assert_eq!(drafts[0].words, "中兴大道追尾，请派人处理");
    // The reverse mistake would decode into nonsense without an error of its own.
    for declared in ["gb18030", "latin1"] {
        let wrong = mapping(&MAPPING.replace("[\"utf-8\"]", &format!("[\"{declared}\"]")));
        assert!(matches!(refusal(file.as_bytes(), &wrong), Refusal::NotInEncoding { likely: Some(l), .. } if l == "UTF-8"), "{declared}");
    }
    let either = mapping(&MAPPING.replace("[\"utf-8\"]", "[\"utf-8\", \"gb18030\"]"));
    let (summary, ..) = run_with(&gbk, &either, &Options::default()).unwrap();
    assert_eq!(summary.encoding, "gb18030");
    let (japanese, ..) = encoding_rs::SHIFT_JIS.encode("id,ひらがなのテスト\n");
    assert!(matches!(refusal(&japanese, &mapping(MAPPING)), Refusal::NotInEncoding { likely: Some(l), .. } if l == "Shift_JIS"));
    let marked: Vec<u8> = [0xFF, 0xFE].into_iter().chain(file.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert!(matches!(refusal(&marked, &mapping(MAPPING)), Refusal::NotInEncoding { likely: Some(l), .. } if l == "UTF-16LE"));
    let wide = mapping(&MAPPING.replace("[\"utf-8\"]", "[\"utf-16le\"]"));
    assert_eq!(run_with(&marked, &wide, &Options::default()).unwrap().1[0].words, "中兴大道追尾，请派人处理");
}

#[test]
fn encoding_does_not_depend_on_where_chunks_end() {
    // Multi-byte characters across every boundary of the 64 KiB chunks.
    let filler = "J,2026-03-01 08:30,,急,a,,120.5,30,0,0,0,,\n";
    let many: String = (0..6000).map(|i| filler.replacen('J', &format!("J{i}"), 1)).collect();
    for shift in 0..3 {
        let file = format!("{}{HEADER}{many}", "\n".repeat(shift));
        let (summary, drafts, _) = run_with(file.as_bytes(), &mapping(MAPPING), &Options::default()).unwrap();
        assert_eq!(summary.imported, 6000);
        assert!(drafts.iter().all(|d| d.words == "急"));
    }
}

#[test]
fn a_header_without_a_mapped_column_is_refused_by_name() {
    match refusal(b"id,at,words\n1,2,3\n", &mapping(MAPPING)) {
        Refusal::MissingColumns { missing, found } => {
            assert!(missing.contains(&"lon".to_owned()) && !missing.contains(&"phone".to_owned()));
            assert_eq!(found, ["id", "at", "words"]);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(refusal(b"", &mapping(MAPPING)), Refusal::Empty);
    let double = HEADER.replace("note", "id");
    assert!(
        matches!(refusal(double.as_bytes(), &mapping(&MAPPING.replace("note = \"note\"", ""))), Refusal::DoubleColumn { column } if column == "id")
    );
}

#[test]
fn packed_files_are_unpacked_and_cut_ones_refused() {
    let file = format!("\u{FEFF}{HEADER}J1,2026-03-01 08:30,,追尾,a,,120.5,30,0,0,0,,\r\n");
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(file.as_bytes()).unwrap();
    let gz = gz.finish().unwrap();
    let mut xz = xz2::write::XzEncoder::new(Vec::new(), 1);
    xz.write_all(file.as_bytes()).unwrap();
    let xz = xz.finish().unwrap();
    let (_, plain, _) = run_with(file.as_bytes(), &mapping(MAPPING), &Options::default()).unwrap();
    for packed in [&gz, &xz] {
        let (summary, drafts, _) = run_with(packed, &mapping(MAPPING), &Options::default()).unwrap();
        assert_eq!(drafts, plain);
        assert_eq!(summary.bytes, packed.len() as u64);
        let cut = refusal(&packed[..packed.len() - 9], &mapping(MAPPING));
        assert!(matches!(cut, Refusal::BrokenCompression { .. }), "{cut:?}");
    }
    assert!(matches!(refusal(b"PK\x03\x04xlsx", &mapping(MAPPING)), Refusal::NotText { .. }));
}

#[test]
fn an_unclosed_quote_does_not_swallow_the_file() {
    let file = format!("{HEADER}J1,2026-03-01 08:30,,\"open,{}", "x,y\n".repeat(2_000_000));
    assert_eq!(refusal(file.as_bytes(), &mapping(MAPPING)), Refusal::EndlessRecord { line: 2 });
    let short = format!("{HEADER}J1,2026-03-01 08:30,,\"open,{}", "x,y\n".repeat(1000));
    assert_eq!(refusal(short.as_bytes(), &mapping(MAPPING)), Refusal::EndlessRecord { line: 2 });
}

#[test]
fn text_is_kept_but_control_and_reordering_marks_are_not() {
    let (_, drafts, _) = run("J1,2026-03-01 08:30,,\"<b>x</b>\u{7}\u{202E}\ny\",a,,120.5,30,0,0,0,,\n");
    assert_eq!(drafts[0].words, "<b>x</b> \ny");
}

#[test]
fn a_local_time_that_summer_time_skipped_is_noted() {
    let text = MAPPING.replace("Asia/Shanghai", "America/Sao_Paulo");
    let file = format!("{HEADER}J1,2013-10-20 00:01,,w,a,,120.5,30,0,0,0,,\n");
    let (summary, drafts, _) = run_with(file.as_bytes(), &mapping(&text), &Options::default()).unwrap();
    assert_eq!(summary.notes["time_in_gap"], 1);
    assert_eq!(drafts[0].at.to_jiff().to_string(), "2013-10-20T03:01:00Z");
}

#[test]
fn a_time_after_now_is_rejected_and_a_sink_can_stop() {
    let file = format!("{HEADER}1,2026-03-01 08:30,,w,a,,120.5,30,0,0,0,,\n");
    let options = Options { latest: Some(Timestamp(1_700_000_000_000)), ..Options::default() };
    let (_, _, rejects) = run_with(file.as_bytes(), &mapping(MAPPING), &options).unwrap();
    assert_eq!(rejects[0].reason.code(), "time_in_future");
    let stopped = read(file.as_bytes(), &mapping(MAPPING), &Options::default(), &mut |_| ControlFlow::Break(()));
    assert_eq!(stopped.unwrap_err(), Refusal::Stopped { line: 2 });
}

#[test]
fn the_reject_file_opens_in_a_spreadsheet_and_runs_nothing() {
    let (_, _, rejects) = run("=cmd(),bad,,w,a,,120.5,30,0,0,0,,\n1,2026-03-01 08:30,,w,,,-30826.0,0,0,0,0,,\n");
    let bytes = reject_csv(&rejects);
    assert!(bytes.starts_with(b"\xEF\xBB\xBF"));
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains("2,at,bad,unreadable_time,时间无法识别,the time cannot be read"), "{text}");
    assert!(text.contains("no_place"));
    let formula = Reject { row: 9, column: "id".into(), value: "=1+1".into(), reason: reject::Reason::MissingKey };
    assert!(String::from_utf8(reject_csv(&[formula])).unwrap().contains("'=1+1"));
}

#[test]
fn linked_rows_are_joined_and_missing_files_stated() {
    let text = format!(
        "{}\n[linked.people]\nfiles = \"people-{{year}}.csv\"\nkey = \"ref\"\nmain_key = \"id\"\nkeep = {{ role = \"role\" }}\n",
        MAPPING.replace("deaths = { columns = [\"dead\"] }", "deaths = { linked = \"people\", column = \"outcome\", value = \"dead\" }")
    );
    let mapping = mapping(&text);
    let mut tables = LinkedTables::default();
    let people = "ref,role,outcome\n1,driver,dead\n1,walker,dead\n1,rider,hurt\n9,nobody,dead\n";
    assert_eq!(tables.add(&mapping, "people", Some(2026), "people-2026.csv", people.as_bytes()).unwrap(), 4);
    let rows =
        "1,2026-03-01 08:30,,w,a,,120.5,30,0,0,0,,\n2,2026-03-01 08:30,,w,a,,120.5,30,0,0,0,,\n3,2025-03-01 08:30,,w,a,,120.5,30,0,0,0,,\n";
    let options = Options { linked: Some(&tables), ..Options::default() };
    let (summary, drafts, _) = run_with(format!("{HEADER}{rows}").as_bytes(), &mapping, &options).unwrap();
    assert_eq!(drafts.iter().map(|d| d.deaths).collect::<Vec<_>>(), [Some(2), Some(0), None]);
    assert_eq!(drafts[0].attributes["people"][1]["role"], "walker");
    let used = &summary.linked[0];
    assert_eq!((used.rows, used.joined, used.rows_without, used.missing_years.as_slice()), (4, 3, 1, &[2025][..]));
    let broken = tables.add(&mapping, "people", Some(2024), "people-2024.csv", "a,b\n".as_bytes()).unwrap_err();
    assert_eq!(broken.code(), "linked_table");
}

#[test]
fn a_faulty_mapping_names_line_and_fault() {
    let fault = |text: &str| Mapping::from_toml(text).unwrap_err();
    let unknown = fault(&MAPPING.replace("longest = 40", "longst = 40"));
    assert_eq!((unknown.code, unknown.line), ("toml", 16));
    assert!(unknown.message.en.contains("longst"), "{unknown}");
    assert_eq!(fault(&MAPPING.replace("Asia/Shanghai", "Asia/Shangri-La")).code, "zone");
    let encoding = fault(&MAPPING.replace("[\"utf-8\"]", "[\"utf-9\"]"));
    assert_eq!((encoding.code, encoding.line), ("encoding", 8));
    assert_eq!(fault(&MAPPING.replace("{a}[ / {b}]", "{a}[ / {b}")).code, "template");
    assert_eq!(fault(&MAPPING.replace("%Y-%m-%d %H:%M\"", "%Y-%m-%d %K:%M\"")).code, "time");
    assert_eq!(fault(&MAPPING.replace("datum = \"wgs84\"", "")).code, "toml", "the datum has no default");
}

#[test]
fn all_bundled_mappings_are_sound_and_state_licence_and_credit() {
    for name in bundled_names() {
        let mapping = mapping(bundled(name).unwrap());
        assert_eq!(mapping.source(), name);
        assert!(!mapping.licence().is_empty() && !mapping.credit().is_empty());
        assert!(!mapping.title().zh.is_empty() && !mapping.title().en.is_empty());
        assert_eq!(mapping.synthetic(), name.starts_with("demo-"));
    }
}
