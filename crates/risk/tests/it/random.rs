//! Random numbers by counter: published vectors, evenness, and what depends on nothing but the counter.

use gongzhi_risk::random::{Alias, Stream, block, draw, philox4x32, unit};

/// `kat_vectors` of Random123, `philox4x32 10`: counter, key, result.
#[test]
fn philox_gives_the_published_vectors() {
    let zero = philox4x32([0; 4], [0; 2]);
    assert_eq!(zero, [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
    let ones = philox4x32([u32::MAX; 4], [u32::MAX; 2]);
    assert_eq!(ones, [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
    let pi = philox4x32([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]);
    assert_eq!(pi, [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]);
}

#[test]
fn seed_stream_and_counter_each_matter_in_all_their_bits() {
    let base = draw(1, 2, 3);
    for bit in 0..64 {
        assert_ne!(base, draw(1 ^ 1 << bit, 2, 3), "seed bit {bit}");
        assert_ne!(base, draw(1, 2 ^ 1 << bit, 3), "stream bit {bit}");
        assert_ne!(base, draw(1, 2, 3 ^ 1 << bit), "counter bit {bit}");
    }
}

#[test]
fn a_stream_reads_the_blocks_in_order() {
    let mut stream = Stream::new(7, 9);
    for counter in 0..5 {
        let [a, b, c, d] = block(7, 9, counter).map(u64::from);
        assert_eq!(stream.bits(), draw(7, 9, counter));
        assert_eq!(stream.bits(), c << 32 | d);
        assert_eq!(draw(7, 9, counter), a << 32 | b);
    }
}

#[test]
fn below_is_even_and_in_range() {
    let mut stream = Stream::new(20_221_101, 0);
    assert_eq!(stream.below(0), 0);
    let mut seen = [0_u32; 7];
    for _ in 0..70_000 {
        seen[stream.below(7) as usize] += 1;
    }
    // χ² on 6 degrees of freedom: 22.46 is passed once in a thousand seeds; this seed is fixed.
    let chi2: f64 = seen.iter().map(|&n| (f64::from(n) - 1e4).powi(2) / 1e4).sum();
    assert!(chi2 < 22.46, "{seen:?}: {chi2}");
    // A range for which plain multiplication would make every third number twice as likely.
    let n = 3_u64 << 62;
    let low = (0..10_000).filter(|_| stream.below(n) < 1 << 62).count();
    assert!((3_150..3_520).contains(&low), "{low} of 10,000 in the first third");
}

#[test]
fn unit_reaches_neither_end_wrongly() {
    assert_eq!(unit(0), 0.0);
    assert!(unit(u64::MAX) < 1.0);
}

#[test]
fn a_shuffle_keeps_the_items_and_every_order_is_as_likely() {
    let mut orders = std::collections::BTreeMap::new();
    for stream in 0..24_000 {
        let mut items = [0, 1, 2, 3];
        Stream::new(3, stream).shuffle(&mut items);
        *orders.entry(items).or_insert(0_u32) += 1;
    }
    assert_eq!(orders.len(), 24);
    let chi2: f64 = orders.values().map(|&n| (f64::from(n) - 1e3).powi(2) / 1e3).sum();
    assert!(chi2 < 49.73, "χ² {chi2} on 23 degrees of freedom"); // 0.999 quantile
}

#[test]
fn an_alias_table_draws_in_proportion_and_never_what_weighs_nothing() {
    let weights = [0.0, 1.0, 2.0, 0.0, 4.5, 0.5, 0.0];
    let table = Alias::new(&weights).unwrap();
    let (mut seen, mut stream) = ([0_u32; 7], Stream::new(11, 4));
    for _ in 0..80_000 {
        seen[table.at(stream.bits())] += 1;
    }
    let chi2: f64 = seen.iter().zip(&weights).filter(|(_, w)| **w > 0.0).map(|(&n, w)| (f64::from(n) - w * 1e4).powi(2) / (w * 1e4)).sum();
    assert!(chi2 < 16.27, "{seen:?}: {chi2}"); // 0.999 quantile, 3 degrees of freedom
    assert_eq!((seen[0], seen[3], seen[6]), (0, 0, 0));
    for bad in [&[][..], &[0.0, 0.0], &[1.0, -0.5], &[f64::NAN, 1.0], &[f64::INFINITY]] {
        assert!(Alias::new(bad).is_none(), "{bad:?}");
    }
}
