//! The chain proves what was recorded.

use gongzhi_matter::ledger::{ALGORITHM, Break, GENESIS, Link, canonical, chain, sm3_hex, verify};
use serde_json::{Value, json};

fn links() -> Vec<Link> {
    let mut prev = GENESIS.to_owned();
    (1..=5u64)
        .map(|seq| {
            let bytes = canonical(&json!({"seq": seq, "事": "签收", "at": 1_790_000_000_000i64 + i64::try_from(seq).unwrap()})).unwrap();
            let hash = chain(&prev, &bytes);
            let link = Link { seq, algorithm: ALGORITHM.to_owned(), prev_hash: prev.clone(), canonical: bytes, hash: hash.clone() };
            prev = hash;
            link
        })
        .collect()
}

#[test]
fn sm3_matches_the_vectors_of_the_standard() {
    // GB/T 32905-2016, annex A.
    assert_eq!(sm3_hex(b"abc"), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    assert_eq!(sm3_hex(&b"abcd".repeat(16)), "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
}

#[test]
fn canonical_bytes_do_not_depend_on_order_or_spelling() {
    let a: Value = serde_json::from_str(r#"{"b":1,"a":{"d":[1.0,2.5],"c":"值"}}"#).unwrap();
    let b: Value = serde_json::from_str(r#"{ "a": {"c":"\u503c", "d":[1, 2.5]}, "b": 1 }"#).unwrap();
    assert_eq!(canonical(&a).unwrap(), canonical(&b).unwrap());
    assert_eq!(String::from_utf8(canonical(&a).unwrap()).unwrap(), r#"{"a":{"c":"值","d":[1,2.5]},"b":1}"#);
    // Reading canonical bytes back gives the same bytes.
    let again: Value = serde_json::from_slice(&canonical(&a).unwrap()).unwrap();
    assert_eq!(canonical(&again).unwrap(), canonical(&a).unwrap());
}

#[test]
fn an_untouched_chain_verifies_to_its_head() {
    let links = links();
    assert_eq!(verify(links.clone()), Ok(links[4].hash.clone()));
    assert_eq!(verify([]), Ok(GENESIS.to_owned()));
}

#[test]
fn the_first_break_is_found_whatever_was_touched() {
    let broken = |change: &dyn Fn(&mut Vec<Link>)| -> Break {
        let mut links = links();
        change(&mut links);
        verify(links).unwrap_err()
    };
    let found = broken(&|l| l[2].canonical[5] ^= 1);
    assert_eq!((found.seq, found.why), (3, "content"));
    let found = broken(&|l| {
        l[2].canonical[5] ^= 1;
        l[2].hash = chain(&l[2].prev_hash, &l[2].canonical);
    });
    assert_eq!((found.seq, found.why), (4, "previous"), "rewriting one link breaks the next");
    assert_eq!(broken(&|l| drop(l.remove(1))).why, "sequence");
    assert_eq!(broken(&|l| l.swap(1, 2)).seq, 3);
    assert_eq!(broken(&|l| l[0].algorithm = "md5".to_owned()).why, "algorithm");
    // Cutting the tail off is not seen by the chain alone: that is what the daily anchor of the head is for.
    assert!(verify(links()[..3].to_vec()).is_ok());
}
