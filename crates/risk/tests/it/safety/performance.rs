//! Safety performance functions by class.

use gongzhi_risk::hotspot::PlaceKind;
use gongzhi_risk::safety::performance::{DispersionForm, LengthRole, Options, Place, fit_network};

/// A made city: main and side streets, crossings of 3 to 5 legs; means as said, overdispersion 0.5.
fn city(seed: u64, traffic: bool) -> Vec<Place> {
    let mut r = crate::Numbers(seed);
    let gamma = |r: &mut crate::Numbers| -0.5 * ((1.0 - r.unit()).ln() + (1.0 - r.unit()).ln());
    (0..6_000)
        .map(|i| {
            let main = i % 4 == 0;
            let vehicles = if main { r.between(8_000.0, 30_000.0) } else { r.between(500.0, 6_000.0) };
            let flow: f64 = if traffic { (vehicles / 5_000.0_f64).powf(0.7) } else { 1.0 };
            let (kind, length_m, legs, base) = if i % 2 == 0 {
                let length = r.between(80.0, 900.0);
                (PlaceKind::Section, length, 0, 1.5 * (length / 1000.0_f64).powf(0.8))
            } else {
                let legs = 3 + r.below(3) as u32;
                (PlaceKind::Crossing, 0.0, legs, 0.15 * f64::from(legs))
            };
            let mean = base * flow * if main { 3.0 } else { 1.0 } * 2.0 * gamma(&mut r);
            let class = if i % 100 == 3 {
                "track"
            } else if main {
                "main"
            } else {
                "side"
            };
            let n = if class == "track" { 0 } else { r.poisson(mean) };
            Place { kind, class: class.into(), length_m, legs, daily_traffic: traffic.then_some(vehicles), years: 2.0, n }
        })
        .collect()
}

#[test]
fn each_kind_has_its_model_and_says_what_it_lacks() {
    let places = city(1, false);
    let models = fit_network(&places, &Options::default()).unwrap();
    assert_eq!(models.models.len(), 2);
    for model in &models.models {
        assert!(!model.exposure && model.text().en.contains("no exposure") && model.text().zh.contains("未计入交通量"));
        let k = model.fit.dispersion[0];
        assert!((k.k - 0.5).abs() < 0.15, "{k:?}");
        // Fitted means are what `expected` says again, and add up to all events: a property of the constant only near k = 0.
        for (&place, mean) in model.places.iter().zip(&model.fit.means) {
            assert!((model.expected(&places[place]).mean / mean - 1.0).abs() < 1e-9);
        }
    }
    let sections = models.models.iter().find(|m| m.kind == PlaceKind::Section).unwrap();
    let exponent = sections.fit.coefficients.iter().find(|c| c.name.contains("length")).unwrap();
    assert!((exponent.value - 0.8).abs() < 4.0 * exponent.standard_error, "{exponent:?}");
    // Crossings of class “track” never had an event: said, and held against the largest class.
    let crossings = models.models.iter().find(|m| m.kind == PlaceKind::Crossing).unwrap();
    assert_eq!(crossings.pooled, ["track"]);
    assert!(crossings.text().zh.contains("track") && models.failures.is_empty());
}

#[test]
fn traffic_is_used_where_it_is_known() {
    let mut places = city(2, true);
    let models = fit_network(&places, &Options::default()).unwrap();
    assert!(models.models.iter().all(|m| m.exposure && m.text().en.contains("traffic is in the model")));
    for model in &models.models {
        let exponent = model.fit.coefficients.iter().find(|c| c.name.contains("traffic")).unwrap();
        assert!((exponent.value - 0.7).abs() < 4.0 * exponent.standard_error, "{exponent:?}");
    }
    // Counted at every second place: two models of each kind, and a place gets the one it can use.
    for (i, place) in places.iter_mut().enumerate().filter(|(i, _)| i % 3 == 0) {
        place.daily_traffic = None;
        assert_eq!(i % 3, 0);
    }
    let models = fit_network(&places, &Options::default()).unwrap();
    assert_eq!(models.models.len(), 4);
    assert!(!models.expected(&places[0]).unwrap().exposure && models.expected(&places[1]).unwrap().exposure);
}

#[test]
fn forms_of_length_and_dispersion() {
    let places = city(3, false);
    let by_class = fit_network(&places, &Options { dispersion: DispersionForm::ByClass, ..Options::default() }).unwrap();
    assert!(by_class.models.iter().all(|m| m.fit.dispersion.len() == m.classes.len()));
    let per_length = Options { dispersion: DispersionForm::PerLength, length: LengthRole::Proportional, ..Options::default() };
    let models = fit_network(&places, &per_length).unwrap();
    let short = Place { length_m: 100.0, ..places[0].clone() };
    let long = Place { length_m: 400.0, ..places[0].clone() };
    let (a, b) = (models.expected(&short).unwrap(), models.expected(&long).unwrap());
    assert!((b.mean / a.mean - 4.0).abs() < 1e-9 && (a.k / b.k - 4.0).abs() < 1e-9);
    let twice = models.expected(&Place { years: 4.0, ..short }).unwrap();
    assert!((twice.mean / a.mean - 2.0).abs() < 1e-9);
}

#[test]
fn places_that_make_no_sense_are_refused() {
    let good = city(4, false);
    for spoil in [|p: &mut Place| p.years = 0.0, |p: &mut Place| p.length_m = f64::NAN, |p: &mut Place| p.daily_traffic = Some(-5.0)] {
        let mut places = good.clone();
        spoil(&mut places[0]);
        assert_eq!(fit_network(&places, &Options::default()).unwrap_err().code(), "place_invalid");
    }
    let quiet: Vec<Place> = good.iter().map(|p| Place { n: 0, ..p.clone() }).collect();
    assert_eq!(fit_network(&quiet, &Options::default()).unwrap_err().code(), "no_events");
    assert!(fit_network(&[], &Options::default()).is_err());
    // Crossings without events do not take the sections' model away.
    let half: Vec<Place> =
        good.iter().map(|p| if p.kind == PlaceKind::Crossing { Place { n: 0, ..p.clone() } } else { p.clone() }).collect();
    let models = fit_network(&half, &Options::default()).unwrap();
    assert!(models.models.len() == 1 && models.failures.len() == 1 && models.expected(&half[1]).is_none());
}
