//! Shares with their counts.

use gongzhi_civic::text::Language::{En, Zh};
use gongzhi_risk::indicator::Ratio;

#[test]
fn the_seeds_repeat_rate() {
    let r = Ratio::new(169, 31_980);
    assert_eq!(r.display(Zh), "0.53%（169/31,980）");
    assert_eq!(r.display(En), "0.53 % (169 of 31,980)");
    let (low, high) = r.interval().unwrap();
    assert!(low < r.value().unwrap() && r.value().unwrap() < high && high - low < 0.002);
}

#[test]
fn wilson_as_published() {
    // Newcombe, Statistics in Medicine 17 (1998), table I, method 3: 81/263, 15/148, 0/20, 1/29.
    for (x, n, low, high) in [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)] {
        let (l, h) = Ratio::new(x, n).interval().unwrap();
        assert!((l - low).abs() < 6e-5 && (h - high).abs() < 6e-5, "{x}/{n}: {l} {h}");
    }
    assert_eq!(Ratio::new(7, 7).interval().unwrap().1, 1.0);
}

#[test]
fn nothing_and_not_whole_are_not_rounded_away() {
    assert_eq!(Ratio::new(0, 0).display(Zh), "—（0/0）");
    assert_eq!((Ratio::new(0, 0).value(), Ratio::new(0, 0).interval(), Ratio::new(3, 2).interval()), (None, None, None));
    assert_eq!(Ratio::new(9_999, 10_000).display(En), "99.99 % (9,999 of 10,000)");
    assert_eq!(Ratio::new(1, 1_000_000).display(En), "0.0001 % (1 of 1,000,000)");
    assert_eq!(Ratio::new(12, 12).display(Zh), "100%（12/12）");
    assert_eq!(Ratio::new(0, 12).display(Zh), "0%（0/12）");
    assert_eq!(Ratio::new(838, 1_000).display(Zh), "83.8%（838/1,000）");
}
