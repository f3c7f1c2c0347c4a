//! Negative binomial regression beside statsmodels, brute force and its limits.

use gongzhi_risk::safety::regression::{CONSTANT, Column, Fit, FitError, MAX_COUNT, Observations, fit};
use gongzhi_risk::special::ln_gamma;

const COUNTS: [u64; 40] =
    [0, 12, 1, 1, 2, 6, 2, 0, 0, 15, 1, 1, 5, 23, 18, 5, 0, 0, 7, 3, 16, 3, 2, 2, 2, 11, 2, 10, 20, 0, 4, 0, 4, 15, 0, 5, 9, 14, 1, 3];
const LENGTHS: [f64; 40] = [
    2.03, 2.04, 1.34, 0.79, 0.23, 1.02, 1.08, 0.21, 0.22, 2.5, 1.67, 0.66, 1.14, 2.44, 2.25, 2.13, 1.04, 1.28, 1.72, 0.25, 1.43, 0.75,
    2.21, 0.25, 1.73, 2.19, 0.65, 2.25, 2.19, 0.14, 1.8, 0.1, 1.31, 1.15, 0.59, 0.88, 2.03, 0.86, 0.46, 1.78,
];
const TRAFFIC: [f64; 40] = [
    9400., 16100., 5300., 6900., 16200., 10500., 10500., 5300., 1100., 18700., 2400., 17000., 7900., 19100., 8500., 18800., 11500., 5400.,
    15000., 13700., 13900., 9700., 5100., 13100., 2900., 14100., 13000., 8000., 16100., 4500., 8300., 16100., 8100., 14500., 12600.,
    18900., 19800., 14700., 16300., 3700.,
];

fn columns() -> Vec<Column> {
    let third = (0..40).map(|i| f64::from(u8::from(i % 3 == 0))).collect();
    vec![
        column("length", LENGTHS.iter().map(|v| v.ln()).collect()),
        column("traffic", TRAFFIC.iter().map(|v| v.ln()).collect()),
        column("third", third),
    ]
}

fn column(name: &str, values: Vec<f64>) -> Column {
    Column { name: name.to_owned(), values }
}

fn plain<'a>(counts: &'a [u64], columns: &'a [Column]) -> Observations<'a> {
    Observations { counts, columns, offset: None, dispersion_scale: None, groups: None }
}

fn near(found: f64, known: f64, relative: f64) {
    assert!((found - known).abs() <= relative * known.abs(), "{found} is not {known}");
}

/// The log-likelihood by the textbook's formula with gamma functions.
fn by_definition(counts: &[u64], mu: &[f64], k: &[f64]) -> f64 {
    let one = |((y, mu), k): ((&u64, &f64), &f64)| {
        let (y, r) = (*y as f64, 1.0 / k);
        ln_gamma(y + r) - ln_gamma(r) - ln_gamma(y + 1.0) + r * (r / (r + mu)).ln() + y * (mu / (r + mu)).ln()
    };
    counts.iter().zip(mu).zip(k).map(one).sum()
}

#[test]
fn it_agrees_with_statsmodels() {
    let model = fit(&plain(&COUNTS, &columns())).unwrap();
    // statsmodels 0.15.0, NegativeBinomial (NB2), Newton and BFGS to a gradient of 1e-12; llf, bse, Pearson from the same run.
    let known = [-9.337_541_191_327_677, 1.097_350_085_443_685, 1.160_063_866_247_515, -0.186_060_452_561_474];
    let errors = [2.562_699_427_191_798, 0.204_718_186_748_983, 0.272_082_473_541_846, 0.273_672_803_821_341];
    for ((found, value), error) in model.coefficients.iter().zip(known).zip(errors) {
        near(found.value, value, 1e-8);
        near(found.standard_error, error, 1e-6);
    }
    near(model.dispersion[0].k, 0.354_784_388_124_113, 1e-8);
    near(model.dispersion[0].standard_error.unwrap(), 0.146_577_083_432_427, 1e-6);
    near(model.log_likelihood, -93.427_555_820_536_34, 1e-13);
    near(model.poisson_log_likelihood, -105.577_424_234_654_83, 1e-13);
    near(model.aic, 196.855_111_641_072_68, 1e-13);
    near(model.pearson, 34.154_464_021_590_94, 1e-8);
    assert_eq!((model.n, model.events, model.degrees_of_freedom), (40, 225, 36));
    assert_eq!(model.coefficients[0].name, CONSTANT);
    assert!(model.text().en.contains("40 places, 225 events") && model.text().zh.contains("负二项"), "{:?}", model.text());
    near(model.log_likelihood, by_definition(&COUNTS, &model.means, &[model.dispersion[0].k; 40]), 1e-12);
}

/// No neighbour in any direction is more likely.
fn is_a_maximum(model: &Fit, of: &dyn Fn(&[f64], &[f64]) -> f64) {
    let b: Vec<f64> = model.coefficients.iter().map(|c| c.value).collect();
    let k: Vec<f64> = model.dispersion.iter().map(|d| d.k).collect();
    let best = of(&b, &k);
    near(best, model.log_likelihood, 1e-11);
    for step in [1e-3, -1e-3, 0.05, -0.05] {
        for i in 0..b.len() {
            let mut moved = b.clone();
            moved[i] += step;
            assert!(of(&moved, &k) < best, "coefficient {i}");
        }
        for i in (0..k.len()).filter(|&i| k[i] > 0.0) {
            let mut moved = k.clone();
            moved[i] *= 1.0 + step;
            assert!(of(&b, &moved) < best, "k {i}");
        }
    }
}

#[test]
fn offset_scale_and_groups_enter_as_they_should() {
    let columns = columns();
    let offset: Vec<f64> = LENGTHS.iter().map(|l| l.ln()).collect();
    let scale: Vec<f64> = LENGTHS.iter().map(|l| 1.0 / l).collect();
    let groups: Vec<u32> = (0..40).map(|i| u32::from(i % 3 == 0)).collect();
    let data = Observations {
        counts: &COUNTS,
        columns: &columns[1..],
        offset: Some(&offset),
        dispersion_scale: Some(&scale),
        groups: Some(&groups),
    };
    let model = fit(&data).unwrap();
    assert_eq!(model.dispersion.iter().map(|d| d.n).collect::<Vec<_>>(), [26, 14]);
    assert!(model.dispersion.iter().all(|d| d.k > 0.0 && d.standard_error.is_some()), "{:?}", model.dispersion);
    is_a_maximum(&model, &|b, k| {
        let mu: Vec<f64> = (0..40).map(|i| (b[0] + b[1] * columns[1].values[i] + b[2] * columns[2].values[i] + offset[i]).exp()).collect();
        let own: Vec<f64> = (0..40).map(|i| k[groups[i] as usize] * scale[i]).collect();
        by_definition(&COUNTS, &mu, &own)
    });
    let at_seven = model.mean(&[("traffic", columns[1].values[7]), ("third", columns[2].values[7])], offset[7]);
    near(at_seven, model.means[7], 1e-12);
}

#[test]
fn the_truth_is_found_again_in_made_data() {
    let mut r = crate::Numbers(20);
    let n = 20_000;
    let length: Vec<f64> = (0..n).map(|_| r.between(-2.0, 1.0)).collect();
    let busy: Vec<f64> = (0..n).map(|_| f64::from(u8::from(r.unit() < 0.3))).collect();
    // Gamma of shape 2 and mean 1, the sum of two exponentials: k = 0.5.
    let counts: Vec<u64> = length
        .iter()
        .zip(&busy)
        .map(|(l, b)| {
            let gamma = -0.5 * ((1.0 - r.unit()).ln() + (1.0 - r.unit()).ln());
            r.poisson((0.4 + 0.8 * l + 0.6 * b).exp() * gamma)
        })
        .collect();
    let columns = [column("length", length), column("busy", busy)];
    let model = fit(&plain(&counts, &columns)).unwrap();
    for (found, truth) in model.coefficients.iter().zip([0.4, 0.8, 0.6]) {
        assert!((found.value - truth).abs() < 4.0 * found.standard_error && found.standard_error < 0.03, "{found:?}");
    }
    let k = model.dispersion[0];
    assert!((k.k - 0.5).abs() < 4.0 * k.standard_error.unwrap(), "{k:?}");
    assert!((model.pearson_ratio() - 1.0).abs() < 0.05, "{}", model.pearson_ratio());
    let one = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| fit(&plain(&counts, &columns)).unwrap())
    };
    assert_eq!(one(1), one(5));
    assert_eq!(one(1).means, model.means);
}

#[test]
fn poisson_where_counts_vary_no_more_than_chance() {
    // Less than Poisson: every place has its mean to the nearest whole number.
    let counts: Vec<u64> = (0..200).map(|i| 1 + i / 50).collect();
    let step: Vec<f64> = (0..200).map(|i| f64::from(i / 50)).collect();
    let model = fit(&plain(&counts, &[column("step", step)])).unwrap();
    assert_eq!((model.dispersion[0].k, model.dispersion[0].standard_error), (0.0, None));
    near(model.log_likelihood, model.poisson_log_likelihood, 1e-15);
    assert!(model.text().zh.contains("泊松") && model.text().en.starts_with("Poisson"));
    // Newton for Poisson with one 0/1 column gives the logarithms of the two means.
    let halves: Vec<f64> = (0..200).map(|i| f64::from(u8::from(i >= 100))).collect();
    let model = fit(&plain(&counts, &[column("half", halves)])).unwrap();
    near(model.coefficient(CONSTANT), 1.5_f64.ln(), 1e-12);
    near(model.coefficient("half"), (3.5_f64 / 1.5).ln(), 1e-12);
}

#[test]
fn a_column_that_says_nothing_new_is_dropped_and_named() {
    let mut columns = columns();
    let double: Vec<f64> = columns[0].values.iter().zip(&columns[1].values).map(|(a, b)| 2.0 * a - b + 3.0).collect();
    columns.insert(2, column("double", double));
    columns.push(column("flat", vec![7.0; 40]));
    let model = fit(&plain(&COUNTS, &columns)).unwrap();
    assert_eq!(model.dropped, ["double", "flat"]);
    assert!(model.text().zh.contains("double, flat") && model.coefficients.len() == 4);
    let without: Vec<Column> = columns.iter().filter(|c| c.name != "double" && c.name != "flat").cloned().collect();
    near(model.log_likelihood, fit(&plain(&COUNTS, &without)).unwrap().log_likelihood, 1e-13);
}

#[test]
fn what_cannot_be_fitted_is_refused_with_its_reason() {
    let code = |o: &Observations| {
        let error = fit(o).unwrap_err();
        assert!(!error.text().zh.is_empty() && !error.text().en.is_empty());
        error.code()
    };
    assert_eq!(code(&plain(&[0; 10], &[])), "no_events");
    assert_eq!(code(&plain(&[], &[])), "no_events");
    assert_eq!(code(&plain(&[3], &[])), "too_few_places");
    assert_eq!(code(&plain(&[MAX_COUNT + 1, 2], &[])), "count_too_large");
    assert_eq!(code(&plain(&[1, 2, 3], &[column("short", vec![1.0])])), "length_mismatch");
    assert_eq!(code(&plain(&[1, 2, 3], &[column("gap", vec![1.0, f64::NAN, 2.0])])), "value_invalid");
    let scale = Observations { dispersion_scale: Some(&[1.0, 0.0, 1.0]), ..plain(&[1, 2, 3], &[]) };
    assert_eq!(code(&scale), "value_invalid");
    let groups = Observations { groups: Some(&[0, 4_000_000_000, 1]), ..plain(&[1, 2, 3], &[]) };
    assert_eq!(code(&groups), "value_invalid");

    // A class that never had an event; and the same hidden in two columns, neither of which shows it alone.
    let quiet = (0..40).map(|i| f64::from(u8::from(COUNTS[i] == 0))).collect::<Vec<_>>();
    let mut columns = columns();
    columns.push(column("quiet", quiet.clone()));
    assert!(matches!(fit(&plain(&COUNTS, &columns)), Err(FitError::Separated { column }) if column == "quiet"));
    let (a, b): (Vec<f64>, Vec<f64>) = quiet.iter().enumerate().map(|(i, q)| (q + (i % 7) as f64, (i % 7) as f64)).unzip();
    assert_eq!(code(&plain(&COUNTS, &[column("a", a), column("b", b)])), "separated");
}

#[test]
fn extreme_data_do_not_break_it() {
    // One place with everything, the others with nothing.
    let mut counts = vec![0; 200];
    counts[17] = 90_000;
    let model = fit(&plain(&counts, &[])).unwrap();
    near(model.coefficient(CONSTANT), 450.0_f64.ln(), 1e-9);
    assert!(model.dispersion[0].k > 50.0, "{:?}", model.dispersion);
    // Large means with hardly any overdispersion: the sums of the likelihood must not cancel.
    let counts: Vec<u64> = (0..400).map(|i| 100_000 + (i * 7_919 % 1_300)).collect();
    let model = fit(&plain(&counts, &[])).unwrap();
    near(model.log_likelihood, by_definition(&counts, &model.means, &vec![model.dispersion[0].k.max(1e-12); 400]), 1e-4);
    assert!(model.coefficient(CONSTANT).is_finite());
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, cases: 60, ..Default::default() })]

    /// Whatever comes in, either a maximum comes out or a reason.
    #[test]
    fn any_data_give_a_maximum_or_a_reason(
        rows in proptest::collection::vec((0_u64..30, -5.0_f64..5.0, 0_u32..3), 2..60),
        shift in -20.0_f64..20.0,
    ) {
        let counts: Vec<u64> = rows.iter().map(|r| r.0).collect();
        let columns = [column("x", rows.iter().map(|r| r.1).collect()), column("class", rows.iter().map(|r| f64::from(r.2)).collect())];
        let offset = vec![shift; rows.len()];
        let model = fit(&Observations { offset: Some(&offset), ..plain(&counts, &columns) });
        if let Ok(model) = model {
            let names: Vec<&str> = model.coefficients.iter().skip(1).map(|c| c.name.as_str()).collect();
            let kept: Vec<&Column> = columns.iter().filter(|c| names.contains(&c.name.as_str())).collect();
            is_a_maximum(&model, &|b, k| {
                let mu: Vec<f64> = (0..rows.len())
                    .map(|i| (b[0] + shift + kept.iter().zip(&b[1..]).map(|(c, b)| c.values[i] * b).sum::<f64>()).exp())
                    .collect();
                if k[0] > 0.0 {
                    by_definition(&counts, &mu, &vec![k[0]; mu.len()])
                } else {
                    counts.iter().zip(&mu).map(|(y, m)| *y as f64 * m.ln() - m - ln_gamma(*y as f64 + 1.0)).sum()
                }
            });
        }
    }
}
