//! Sheets whose rows become cases: new, kept, gone, refused, and nothing done twice.

use gongzhi_app::lists::GivenList;
use gongzhi_civic::text::Language;
use gongzhi_store::cases::{self, CaseFilter};

use crate::house::{House, code, houses_with, made_up_matters};

fn sheet(csv: &str) -> GivenList {
    GivenList { campaign: "2026-11".into(), csv: csv.into(), ..GivenList::default() }
}

async fn give(house: &House, list: GivenList) -> (usize, usize, usize, Vec<(usize, String, String)>) {
    let report = house.app.take_list(&house.who("dispatcher").await, "joint", list, Language::Zh).await.unwrap();
    let rejected = report.rejected.iter().map(|r| (r.row, r.column.clone(), r.reason.zh.clone())).collect();
    (report.opened, report.kept, report.cured, rejected)
}

async fn number_of_cases(house: &House) -> i64 {
    cases::count(&house.app.database, &CaseFilter::default()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_become_cases_and_those_that_are_gone_leave_by_themselves() {
    for house in houses_with(made_up_matters()).await {
        let kind = house.place.kind();
        let first =
            "号牌,情况,死亡人数\n浙D11111,逾期未检验,\n浙D22222,逾期未检验,0\n浙D33333,逾期未检验,many\n,没有号牌,\n浙d·11111,重复,\n";
        let dry = GivenList { dry_run: true, ..sheet(first) };
        let said = give(&house, dry).await;
        assert_eq!(number_of_cases(&house).await, 0, "{kind}: a dry run opens nothing");
        let done = give(&house, sheet(first)).await;
        assert_eq!(said, done, "what was announced is what was done");
        assert_eq!((done.0, done.1, done.2), (2, 0, 0));
        let places: Vec<(usize, &str)> = done.3.iter().map(|(row, column, _)| (*row, column.as_str())).collect();
        assert_eq!(places, [(3, "死亡人数"), (4, "plate"), (5, "plate")], "row and column: {:?}", done.3);
        assert_eq!(give(&house, sheet(first)).await.0, 0, "the same sheet again opens nothing");
        assert_eq!(number_of_cases(&house).await, 2);

        // 11111 was dealt with and is gone; 33333 is still unreadable but present; 44444 is new.
        let second = "plate,words\n浙D22222,逾期未检验\n浙D44444,逾期未检验\n";
        let (opened, kept, cured, rejected) = give(&house, sheet(second)).await;
        assert_eq!((opened, kept, cured, rejected.len()), (1, 1, 1, 0), "{kind}");
        let campaigns = house.app.campaigns(&house.who("leader").await, "joint", Language::Zh).await.unwrap();
        let c = &campaigns["items"][0];
        assert_eq!((c["total"].as_i64(), c["open"].as_i64(), c["cured"].as_i64()), (Some(3), Some(2), Some(1)), "{c}");
        // The trouble is back: a new case, not the old one.
        let (opened, kept, cured, _) = give(&house, sheet("plate,words\n浙D11111,再次逾期\n浙D22222,x\n浙D44444,x\n")).await;
        assert_eq!((opened, kept, cured), (1, 2, 0));
        let csv = house.app.campaign_csv(&house.who("leader").await, "joint", "2026-11", Language::Zh).await.unwrap();
        let text = String::from_utf8(csv).unwrap();
        assert_eq!(text.lines().count(), 5, "{text}");
        assert!(text.starts_with('\u{feff}') && text.contains("浙D44444"));
        assert!(house.app.verify_ledger().await.unwrap().ok);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sheet_that_says_nothing_cures_nobody() {
    for house in houses_with(made_up_matters()).await {
        give(&house, sheet("plate,words\n浙D11111,x\n")).await;
        let dispatcher = house.who("dispatcher").await;
        for empty in ["plate,words\n", "plate,words\n,x\n", "colour\nred\n"] {
            assert_eq!(code(house.app.take_list(&dispatcher, "joint", sheet(empty), Language::Zh).await), "list_empty", "{empty}");
        }
        assert_eq!(code(house.app.take_list(&dispatcher, "errand", sheet("plate\nx\n"), Language::Zh).await), "no_list");
        assert_eq!(code(house.app.take_list(&house.who("leader").await, "joint", sheet("plate\nx\n"), Language::Zh).await), "forbidden");
        // A row that names the key but does not hold counts as present.
        let (opened, _, cured, rejected) = give(&house, sheet("plate,words,deaths\n浙D11111,x,many\n")).await;
        assert_eq!((opened, cured, rejected.len()), (0, 0, 1), "{}: a slip of the pen cures nobody", house.place.kind());
    }
}
