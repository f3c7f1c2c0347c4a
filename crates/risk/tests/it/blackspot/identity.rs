//! Spots of two years, drawn one above the other.

use gongzhi_risk::blackspot::identity::{Change, Known, follow};
use gongzhi_risk::blackspot::{Direction, Place};

/// Letters of 100 m: each run of a letter is a stretch with that id.
fn road(line: &str, direction: Direction) -> Vec<Known> {
    let mut known: Vec<Known> = Vec::new();
    for (place, letter) in line.chars().enumerate().filter(|(_, c)| *c != '.') {
        let measure = place as f64 * 100.0;
        let id = letter.to_string();
        match known.iter_mut().find(|k| k.id == id) {
            Some(Known { place: Place::Interval { to_m, .. }, .. }) => *to_m = measure,
            _ => known.push(Known { id, place: Place::Interval { road: "G1".into(), direction, from_m: measure, to_m: measure } }),
        }
    }
    known
}

/// What became of the spots of `before` in `now`: one word for each of now, in order of its letters; then what is gone.
fn story(before: &str, now: &str) -> String {
    let known = road(before, Direction::Both);
    let mut after = road(now, Direction::Both);
    after.sort_by(|a, b| a.id.cmp(&b.id));
    let places: Vec<Place> = after.iter().map(|k| k.place.clone()).collect();
    let told = follow(&known, &places);
    let mut reversed = known.clone();
    reversed.reverse();
    assert_eq!(follow(&reversed, &places), told, "the order of before matters");
    let mut words: Vec<String> = after
        .iter()
        .zip(&told.now)
        .map(|(new, c)| {
            let change = serde_json::to_string(&c.change).unwrap().replace('"', "");
            format!("{}={}{}{}", new.id, c.id.as_deref().unwrap_or("?"), change, c.related.concat())
        })
        .collect();
    words.extend(told.merged.iter().map(|(id, at)| format!("{id}>{}", after[*at].id)));
    words.extend(told.gone.iter().map(|id| format!("-{id}")));
    words.join(" ")
}

#[test]
fn a_spot_keeps_its_identity_while_it_overlaps() {
    assert_eq!(story("..aaa.....bb.", "..ppp.....qq."), "p=asame q=bsame");
    assert_eq!(story("..aaa........", ".ppppp......."), "p=agrown");
    assert_eq!(story("..aaa........", "...p........."), "p=ashrunk");
    assert_eq!(story("..aaa........", "...ppp......."), "p=amoved");
    assert_eq!(story("..aaa........", "......ppp...."), "p=?new -a");
    // Several crashes at one post have no length, and are followed all the same.
    assert_eq!(story("..a..........", "..p.........."), "p=asame");
    assert_eq!(story("..a..........", "...p........."), "p=?new -a");
}

#[test]
fn splitting_and_merging() {
    assert_eq!(story("..aaaaaa.....", "..ppp..q....."), "p=ashrunk q=?splita");
    assert_eq!(story("..aaaa.bb....", "..ppppppp...."), "p=amergedb b>p");
    assert_eq!(story("..aa.bbb.....", "..ppppppp...."), "p=bmergeda a>p");
    // Both at once: a and b are joined, b's end is cut off.
    assert_eq!(story("..aaabbbbbbb..", "..ppppp.qqqq.."), "p=agrown q=bshrunk");
    assert_eq!(story("", "..pp..q......"), "p=?new q=?new");
    assert_eq!(story("..aa..b......", ""), "-a -b");
}

#[test]
fn roads_directions_and_junctions_are_kept_apart() {
    let forward = road("..aaa", Direction::Forward);
    let places = |line: &str, direction| road(line, direction).into_iter().map(|k| k.place).collect::<Vec<_>>();
    assert_eq!(follow(&forward, &places("..ppp", Direction::Backward)).gone, ["a"]);
    assert_eq!(follow(&forward, &places("..ppp", Direction::Both)).now[0].id.as_deref(), Some("a"));
    let other = Place::Interval { road: "G2".into(), direction: Direction::Forward, from_m: 200.0, to_m: 400.0 };
    assert_eq!(follow(&forward, &[other]).gone, ["a"]);
    let junction = |key: &str| Place::Junction { junction: key.into() };
    let known = [Known { id: "x".into(), place: junction("J") }];
    let told = follow(&known, &[junction("K"), junction("J")]);
    assert_eq!((told.now[0].change, told.now[1].id.as_deref(), told.now[1].change), (Change::New, Some("x"), Change::Same));
    // Of two carriageways the same one is the nearer kin.
    let told = follow(&forward, &[places("..ppp", Direction::Both).remove(0), places("..ppp", Direction::Forward).remove(0)]);
    assert_eq!((told.now[0].change, told.now[1].change), (Change::Split, Change::Same));
}
