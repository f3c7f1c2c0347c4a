//! Maps from events sorted once, from moments with a proven bound, by slices of time, and one event at a time.

use crate::Numbers;
use gongzhi_civic::place::Point;
use gongzhi_risk::density::{
    Cut, Grid, Kernel, MAX_SURFACE_TOTAL, Method, Precision, Prepared, Slices, Surface, Weighted, gaussian, planar,
};
use proptest::prelude::*;

const KERNELS: [Kernel; 4] = [Kernel::Epanechnikov, Kernel::Quartic, Kernel::Triangular, Kernel::Uniform];

fn grid(columns: usize, rows: usize, width: f64, height: f64) -> Grid {
    Grid::of_cells(Point::new(120.58, 30.0), columns, rows, width, height).unwrap()
}

/// Events along a few streets, about a few crossings, and anywhere.
fn city(r: &mut Numbers, n: usize, width: f64, height: f64) -> Vec<Weighted> {
    let spots: Vec<(f64, f64)> = (0..12).map(|_| (r.between(-0.5, 0.5) * width, r.between(-0.5, 0.5) * height)).collect();
    (0..n)
        .map(|i| {
            let (x, y) = spots[r.below(if i % 2 == 0 { 3 } else { spots.len() })];
            let near = |r: &mut Numbers| (r.unit() + r.unit() + r.unit() - 1.5) * 60.0;
            let (x_m, y_m) = match i % 4 {
                0 | 1 => (x + near(r), y + near(r)),
                2 => (r.between(-0.5, 0.5) * width, y + near(r) / 3.0),
                _ => (r.between(-0.6, 0.6) * width, r.between(-0.6, 0.6) * height),
            };
            Weighted { x_m, y_m, w: 1.0 }
        })
        .collect()
}

fn bits(cells: &[f64]) -> Vec<u64> {
    cells.iter().map(|v| v.to_bits()).collect()
}

fn peak(cells: &[f64]) -> f64 {
    cells.iter().copied().fold(0.0, f64::max)
}

fn farthest(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn a_filter_on_sorted_events_is_the_map_of_what_it_keeps_bit_for_bit() {
    let mut r = Numbers(31);
    let g = grid(90, 70, 40.0, 30.0);
    let mut events = city(&mut r, 4_000, 3_600.0, 2_100.0);
    for i in 0..400 {
        events[i] = Weighted { w: r.unit(), ..events[i + 400] }; // two at one place
    }
    let prepared = Prepared::new(&events, &g, 600.0).unwrap();
    for bandwidth in [30.0, 250.0, 600.0] {
        for kernel in KERNELS {
            for modulus in [1, 2, 7] {
                let kept: Vec<Weighted> = events.iter().enumerate().filter(|(i, _)| i % modulus == 0).map(|(_, e)| *e).collect();
                let map = prepared.map(bandwidth, kernel, Precision::Exact, |i| i % modulus == 0).unwrap();
                assert!(bits(&map.cells) == bits(&planar(&kept, &g, bandwidth, kernel).unwrap()), "{bandwidth} {kernel:?} {modulus}");
                assert_eq!((map.method, map.bound_per_km2, map.peak_per_km2), (Method::Exact, 0.0, peak(&map.cells)));
            }
        }
    }
    assert!(prepared.map(250.0, Kernel::Quartic, Precision::Exact, |_| false).unwrap().cells.iter().all(|v| *v == 0.0));
    assert_eq!(prepared.map(601.0, Kernel::Quartic, Precision::Exact, |_| true).unwrap_err().code(), "bandwidth_invalid");
    assert_eq!(prepared.map(60.0, Kernel::Quartic, Precision::Within(f64::NAN), |_| true).unwrap_err().code(), "precision_invalid");
}

#[test]
fn moments_of_a_dense_city_keep_their_bound_and_the_bound_is_small() {
    let mut r = Numbers(17);
    let g = grid(320, 240, 15.625, 15.625);
    let events = city(&mut r, 200_000, 5_000.0, 3_750.0);
    let prepared = Prepared::new(&events, &g, 500.0).unwrap();
    for kernel in [Kernel::Epanechnikov, Kernel::Quartic] {
        let exact = prepared.map(500.0, kernel, Precision::Exact, |_| true).unwrap();
        for share in [1e-3, 5e-3] {
            let map = prepared.map(500.0, kernel, Precision::Within(share), |_| true).unwrap();
            assert_eq!(map.method, Method::Cells, "{kernel:?} {share}: the proof did not reach");
            assert!(map.places * 2 < exact.places && map.bound_share() <= share, "{kernel:?}: {} places", map.places);
            let worst = farthest(&map.cells, &exact.cells);
            assert!(worst <= map.bound_per_km2 + 1e-12 * exact.peak_per_km2, "{kernel:?}: {worst} over {}", map.bound_per_km2);
            assert!(worst > 0.0);
            // A map that is nothing is nothing in both.
            assert!(map.cells.iter().zip(&exact.cells).all(|(a, b)| (*b > 0.0) || *a == 0.0));
        }
    }
    // What proves nothing is not used; few events are summed one by one.
    let uniform = prepared.map(500.0, Kernel::Uniform, Precision::Within(1e-2), |_| true).unwrap();
    assert_eq!((uniform.method, uniform.bound_per_km2), (Method::Exact, 0.0));
    assert_eq!(prepared.map(500.0, Kernel::Epanechnikov, Precision::Within(1e-3), |i| i % 1_000 == 0).unwrap().method, Method::Exact);
    let removal: Vec<Weighted> =
        events.iter().take(50_000).enumerate().map(|(i, e)| Weighted { w: if i == 7 { -1.0 } else { 1.0 }, ..*e }).collect();
    let signed = Prepared::new(&removal, &g, 500.0).unwrap();
    assert_eq!(signed.map(500.0, Kernel::Quartic, Precision::Within(0.1), |_| true).unwrap().method, Method::Exact);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    #[test]
    fn moments_never_leave_their_bound(
        seed in any::<u64>(),
        n in 1_usize..900,
        cells in (1_usize..70, 1_usize..50),
        size in (4.0..60.0_f64, 4.0..60.0_f64),
        bandwidth in -0.5..1.8_f64,
        share in -3.0..2.0_f64,
        clump in 0.01..1.0_f64,
        weighted in any::<bool>(),
    ) {
        let mut r = Numbers(seed);
        let g = grid(cells.0, cells.1, size.0, size.1);
        let bandwidth = g.cell_width_m() * 10_f64.powf(bandwidth);
        let (width, height) = (cells.0 as f64 * size.0 + bandwidth, cells.1 as f64 * size.1 + bandwidth);
        let events: Vec<Weighted> = (0..n)
            .map(|i| {
                let spread = if i % 3 == 0 { 1.0 } else { clump * clump * clump };
                let w = if weighted { r.between(0.0, 4.0) } else { 1.0 };
                Weighted { x_m: r.between(-0.5, 0.5) * width * spread, y_m: r.between(-0.5, 0.5) * height * spread, w }
            })
            .collect();
        let prepared = Prepared::new(&events, &g, bandwidth).unwrap();
        for kernel in [Kernel::Epanechnikov, Kernel::Quartic] {
            let exact = prepared.map(bandwidth, kernel, Precision::Exact, |_| true).unwrap();
            let map = prepared.map(bandwidth, kernel, Precision::Within(10_f64.powf(share)), |_| true).unwrap();
            let worst = farthest(&map.cells, &exact.cells);
            prop_assert!(
                worst <= map.bound_per_km2 * (1.0 + 1e-9) + 1e-12 * exact.peak_per_km2,
                "{:?}, {:?}: {} over {}, peak {}", kernel, map.method, worst, map.bound_per_km2, exact.peak_per_km2
            );
            prop_assert!(map.bound_share() <= 10_f64.powf(share));
            if kernel == Kernel::Epanechnikov {
                // One-sided: never too high.
                prop_assert!(map.cells.iter().zip(&exact.cells).all(|(a, b)| *a <= b + 1e-12 * exact.peak_per_km2));
            }
        }
    }

    #[test]
    fn a_surface_forgets_what_has_gone_and_does_not_care_for_order(
        seed in any::<u64>(),
        n in 1_usize..120,
        bandwidth in 5.0..900.0_f64,
        which in 0_usize..4,
    ) {
        let mut r = Numbers(seed);
        let g = grid(40, 30, 20.0, 25.0);
        let kernel = KERNELS[which];
        let mut events: Vec<Weighted> =
            (0..n).map(|_| Weighted { x_m: r.between(-700.0, 700.0), y_m: r.between(-700.0, 700.0), w: r.between(-1.0, 5.0) }).collect();
        let bulk = Surface::of(&events, &g, bandwidth, kernel).unwrap().cells();
        let mut surface = Surface::new(&g, bandwidth, kernel).unwrap();
        for event in &events {
            let before = surface.cells();
            let touched = surface.add(event).unwrap();
            let after = surface.cells();
            let outside = |cell: usize| !(touched.columns.contains(&(cell % 40)) && touched.rows.contains(&(cell / 40)));
            prop_assert!((0..before.len()).all(|cell| !outside(cell) || before[cell].to_bits() == after[cell].to_bits()));
            prop_assert_eq!(surface.remove(event).unwrap(), touched);
            prop_assert!(bits(&surface.cells()) == bits(&before));
            surface.add(event).unwrap();
        }
        prop_assert!(bits(&surface.cells()) == bits(&bulk));
        r.shuffle(&mut events);
        for event in &events {
            surface.remove(event).unwrap();
        }
        prop_assert!(surface.cells().iter().all(|v| *v == 0.0));
    }
}

#[test]
fn a_surface_is_the_map_of_its_events() {
    let mut r = Numbers(77);
    let g = grid(160, 120, 25.0, 30.0);
    let events = city(&mut r, 3_000, 4_000.0, 3_600.0);
    for kernel in KERNELS {
        let surface = Surface::of(&events, &g, 400.0, kernel).unwrap();
        let exact = planar(&events, &g, 400.0, kernel).unwrap();
        let worst = farthest(&surface.cells(), &exact) / peak(&exact);
        assert!(worst <= 1e-12, "{kernel:?}: {worst}");
        let row: Vec<f64> = surface.row(60, 10..150).unwrap().collect();
        assert!(bits(&row) == bits(&surface.cells()[60 * 160 + 10..60 * 160 + 150]));
        assert!(surface.row(120, 0..1).is_none() && surface.row(0, 0..161).is_none());
    }
}

#[test]
fn a_surface_refuses_what_it_cannot_hold_and_is_then_as_it_was() {
    let g = grid(8, 8, 10.0, 10.0);
    let at = |w: f64| Weighted { x_m: 0.0, y_m: 0.0, w };
    let mut surface = Surface::new(&g, 25.0, Kernel::Quartic).unwrap();
    assert_eq!(surface.add(&at(f64::NAN)).unwrap_err().code(), "event_not_finite");
    assert_eq!(surface.add(&at(1_025.0)).unwrap_err().code(), "weight_too_large");
    assert_eq!(surface.remove(&at(1.0)).unwrap_err().code(), "surface_full");
    let full = (MAX_SURFACE_TOTAL / 1_024.0) as usize;
    for _ in 0..full {
        surface.add(&at(1_024.0)).unwrap();
    }
    let before = surface.cells();
    assert_eq!(surface.add(&at(1.0)).unwrap_err().code(), "surface_full");
    assert!(bits(&before) == bits(&surface.cells()));
    let exact = planar(&[at(MAX_SURFACE_TOTAL)], &g, 25.0, Kernel::Quartic).unwrap();
    assert!(farthest(&before, &exact) <= 1e-12 * peak(&exact));
    let broken = [at(1.0), at(1.0), Weighted { x_m: f64::INFINITY, ..at(1.0) }];
    let error = Surface::of(&broken, &g, 25.0, Kernel::Uniform).unwrap_err();
    assert!(error.text().en.contains("Record 3"), "{error}");
    assert_eq!(Surface::new(&g, -1.0, Kernel::Uniform).unwrap_err().code(), "bandwidth_invalid");
}

#[test]
fn slices_of_time_add_up() {
    let mut r = Numbers(41);
    let g = grid(50, 40, 60.0, 60.0);
    let events = city(&mut r, 6_000, 3_000.0, 2_400.0);
    // Hour of the week; some records have none.
    let hour: Vec<Option<u16>> = (0..events.len()).map(|_| Some((r.unit() * r.unit() * 170.0) as u16)).collect();
    let prepared = Prepared::new(&events, &g, 500.0).unwrap();
    for kernel in [Kernel::Epanechnikov, Kernel::Triangular] {
        let slices = Slices::new(&prepared, 300.0, kernel, 168, |i| hour[i]).unwrap();
        assert_eq!(slices.count(), 168);
        let counted = |i: usize| hour[i].is_some_and(|h| h < 168);
        let top = prepared.map(300.0, kernel, Precision::Exact, counted).unwrap().peak_per_km2;
        let night = |h: usize| h % 24 < 6 || h % 24 >= 22;
        let sets: [&dyn Fn(usize) -> bool; 5] = [&|_| true, &|_| false, &|h| h == 17, &|h| (24..48).contains(&h), &night];
        for (number, set) in sets.into_iter().enumerate() {
            let want = prepared.map(300.0, kernel, Precision::Exact, |i| counted(i) && set(usize::from(hour[i].unwrap()))).unwrap();
            let worst = farthest(&slices.of(set), &want.cells) / top;
            assert!(worst <= 1e-12, "{kernel:?}, set {number}: {worst}");
        }
    }
    assert_eq!(Slices::new(&prepared, 300.0, Kernel::Quartic, 1 << 20, |_| Some(0)).unwrap_err().code(), "too_many_slices");
    assert_eq!(Slices::new(&prepared, 501.0, Kernel::Quartic, 2, |_| Some(0)).unwrap_err().code(), "bandwidth_invalid");
}

#[test]
fn the_gaussian_is_its_definition_and_as_far_from_the_whole_one_as_it_says() {
    let mut r = Numbers(59);
    for (case, cut) in [Cut::Three, Cut::Four, Cut::Three, Cut::Four].into_iter().enumerate() {
        let g = grid(70, 45, 20.0 + 3.0 * case as f64, 31.0);
        let sigma = [4.0, 55.0, 190.0, 900.0][case];
        let events: Vec<Weighted> = (0..200)
            .map(|_| Weighted { x_m: r.between(-1_500.0, 1_500.0), y_m: r.between(-1_500.0, 1_500.0), w: r.between(0.0, 2.0) })
            .collect();
        let got = gaussian(&events, &g, sigma, cut).unwrap();
        let (mut want, mut whole) = (Vec::new(), Vec::new());
        let top = 1e6 / (2.0 * std::f64::consts::PI * sigma * sigma);
        for cell in 0..got.len() {
            let (x, y) = g.cell_center_m(cell % 70, cell / 70);
            let hill = |e: &Weighted| e.w * top * (-((e.x_m - x).powi(2) + (e.y_m - y).powi(2)) / (2.0 * sigma * sigma)).exp();
            let inside = |e: &&Weighted| (e.x_m - x).abs().max((e.y_m - y).abs()) <= cut.deviations() * sigma;
            want.push(events.iter().filter(inside).map(hill).sum::<f64>() * (1.0 + cut.excess()));
            whole.push(events.iter().map(hill).sum::<f64>());
        }
        let peak_all = peak(&whole);
        assert!(farthest(&got, &want) <= 1e-12 * peak_all, "case {case}: {}", farthest(&got, &want) / peak_all);
        let weight: f64 = events.iter().map(|e| e.w).sum();
        for (a, b) in got.iter().zip(&whole) {
            assert!(*a - b <= cut.excess() * b + 1e-12 * peak_all && b - a <= cut.step() * top * weight + 1e-12 * peak_all);
        }
    }
    // Volume: one event is one event.
    let g = grid(200, 200, 10.0, 10.0);
    for cut in [Cut::Three, Cut::Four] {
        let volume: f64 = gaussian(&[Weighted { x_m: 3.0, y_m: -4.0, w: 1.0 }], &g, 100.0, cut).unwrap().iter().sum::<f64>() * g.cell_km2();
        assert!((volume - 1.0).abs() < 2e-3, "{cut:?}: {volume}");
    }
    assert!((Cut::Three.missing_volume() - 0.005_392).abs() < 1e-6 && (Cut::Four.missing_volume() - 0.000_126_68).abs() < 1e-8);
    assert_eq!(gaussian(&[], &g, -1.0, Cut::Four).unwrap_err().code(), "bandwidth_invalid");
}

#[test]
fn neither_threads_nor_order_change_a_bit_of_any_mode() {
    let mut r = Numbers(13);
    let g = grid(150, 110, 30.0, 30.0);
    let mut events = city(&mut r, 20_000, 4_500.0, 3_300.0);
    let maps = |threads: usize, events: &[Weighted]| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let prepared = Prepared::new(events, &g, 450.0).unwrap();
            let mut maps = Vec::new();
            for kernel in [Kernel::Epanechnikov, Kernel::Quartic] {
                let map = prepared.map(450.0, kernel, Precision::Within(0.05), |_| true).unwrap();
                assert_eq!(map.method, Method::Cells);
                maps.push((bits(&map.cells), map.bound_per_km2.to_bits()));
            }
            maps.push((bits(&prepared.gaussian(90.0, Cut::Four, |_| true).unwrap()), 0));
            maps.push((bits(&Surface::of(&events[..2_000], &g, 200.0, Kernel::Triangular).unwrap().cells()), 0));
            maps
        })
    };
    let first = maps(1, &events);
    for threads in [2, 5] {
        assert!(maps(threads, &events) == first, "{threads} threads");
    }
    let half = events.len() / 2;
    r.shuffle(&mut events[2_000..]);
    r.shuffle(&mut events[..2_000]);
    assert!(maps(3, &events) == first, "another order; half {half}");
}
