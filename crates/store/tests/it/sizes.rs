//! Lists made of branches and bounded counts say the same as a plain look at every case.

use gongzhi_store::Database;
use gongzhi_store::bulk::{self, History};
use gongzhi_store::calendars::{self, Moved};
use gongzhi_store::cases::{self, CaseFilter, CaseRow, Order, TOTAL_BOUND, Total};
use gongzhi_testkit::databases::both;

use crate::{case, event};

const BASES: [&str; 8] = ["intake", "locate", "route", "handle", "review", "hold", "done", "cancelled"];
const UNITS: [&str; 4] = ["u", "v", "w", "x"];
const MATTERS: [&str; 3] = ["m", "n", "o"];
const NOW: i64 = 500;

/// A case that depends on its number alone, spread over everything that filters ask.
fn spread(i: i64) -> History {
    let pick = |n: i64, of: usize| usize::try_from((i * 7919 + n * 104_729) / 13 % i64::try_from(of).unwrap()).unwrap();
    let base = BASES[pick(1, 8)];
    let ended = matches!(base, "done" | "cancelled");
    let unit = (pick(2, 5) > 0).then(|| UNITS[pick(3, 4)]);
    let row = CaseRow {
        matter: MATTERS[pick(4, 3)].into(),
        base: base.into(),
        closed_at: ended.then_some(900),
        due_at: (!ended && pick(5, 4) > 0).then_some(i64::try_from(pick(6, 1000)).unwrap()),
        late: ended && pick(7, 3) == 0,
        stage: format!("s{}", pick(14, 4)),
        category: (pick(15, 4) > 0).then(|| format!("k{}", pick(16, 2))),
        area_key: Some(format!("a:{}", pick(8, 3))),
        search: format!("n-{i} {}", ["路灯", "护栏", "标线"][pick(9, 3)]),
        subject_key: (pick(10, 9) == 0).then(|| format!("S{}", pick(11, 5))),
        // Several are opened in the same millisecond.
        ..case(&format!("{i:04}"), unit, i / 3)
    };
    let mut units: Vec<String> = unit.into_iter().chain([UNITS[pick(12, 4)]]).map(str::to_owned).collect();
    units.sort();
    units.dedup();
    let events = vec![event(&format!("case:{}", row.id), 1), event(&format!("case:{}", row.id), 2)];
    History { case: row, events, open_parts: if pick(13, 6) == 0 { units.clone() } else { Vec::new() }, units, ..History::default() }
}

/// What the filter means, said plainly.
fn holds(h: &History, f: &CaseFilter) -> bool {
    let c = &h.case;
    let within = |list: &[String], value: &str| list.is_empty() || list.iter().any(|v| v == value);
    let has = |list: &Option<Vec<String>>, mine: &[String]| list.as_ref().is_none_or(|l| mine.iter().any(|u| l.contains(u)));
    let unit: Vec<String> = c.unit.iter().cloned().collect();
    let sent = |own: &Vec<String>| {
        matches!(c.base.as_str(), "intake" | "locate") || (c.base == "route" && c.unit.as_ref().is_some_and(|u| own.contains(u)))
    };
    let late = |at: i64| if c.closed_at.is_some() { c.late } else { c.due_at.is_some_and(|d| d < at) };
    has(&f.visible_to, &h.units)
        && has(&f.units, &unit)
        && has(&f.parts_of, &h.open_parts)
        && f.to_be_sent_by.as_ref().is_none_or(sent)
        && within(&f.matters, &c.matter)
        && within(&f.bases, &c.base)
        && within(&f.areas, c.area_key.as_deref().unwrap_or_default())
        && within(&f.stages, &c.stage)
        && within(&f.categories, c.category.as_deref().unwrap_or_default())
        && f.open.is_none_or(|open| open == c.closed_at.is_none())
        && (!f.in_time || (c.closed_at.is_some() && !c.late))
        && f.except.as_ref().is_none_or(|id| *id != c.id)
        && f.opened_from.is_none_or(|at| c.opened_at >= at)
        && f.opened_to.is_none_or(|at| c.opened_at < at)
        && f.late_at.is_none_or(late)
        && f.due_before.is_none_or(|at| c.closed_at.is_none() && c.due_at.is_some_and(|d| d < at))
        && (f.words.iter().all(|w| c.search.contains(w.as_str()))
            || f.named.contains(&c.number)
            || (f.named_subject.is_some() && f.named_subject == c.subject_key))
}

fn expected(all: &[History], f: &CaseFilter) -> Vec<String> {
    let mut rows: Vec<&CaseRow> = all.iter().filter(|h| holds(h, f)).map(|h| &h.case).collect();
    rows.sort_by(|a, b| match f.order {
        Order::Newest => (b.opened_at, &b.id).cmp(&(a.opened_at, &a.id)),
        Order::Due => (a.due_at.unwrap_or(i64::MAX), &a.id).cmp(&(b.due_at.unwrap_or(i64::MAX), &b.id)),
    });
    rows.into_iter().map(|r| r.id.clone()).collect()
}

#[tokio::test]
async fn every_way_to_a_list_finds_the_same_cases_in_the_same_order() {
    let all: Vec<History> = (1..=900).map(spread).collect();
    for place in both().await {
        let database = place.open().await;
        let mut write = database.write().await.unwrap();
        bulk::insert(&mut write, &all).await.unwrap();
        write.commit().await.unwrap();
        if place.kind() == "sqlite" {
            database.learn_distribution().await.unwrap();
        }
        ask(&database, place.kind(), &all).await;
        // Lists stay true when cases change, by an act or by a calendar.
        let mut changed = all.clone();
        for (i, h) in changed.iter_mut().enumerate().filter(|(i, _)| i % 3 == 0) {
            let mut write = database.write().await.unwrap();
            let other = spread(i64::try_from(i).unwrap() + 2_000).case;
            let (before, c) = (h.case.sequence, &mut h.case);
            (c.base, c.stage, c.unit, c.category) = (other.base, other.stage, other.unit, other.category);
            (c.closed_at, c.due_at, c.late, c.sequence) = (other.closed_at, other.due_at, other.late, before + 1);
            cases::update(&mut write, c, before).await.unwrap();
            write.commit().await.unwrap();
        }
        let mut moved = Vec::new();
        for h in changed.iter_mut().filter(|h| h.case.due_at.is_some()).step_by(2) {
            h.case.due_at = h.case.due_at.map(|d| (d + 250) % 1_000);
            let (id, sequence, due_at) = (h.case.id.clone(), h.case.sequence, h.case.due_at);
            moved.push(Moved { id, sequence, due_at, due_provisional: false, next_rung_at: None });
        }
        let mut write = database.write().await.unwrap();
        assert_eq!(calendars::move_dates(&mut write, 1, &moved).await.unwrap().len(), moved.len());
        write.commit().await.unwrap();
        ask(&database, place.kind(), &changed).await;
    }
}

/// Asks every question of every sight, order and page.
async fn ask(database: &Database, kind: &str, all: &[History]) {
    let text = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
    let mut asked = 0;
    let sights = [None, Some(text(&["u"])), Some(text(&["u", "v", "x"])), Some(vec![])];
    for visible_to in sights {
        for order in [Order::Newest, Order::Due] {
            let plain = CaseFilter { visible_to: visible_to.clone(), order, limit: 40, ..CaseFilter::default() };
            for filter in [
                plain.clone(),
                CaseFilter { matters: text(&["m"]), ..plain.clone() },
                CaseFilter { matters: text(&["m", "o"]), areas: text(&["a:1"]), ..plain.clone() },
                CaseFilter { units: Some(text(&["u", "w"])), ..plain.clone() },
                CaseFilter { units: Some(text(&["u", "w"])), bases: text(&["handle", "route", "hold"]), ..plain.clone() },
                CaseFilter { bases: text(&["done"]), ..plain.clone() },
                CaseFilter { bases: text(&["cancelled"]), ..plain.clone() },
                CaseFilter { bases: text(&["review"]), ..plain.clone() },
                CaseFilter { to_be_sent_by: Some(text(&["u", "v"])), ..plain.clone() },
                CaseFilter { parts_of: Some(text(&["u", "v"])), ..plain.clone() },
                CaseFilter { late_at: Some(NOW), ..plain.clone() },
                CaseFilter { late_at: Some(NOW), matters: text(&["n"]), units: Some(text(&["v", "w"])), ..plain.clone() },
                CaseFilter { late_at: Some(NOW), bases: text(&["handle", "review"]), ..plain.clone() },
                CaseFilter { late_at: Some(NOW), bases: text(&["handle", "done"]), ..plain.clone() },
                CaseFilter { due_before: Some(300), ..plain.clone() },
                CaseFilter { stages: text(&["s1", "s2"]), open: Some(true), ..plain.clone() },
                CaseFilter { stages: text(&["s0"]), open: Some(false), ..plain.clone() },
                CaseFilter { categories: text(&["k1"]), units: Some(text(&["v"])), in_time: true, ..plain.clone() },
                CaseFilter { categories: text(&["k0"]), except: Some("0012".into()), areas: text(&["a:2"]), ..plain.clone() },
                CaseFilter { opened_from: Some(50), opened_to: Some(200), ..plain.clone() },
                CaseFilter { words: text(&["护栏"]), ..plain.clone() },
                CaseFilter { words: text(&["护栏", "n-1"]), late_at: Some(NOW), ..plain.clone() },
                CaseFilter { words: text(&["N-0007"]), named: text(&["N-0007"]), named_subject: Some("S3".into()), ..plain.clone() },
            ] {
                let wanted = expected(all, &filter);
                for offset in [0, 7, 160] {
                    let filter = CaseFilter { offset, ..filter.clone() };
                    let at = usize::try_from(offset).unwrap().min(wanted.len());
                    let page: Vec<String> = wanted[at..].iter().take(40).cloned().collect();
                    let found = cases::search(database, &filter).await.unwrap();
                    let ids: Vec<String> = found.rows.into_iter().map(|r| r.id).collect();
                    assert_eq!(ids, page, "{} {filter:?}", kind);
                    let n = i64::try_from(wanted.len()).unwrap();
                    assert_eq!(found.total, Total { n, at_least: false }, "{} {filter:?}", kind);
                    if filter.words.is_empty() {
                        assert_eq!(cases::count(database, &filter).await.unwrap(), n, "{} {filter:?}", kind);
                        let bounded = cases::count_up_to(database, &filter, 20).await.unwrap();
                        assert_eq!(bounded, Total { n: n.min(20), at_least: n > 20 }, "{} {filter:?}", kind);
                    }
                    asked += 1;
                }
            }
        }
    }
    assert_eq!(asked, 4 * 2 * 23 * 3);
}

#[tokio::test]
async fn what_is_too_many_to_count_says_so_and_words_say_how_far_back_they_looked() {
    // One database is enough for a bound; the small one loads faster.
    let place = both().await.into_iter().next().unwrap();
    let database = place.open().await;
    let many = cases::WORDS_WINDOW + 500;
    for chunk in (1..=many).collect::<Vec<_>>().chunks(5_000) {
        let histories: Vec<History> =
            chunk.iter().map(|i| History { case: case(&format!("{i:06}"), Some("u"), *i), ..History::default() }).collect();
        let mut write = database.write().await.unwrap();
        bulk::insert(&mut write, &histories).await.unwrap();
        write.commit().await.unwrap();
    }
    let all = CaseFilter { limit: 1, ..CaseFilter::default() };
    let found = cases::search(&database, &all).await.unwrap();
    assert_eq!((found.total, found.by_matter), (Total { n: TOTAL_BOUND, at_least: true }, None));
    assert_eq!(cases::count(&database, &all).await.unwrap(), many, "a plain count is whole");
    let words = CaseFilter { words: vec!["n-0001".into()], ..all.clone() };
    let found = cases::search(&database, &words).await.unwrap();
    assert_eq!(found.searched_from, Some(501), "the window holds the newest ones");
    assert_eq!(found.total.n, 0, "the hundred that have these words are older");
    let named = CaseFilter { named: vec!["N-000150".into()], ..words };
    assert_eq!(cases::search(&database, &named).await.unwrap().rows[0].id, "000150", "a number is found however old");
    let narrowed = CaseFilter { words: vec!["n-0001".into()], opened_to: Some(1_000), ..all };
    let found = cases::search(&database, &narrowed).await.unwrap();
    assert_eq!((found.total.n, found.searched_from), (100, None), "a period reaches back");
}
