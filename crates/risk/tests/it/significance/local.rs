use super::{anything, drawn, on_threads};
use crate::Numbers;
use gongzhi_risk::significance::{Focal, Quadrant, Weights, getis_ord, local_moran, neighbourhood_excess};

/// The example of `esda.G_Local`'s documentation: six points, neighbours within 15.
fn documented() -> (Vec<f64>, Weights) {
    let points = [(10.0, 10.0), (20.0, 10.0), (40.0, 10.0), (15.0, 20.0), (30.0, 20.0), (30.0, 30.0)];
    let reach = gongzhi_risk::significance::Reach::on_plane(&points, 15.0).unwrap();
    (vec![2.0, 3.0, 3.2, 5.0, 8.0, 7.0], Weights::within(&reach, 15.0).unwrap())
}

#[test]
fn gives_the_published_z_to_the_printed_digits() {
    let (y, weights) = documented();
    let published = [
        (Focal::Excluded, [-1.013_672_9, -0.043_615_89, 1.315_587_03, -0.314_126_76, 1.153_739_86, 1.778_339_41]),
        (Focal::Included, [-1.397_276_26, -0.289_177_62, 0.650_649_64, -0.289_177_62, 1.234_520_88, 2.024_243_31]),
    ];
    for (focal, zs) in published {
        let got = getis_ord(&y, &weights, focal).unwrap();
        for (z, published) in got.z.iter().zip(zs) {
            assert!((z - published).abs() < 5e-9, "{focal:?}: {z} and not {published}");
        }
        // The scale of a row's weights cancels, so rows that sum to 1 give the same.
        assert_eq!(got.z, getis_ord(&y, &weights.clone().row_standardised(), focal).unwrap().z);
    }
}

/// Ord & Getis 1995 written out, with no centring: eq. 12 for Gi*, eq. 14 for Gi.
fn written_out(x: &[f64], weights: &Weights, unit: usize, focal: Focal) -> f64 {
    let members: Vec<usize> = (0..x.len()).filter(|&j| j != unit || focal == Focal::Included).collect();
    let n = members.len() as f64;
    let mean = members.iter().map(|&j| x[j]).sum::<f64>() / n;
    let s = (members.iter().map(|&j| x[j] * x[j]).sum::<f64>() / n - mean * mean).sqrt();
    let in_row = |j: usize| weights.of(unit).contains(&(j as u32)) || (j == unit && focal == Focal::Included);
    let row: Vec<usize> = members.into_iter().filter(|&j| in_row(j)).collect();
    let k = row.len() as f64;
    (row.iter().map(|&j| x[j]).sum::<f64>() - k * mean) / (s * ((n * k - k * k) / (n - 1.0)).sqrt())
}

#[test]
fn agrees_with_the_formulas_written_out_on_any_graph() {
    let mut numbers = Numbers(12);
    let mut compared = 0;
    for _ in 0..80 {
        let (nodes, edges) = (3 + numbers.below(20), 3 + numbers.below(40));
        let graph = anything(&mut numbers, nodes, edges);
        let weights = Weights::adjacent(&graph).unwrap();
        let x: Vec<f64> = (0..edges).map(|_| numbers.poisson(1.5) as f64 + numbers.unit()).collect();
        for focal in [Focal::Excluded, Focal::Included] {
            let got = getis_ord(&x, &weights, focal).unwrap();
            for unit in 0..edges {
                let z = written_out(&x, &weights, unit, focal);
                if z.is_finite() {
                    assert!((got.z[unit] - z).abs() < 1e-9 * z.abs().max(1.0), "{focal:?} {unit}: {} and not {z}", got.z[unit]);
                    compared += 1;
                } else {
                    assert_eq!((got.z[unit], got.p[unit]), (0.0, 1.0), "nothing can be said");
                }
            }
        }
        // Local Moran as Anselin writes it, and its conditional z is the Gi of the unit up to the sign.
        let (moran, rows) = (local_moran(&x, &weights).unwrap(), local_moran(&x, &weights.clone().row_standardised()).unwrap());
        let gi = getis_ord(&x, &weights, Focal::Excluded).unwrap();
        let mean = x.iter().sum::<f64>() / edges as f64;
        let squares: f64 = x.iter().map(|v| (v - mean).powi(2)).sum();
        for unit in 0..edges {
            let lag: f64 = weights.of(unit).iter().map(|&j| x[j as usize] - mean).sum();
            let i = (edges as f64 - 1.0) * (x[unit] - mean) * lag / squares;
            assert!((moran.i[unit] - i).abs() < 1e-9 * i.abs().max(1.0));
            let k = weights.of(unit).len().max(1) as f64;
            assert!((rows.i[unit] - i / k).abs() < 1e-9 * i.abs().max(1.0));
            assert!((moran.z[unit].abs() - gi.z[unit].abs()).abs() < 1e-9);
            let quadrant = match (x[unit] > mean, lag > 0.0) {
                (true, true) => Quadrant::HighHigh,
                (true, false) => Quadrant::HighLow,
                (false, true) => Quadrant::LowHigh,
                (false, false) => Quadrant::LowLow,
            };
            assert_eq!(moran.quadrant[unit], quadrant);
        }
    }
    assert!(compared > 2_000, "only {compared} compared");
}

/// ```text
/// A--B--C--D--E--F   crashes at C: the three streets there are hot,
///       |     |      A–B is quiet and lies away from it
///       G     H
/// ```
#[test]
fn on_a_drawn_map_the_hot_crossing_is_found() {
    let (graph, names) = drawn("A--B--C--D--E--F\n      |     |\n      G     H");
    let n = |name: &str| if ["BC", "CD", "CG"].contains(&name) { 9.0 } else { f64::from(u8::from(name == "EF")) };
    let counts: Vec<f64> = names.iter().map(|name| n(name)).collect();
    let weights = Weights::adjacent(&graph).unwrap();
    let (star, moran) = (getis_ord(&counts, &weights, Focal::Included).unwrap(), local_moran(&counts, &weights).unwrap());
    let unit = |name: &str| names.iter().position(|n| n == name).unwrap();
    let hottest = (0..names.len()).max_by(|&a, &b| star.z[a].total_cmp(&star.z[b])).unwrap();
    assert_eq!(names[hottest], "CG", "it touches the two other hot streets and nothing else");
    assert_eq!(moran.quadrant[unit("CG")], Quadrant::HighHigh);
    assert_eq!(moran.quadrant[unit("AB")], Quadrant::LowHigh);
    assert_eq!(moran.quadrant[unit("EF")], Quadrant::LowLow);
    assert!(star.z[unit("EF")] < 0.0 && star.p[unit("CG")] < 0.05);
    assert!(star.method.en.contains("Gi*") && star.method.en.contains("n = 7 units"), "{}", star.method.en);
}

#[test]
fn an_exact_binomial_answers_for_streets_of_unlike_length() {
    // Three streets in a row of 10, 90 and 900 m; 8 of 10 crashes on the two short ones.
    let weights = Weights::new([vec![1], vec![0, 2], vec![1]]).unwrap();
    let excess = neighbourhood_excess(&[1, 7, 2], &[10.0, 90.0, 900.0], &weights).unwrap();
    assert_eq!((excess.n, excess.count.clone()), (10, vec![8, 10, 9]));
    assert!((excess.expected[0] - 1.0).abs() < 1e-12);
    // P(Bin(10, 0.1) ≥ 8) = 45·0.1⁸·0.9² + 10·0.1⁹·0.9 + 0.1¹⁰.
    assert!((excess.upper[0] / 3.736e-7 - 1.0).abs() < 1e-12, "{}", excess.upper[0]);
    assert!((excess.two_sided[0] / 7.472e-7 - 1.0).abs() < 1e-12);
    assert_eq!((excess.upper[1], excess.lower[1]), (1.0, 1.0), "the whole map explains itself");
    // P(Bin(10, 0.99) ≤ 9) = 1 − 0.99¹⁰.
    assert!((excess.lower[2] - (1.0 - 0.99_f64.powi(10))).abs() < 1e-12);
    assert_eq!(neighbourhood_excess(&[1, 0, 0], &[0.0, 1.0, 1.0], &weights).unwrap_err().code(), "expected_zero");
    assert_eq!(neighbourhood_excess(&[0, 0, 0], &[0.0; 3], &weights).unwrap_err().code(), "values_constant");
    assert_eq!(neighbourhood_excess(&[0, 0], &[1.0; 3], &weights).unwrap_err().code(), "length_mismatch");
    assert_eq!(neighbourhood_excess(&[0; 3], &[1.0, -1.0, 1.0], &weights).unwrap_err().code(), "value_invalid");
}

#[test]
fn under_the_null_the_exact_p_is_no_smaller_than_it_should_be() {
    // Streets of very unlike length, crashes in proportion: one in twenty p below 0.05 or fewer, for each street.
    let lengths: Vec<f64> = (0..40).map(|i| 5.0 * 1.2_f64.powi(i)).collect();
    let weights = Weights::new((0..40_u32).map(|i| if i < 39 { vec![i + 1] } else { vec![38] })).unwrap();
    let table = gongzhi_risk::random::Alias::new(&lengths).unwrap();
    let mut false_alarms = vec![0; 40];
    for map in 0..400 {
        let (mut counts, mut stream) = (vec![0; 40], gongzhi_risk::random::Stream::new(8, map));
        (0..300).for_each(|_| counts[table.at(stream.bits())] += 1);
        let excess = neighbourhood_excess(&counts, &lengths, &weights).unwrap();
        (0..40).filter(|&unit| excess.two_sided[unit] <= 0.05).for_each(|unit| false_alarms[unit] += 1);
    }
    // 400 maps: 20 expected at most; 36 or more would happen once in two thousand.
    assert!(false_alarms.iter().all(|n| *n < 36), "{false_alarms:?}");
    assert!(false_alarms.iter().sum::<i32>() > 200, "the test must be able to alarm: {false_alarms:?}");
}

#[test]
fn bad_values_are_refused_with_words() {
    let weights = Weights::new([vec![1], vec![0], vec![0]]).unwrap();
    for (values, code) in
        [(&[1.0, 2.0][..], "length_mismatch"), (&[1.0, f64::NAN, 2.0], "value_invalid"), (&[0.1, 0.1, 0.1], "values_constant")]
    {
        let error = getis_ord(values, &weights, Focal::Included).unwrap_err();
        assert_eq!(error.code(), code);
        assert!(error.to_string().starts_with(code) && !error.text().zh.is_empty() && !error.text().en.is_empty());
        assert_eq!(local_moran(values, &weights).unwrap_err().to_string(), error.to_string());
    }
    let none = Weights::new(std::iter::empty()).unwrap();
    assert_eq!(getis_ord(&[], &none, Focal::Included).unwrap_err().code(), "values_constant");
}

#[test]
fn one_thread_or_four_give_the_same_bits() {
    let mut numbers = Numbers(4);
    let graph = anything(&mut numbers, 9_000, 20_000);
    let weights = Weights::adjacent(&graph).unwrap();
    let x: Vec<f64> = (0..20_000).map(|_| numbers.unit()).collect();
    let [a, b] = on_threads(|| (getis_ord(&x, &weights, Focal::Included).unwrap(), local_moran(&x, &weights).unwrap()));
    assert_eq!(a, b);
}
