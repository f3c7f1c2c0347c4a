//! The sweep against the direct sum.

use crate::Numbers;
use gongzhi_civic::place::{Bounds, Point, haversine_m};
use gongzhi_risk::density::{DensityError, Grid, GridError, Kernel, Projection, Weighted, minus, planar};

const KERNELS: [Kernel; 4] = [Kernel::Epanechnikov, Kernel::Quartic, Kernel::Triangular, Kernel::Uniform];

/// The definition: every event against every cell.
fn direct(events: &[Weighted], grid: &Grid, b: f64, kernel: Kernel) -> Vec<f64> {
    let mut cells = Vec::new();
    for row in 0..grid.rows() {
        for column in 0..grid.columns() {
            let (x, y) = grid.cell_center_m(column, row);
            let sum: f64 = events.iter().map(|e| e.w * kernel.at(((e.x_m - x).powi(2) + (e.y_m - y).powi(2)).sqrt() / b)).sum();
            cells.push(sum / (b * b) * 1e6);
        }
    }
    cells
}

/// Cells where an event lies at the bandwidth as nearly as numbers can tell: there a uniform kernel may go either way.
fn on_the_rim(events: &[Weighted], grid: &Grid, b: f64, cell: usize) -> bool {
    let (x, y) = grid.cell_center_m(cell % grid.columns(), cell / grid.columns());
    events.iter().any(|e| (((e.x_m - x).hypot(e.y_m - y)) / b - 1.0).abs() < 1e-9)
}

fn assert_close(events: &[Weighted], grid: &Grid, b: f64, kernel: Kernel, context: &str) {
    let (want, got) = (direct(events, grid, b, kernel), planar(events, grid, b, kernel).unwrap());
    assert_eq!(want.len(), got.len());
    // Of the peak of what is added up: with weights of both signs the sum's own peak may be nothing.
    let all: Vec<Weighted> = events.iter().map(|e| Weighted { w: e.w.abs(), ..*e }).collect();
    let peak = direct(&all, grid, b, kernel).into_iter().fold(0.0, f64::max);
    assert!(events.iter().any(|e| e.w < 0.0) || got.iter().all(|v| *v >= 0.0), "{context}, {kernel:?}: a negative density");
    for (cell, (w, g)) in want.iter().zip(&got).enumerate() {
        let close = (w - g).abs() <= 1e-12 * peak;
        let tie = !close && kernel == Kernel::Uniform && on_the_rim(events, grid, b, cell);
        assert!(close || tie, "{context}, {kernel:?}: cell {cell} is {g}, not {w}; peak {peak}");
    }
}

fn grid(columns: usize, rows: usize, width: f64, height: f64) -> Grid {
    Grid::of_cells(Point::new(120.58, 30.0), columns, rows, width, height).unwrap()
}

#[test]
fn agrees_with_the_direct_sum_on_random_cases() {
    let mut r = Numbers(5);
    for case in 0..150 {
        let grid = grid(1 + r.below(60), 1 + r.below(40), r.between(5.0, 80.0), r.between(5.0, 80.0));
        let (half_x, half_y) = (grid.columns() as f64 * grid.cell_width_m() / 2.0, grid.rows() as f64 * grid.cell_height_m() / 2.0);
        // From a tenth of a cell to more than the whole grid.
        let b = grid.cell_width_m() * 10_f64.powf(r.between(-1.0, 2.2));
        let n = r.below(120);
        let mut events: Vec<Weighted> = (0..n)
            .map(|_| Weighted {
                x_m: r.between(-half_x - 2.0 * b, half_x + 2.0 * b),
                y_m: r.between(-half_y - 2.0 * b, half_y + 2.0 * b),
                w: if case % 3 == 0 { 1.0 } else { r.between(if case % 3 == 1 { 0.0 } else { -2.0 }, 3.0) },
            })
            .collect();
        // Some at exactly the same spot, some at cell centres, some on the lines between cells.
        for i in 0..n / 4 {
            let (x, y) = grid.cell_center_m(r.below(grid.columns()), r.below(grid.rows()));
            events[i] = match i % 3 {
                0 => events[n - 1 - i],
                1 => Weighted { x_m: x, y_m: y, ..events[i] },
                _ => Weighted { x_m: x + grid.cell_width_m() / 2.0, y_m: y - grid.cell_height_m() / 2.0, ..events[i] },
            };
        }
        for kernel in KERNELS {
            assert_close(&events, &grid, b, kernel, &format!("case {case}, b {b}"));
        }
    }
}

#[test]
fn rounding_does_not_travel_along_a_wide_row() {
    let mut r = Numbers(9);
    let grid = grid(4_000, 2, 10.0, 10.0);
    for b in [7.0, 12.0, 31.0, 900.0] {
        let events: Vec<Weighted> =
            (0..400).map(|_| Weighted { x_m: r.between(-20_000.0, 20_000.0), y_m: r.between(-15.0, 15.0), w: r.unit() }).collect();
        for kernel in KERNELS {
            assert_close(&events, &grid, b, kernel, &format!("b {b}"));
        }
    }
}

#[test]
fn ties_at_the_bandwidth_count_for_the_uniform_kernel() {
    // An event at the centre of a cell, five cells of reach: 81 cell centres lie in the closed disc, 12 of them on its rim.
    let grid = grid(21, 21, 1.0, 1.0);
    let one = [Weighted { x_m: 0.0, y_m: 0.0, w: 1.0 }];
    let inside = planar(&one, &grid, 5.0, Kernel::Uniform).unwrap().into_iter().filter(|v| *v > 0.0).count();
    assert_eq!(inside, 81);
}

#[test]
fn one_event_is_a_round_hill_and_none_is_flat() {
    let grid = grid(9, 5, 100.0, 100.0);
    assert!(planar(&[], &grid, 250.0, Kernel::Epanechnikov).unwrap().iter().all(|v| *v == 0.0));
    let cells = planar(&[Weighted { x_m: 0.0, y_m: 100.0, w: 1.0 }], &grid, 250.0, Kernel::Epanechnikov).unwrap();
    let peak = 2.0 / std::f64::consts::PI / (0.25 * 0.25); // per km²
    assert!((cells[9 + 4] - peak).abs() < 1e-12 * peak, "row 1 from the north, column 4: {}", cells[9 + 4]);
    let drawn: Vec<String> = cells.chunks(9).map(|row| row.iter().map(|v| if *v > 1e-9 { '#' } else { '.' }).collect()).collect();
    assert_eq!(drawn, ["..#####..", "..#####..", "..#####..", "...###...", "........."].map(str::to_owned));
}

#[test]
fn a_bandwidth_smaller_than_a_cell_shows_only_what_is_near_a_centre() {
    let grid = grid(5, 5, 100.0, 100.0);
    let events = [Weighted { x_m: 3.0, y_m: 4.0, w: 2.0 }, Weighted { x_m: 130.0, y_m: 30.0, w: 1.0 }];
    let cells = planar(&events, &grid, 10.0, Kernel::Quartic).unwrap();
    let lit: Vec<usize> = (0..25).filter(|&i| cells[i] != 0.0).collect();
    assert_eq!(lit, [12]);
    assert_close(&events, &grid, 10.0, Kernel::Quartic, "small");
}

#[test]
fn mass_is_kept_when_the_grid_covers_everything() {
    let mut r = Numbers(3);
    let grid = grid(300, 200, 20.0, 25.0);
    let events: Vec<Weighted> = (0..500)
        .map(|_| Weighted { x_m: r.between(-2_000.0, 2_000.0), y_m: r.between(-1_500.0, 1_500.0), w: r.between(0.5, 2.0) })
        .collect();
    let mass: f64 = events.iter().map(|e| e.w).sum();
    for (kernel, tolerance) in KERNELS.into_iter().zip([1e-4, 1e-5, 1e-4, 2e-3]) {
        let volume: f64 = planar(&events, &grid, 700.0, kernel).unwrap().iter().sum::<f64>() * grid.cell_km2();
        // Cells sample the hill; what differs is the sampling, not the density.
        assert!((volume / mass - 1.0).abs() < tolerance, "{kernel:?}: {volume} of {mass}");
    }
}

#[test]
fn neither_order_nor_threads_change_a_bit() {
    let mut r = Numbers(11);
    let grid = grid(200, 150, 40.0, 40.0);
    let mut events: Vec<Weighted> =
        (0..5_000).map(|_| Weighted { x_m: r.between(-4_500.0, 4_500.0), y_m: r.between(-3_500.0, 3_500.0), w: r.unit() }).collect();
    for i in 0..500 {
        events[i] = Weighted { w: r.unit(), ..events[i + 500] }; // the same spot, unlike weights
    }
    for kernel in KERNELS {
        let bits = |threads: usize, events: &[Weighted]| -> Vec<u64> {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| planar(events, &grid, 300.0, kernel).unwrap()).into_iter().map(f64::to_bits).collect()
        };
        let first = bits(1, &events);
        for threads in [2, 3, 8] {
            assert!(bits(threads, &events) == first, "{kernel:?} on {threads} threads");
        }
        r.shuffle(&mut events);
        assert!(bits(4, &events) == first, "{kernel:?} in another order");
    }
}

#[test]
fn two_periods_subtract_at_equal_exposure() {
    let grid = grid(40, 40, 50.0, 50.0);
    let at = |x: f64, n: usize| vec![Weighted { x_m: x, y_m: 0.0, w: 1.0 }; n];
    let now = planar(&at(0.0, 5), &grid, 300.0, Kernel::Epanechnikov).unwrap();
    let then = planar(&at(0.0, 10), &grid, 300.0, Kernel::Epanechnikov).unwrap();
    // Five in 30 days against ten in 60: the same rate.
    let change = minus(&now, 30.0, &then, 60.0).unwrap();
    let peak = now.iter().copied().fold(0.0, f64::max);
    assert!(change.iter().all(|v| v.abs() < 1e-12 * peak));
    let plain = minus(&now, 1.0, &then, 1.0).unwrap();
    let lowest = plain.iter().copied().fold(0.0, f64::min);
    assert!((lowest + peak).abs() < 1e-9 * peak, "{lowest} {peak}");
    assert_eq!(minus(&now, 0.0, &then, 1.0).unwrap_err().code(), "grids_not_comparable");
    assert_eq!(minus(&now, 1.0, &then[1..], 1.0).unwrap_err().code(), "grids_not_comparable");
}

#[test]
fn bad_input_is_refused_with_its_place() {
    let g = grid(4, 4, 10.0, 10.0);
    let fine = Weighted { x_m: 0.0, y_m: 0.0, w: 1.0 };
    for b in [0.0, 1e-300, -1.0, f64::NAN, f64::INFINITY, 2e6] {
        assert!(matches!(planar(&[fine], &g, b, Kernel::Uniform), Err(DensityError::Bandwidth(_))), "{b}");
    }
    let broken = [fine, Weighted { y_m: f64::NAN, ..fine }];
    let error = planar(&broken, &g, 10.0, Kernel::Uniform).unwrap_err();
    assert_eq!(error, DensityError::Event { index: 1 });
    assert!(error.text().zh.contains("第 2 条") && error.text().en.contains("Record 2"));
    let b = g.bounds();
    assert!(matches!(Grid::new(b, 0, 3), Err(GridError::Size { .. })));
    assert!(matches!(Grid::new(b, usize::MAX, 3), Err(GridError::Size { .. })));
    assert!(matches!(Grid::new(Bounds { west: b.east, east: b.west, ..b }, 3, 3), Err(GridError::Bounds(_))));
    assert!(matches!(Grid::new(Bounds { west: f64::NAN, ..b }, 3, 3), Err(GridError::Bounds(_))));
    assert!(Grid::of_cells(Point::new(0.0, 0.0), 3, 3, f64::NAN, 1.0).is_err());
    assert!(Grid::of_cells(Point::new(0.0, 0.0), 3, 3, -1.0, 1.0).is_err());
}

#[test]
fn far_and_huge_is_handled() {
    // Events half the world away, a bandwidth beyond the grid, huge weights: no panic, right numbers.
    let g = grid(16, 16, 10.0, 10.0);
    let events = [
        Weighted { x_m: 1e12, y_m: 0.0, w: 1.0 },
        Weighted { x_m: 0.0, y_m: -1e300, w: 1.0 },
        Weighted { x_m: 400_000.0, y_m: 300_000.0, w: 1e9 },
        Weighted { x_m: -20.0, y_m: 10.0, w: 1.0 },
    ];
    for kernel in KERNELS {
        for b in [0.001, 15.0, 1_000.0, 600_000.0, 1_000_000.0] {
            assert_close(&events, &g, b, kernel, "far");
        }
    }
}

#[test]
fn the_plane_is_as_good_as_it_says() {
    let bounds = Bounds { west: 120.4, south: 29.9, east: 120.8, north: 30.2 };
    let plane = Projection::about(bounds.center());
    let stated = plane.scale_error(bounds);
    assert!(stated > 5e-4 && stated < 3e-3, "{stated}");
    let mut r = Numbers(21);
    for _ in 0..2_000 {
        let p = Point::new(r.between(120.4, 120.8), r.between(29.9, 30.2));
        let q = Point::new((p.lon + r.between(-0.01, 0.01)).clamp(120.4, 120.8), (p.lat + r.between(-0.01, 0.01)).clamp(29.9, 30.2));
        let ((px, py), (qx, qy)) = (plane.to_m(p), plane.to_m(q));
        let (flat, round) = ((px - qx).hypot(py - qy), haversine_m(p, q));
        assert!((flat / round - 1.0).abs() <= stated + 1e-6, "{flat} {round}");
        let back = plane.to_point(px, py);
        assert!((back.lon - p.lon).abs() < 1e-12 && (back.lat - p.lat).abs() < 1e-12);
    }
    let g = Grid::new(bounds, 400, 300).unwrap();
    let north_west = g.weighted(Point::new(120.4, 30.2), 1.0);
    let (x, y) = g.cell_center_m(0, 0);
    assert!((x - north_west.x_m - g.cell_width_m() / 2.0).abs() < 1e-6 && (north_west.y_m - y - g.cell_height_m() / 2.0).abs() < 1e-6);
}
