//! Importing: twice is once, a wrong file changes nothing, the sums are whole.

use std::io::Write as _;

use gongzhi_app::journal::Signature;
use gongzhi_civic::place::Point;
use gongzhi_road::datum::Datum;

use crate::house::{House, code, houses, town};

fn file(house: &House, name: &str, bytes: &[u8]) -> std::path::PathBuf {
    let path = house.place.folder.path().join(name);
    std::fs::File::create(&path).unwrap().write_all(bytes).unwrap();
    path
}

fn csv(rows: &[(&str, &str, Option<Point>)]) -> String {
    let mut text = String::from("警情编号,报警时间,警情类别,报警内容,地点,经度,纬度,报警电话\n");
    for (number, words, point) in rows {
        let (lon, lat) = point.map_or((String::new(), String::new()), |p| (p.lon.to_string(), p.lat.to_string()));
        text.push_str(&format!("{number},2026-11-18 08:30:00,,{words},,{lon},{lat},13900010001\n"));
    }
    text
}

async fn import(house: &House, path: &std::path::Path) -> Result<gongzhi_app::imports::SignalsImported, gongzhi_app::AppError> {
    let mapping = house.app.mapping("calls").unwrap();
    house.app.import_signals(&Signature::program(), path, "calls", &mapping, &|_| ()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_twice_changes_nothing_and_a_changed_row_is_replaced() {
    for house in houses().await {
        let x = town().point('X');
        let first = csv(&[("1", "胜利东路阳明北路路口追尾", None), ("2", "路灯不亮", Some(x)), ("3", "平江路违停", None)]);
        let path = file(&house, "a.csv", first.as_bytes());
        let report = import(&house, &path).await.unwrap();
        assert_eq!((report.summary.rows, report.summary.imported, report.new), (3, 3, 3), "{}", house.place.kind());
        assert_eq!(report.summary.rows, report.summary.imported + report.summary.rejected);
        assert_eq!(house.app.signals().entries().len(), 3);
        let again = import(&house, &path).await.unwrap();
        assert_eq!((again.new, again.changed, again.summary.unchanged), (0, 0, 3));
        let path = file(&house, "b.csv", first.replace("路灯不亮", "路灯全部不亮").as_bytes());
        let changed = import(&house, &path).await.unwrap();
        assert_eq!((changed.new, changed.changed, changed.summary.unchanged), (0, 1, 2));
        assert_eq!(house.app.signals().entries().len(), 3, "replaced, not added");
        let bad = csv(&[("4", "追尾", None)]).replace("2026-11-18 08:30:00", "明天早上");
        let report = import(&house, &file(&house, "c.csv", bad.as_bytes())).await.unwrap();
        assert_eq!((report.summary.rows, report.summary.imported, report.summary.rejected), (1, 0, 1));
        let listed = std::fs::read_to_string(report.reject_file.unwrap()).unwrap();
        assert!(listed.contains("明天早上") && listed.contains("报警时间"), "row, column, value, reason: {listed}");
        assert!(house.app.verify_ledger().await.unwrap().ok);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_file_is_refused_in_both_languages_and_changes_nothing() {
    for house in houses().await {
        // GB 18030 bytes where the mapping promises something else, and no table at all.
        let (gbk, _, _) = encoding_rs::SHIFT_JIS.encode("警情編号,報警時間\n1,テスト\n");
        assert!(!code(import(&house, &file(&house, "x.csv", &gbk)).await).is_empty());
        assert_eq!(code(import(&house, &file(&house, "y.csv", b"")).await), "empty_file");
        assert_eq!(code(import(&house, &house.place.folder.path().join("none.csv")).await), "file_unreadable");
        assert_eq!(code(house.app.mapping("no such mapping").map(|_| ())), "mapping_unknown");
        let osm = file(&house, "half.osm.pbf", &[0, 0, 0, 13, 10, 9, 79, 83, 77]);
        assert!(code(house.app.import_roads(&Signature::program(), &osm, Datum::Wgs84, &|_| ()).await).starts_with("road.import."));
        assert_eq!(house.app.signals().entries().len(), 0, "{}", house.place.kind());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn points_in_a_datum_they_do_not_claim_are_refused_with_the_likely_truth() {
    for house in houses().await {
        // Roads kilometres apart: a shift of half a kilometre stays inside the box and leaves the roads.
        let map = town().scale(1000.0);
        let roads = file(&house, "wide.osm", map.osm_xml().as_bytes());
        house.app.import_roads(&Signature::program(), &roads, Datum::Wgs84, &|_| ()).await.unwrap();
        // The mapping claims GCJ-02; these points are WGS-84.
        let rows: Vec<(String, Point)> = (0..120).map(|i| (i.to_string(), map.point(['W', 'X', 'E', 'N', 'S', 'T'][i % 6]))).collect();
        let rows: Vec<(&str, &str, Option<Point>)> = rows.iter().map(|(n, p)| (n.as_str(), "追尾", Some(*p))).collect();
        assert_eq!(house.app.mapping("calls").unwrap().datum(), Some(Datum::Gcj02));
        let outcome = import(&house, &file(&house, "shifted.csv", csv(&rows).as_bytes())).await;
        assert_eq!(code(outcome), "datum_contradicted", "{}", house.place.kind());
        assert_eq!(house.app.signals().entries().len(), 0, "nothing is kept");
    }
}
