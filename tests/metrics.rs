//! The metrics against scikit-learn and the published definitions; see
//! `tests/reference/metrics.py`.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use serde_json::Value;
use voxhumana::Error;
use voxhumana::metrics::{CostModel, Scores};

fn cases() -> Vec<(String, Scores, Value)> {
    let cases: Vec<Value> = serde_json::from_str(include_str!("reference/metrics.json")).unwrap();
    let numbers = |v: &Value| -> Vec<f64> { serde_json::from_value(v.clone()).unwrap() };
    cases
        .into_iter()
        .map(|c| {
            let scores = Scores::new(&numbers(&c["bona_fide"]), &numbers(&c["spoof"])).unwrap();
            (c["name"].as_str().unwrap().to_string(), scores, c)
        })
        .collect()
}

fn assert_close(name: &str, what: &str, got: f64, expected: &Value) {
    let expected = expected.as_f64().unwrap();
    assert!(
        (got - expected).abs() < 1e-9,
        "{name}: {what} is {got}, the reference says {expected}"
    );
}

#[test]
fn every_metric_agrees_with_the_reference() {
    let costs = CostModel::ASVSPOOF5;
    for (name, scores, expected) in cases() {
        let check = |what: &str, got: f64| assert_close(&name, what, got, &expected[what]);
        check("eer", scores.equal_error_rate().rate);
        check("min_dcf", scores.min_dcf(&costs));
        check("act_dcf", scores.act_dcf(&costs));
        check("cllr_bits", scores.cllr_bits());
        check("area", scores.area());
        check(
            "miss_at_1_percent",
            scores.at_false_alarm_rate(0.01).miss_rate,
        );
        if !expected["eer_threshold"].is_null() {
            check("eer_threshold", scores.equal_error_rate().threshold);
        }
    }
}

#[test]
fn the_curve_has_the_points_of_scikit_learn() {
    for (name, scores, expected) in cases() {
        let expected = expected["det"].as_array().unwrap();
        let curve = scores.det_curve();
        assert_eq!(curve.len(), expected.len(), "{name}");
        for (point, e) in curve.iter().zip(expected) {
            assert_close(&name, "false alarms", point.false_alarm_rate, &e[0]);
            assert_close(&name, "misses", point.miss_rate, &e[1]);
            assert_eq!(scores.rates_at(point.threshold), *point, "{name}");
        }
    }
}

#[test]
fn without_ties_the_figures_are_those_of_the_published_code() {
    let mut untied = 0;
    for (name, scores, expected) in cases() {
        let costs = CostModel::ASVSPOOF5;
        // The cost is the same even with ties: the points between tied scores are never the
        // cheapest.
        let min_dcf = scores.min_dcf(&costs);
        assert_close(&name, "minDCF", min_dcf, &expected["published_min_dcf"]);
        if expected["ties"] == false {
            let eer = scores.equal_error_rate().rate;
            assert_close(&name, "EER", eer, &expected["published_eer"]);
            untied += 1;
        }
    }
    assert!(untied >= 3);
}

#[test]
fn a_constant_score_is_a_coin_flip() {
    let scores = Scores::new(&[0.0; 7], &[0.0; 5]).unwrap();
    assert_eq!(scores.equal_error_rate().rate, 0.5);
    assert_eq!(scores.area(), 0.5);
    assert_eq!(scores.cllr_bits(), 1.0);
    assert_eq!(scores.min_dcf(&CostModel::ASVSPOOF5), 1.0);
    assert_eq!(scores.at_false_alarm_rate(0.01).miss_rate, 1.0);
}

#[test]
fn huge_scores_do_not_overflow() {
    let scores = Scores::new(&[1e300, -1e300], &[-1e300, 1e300]).unwrap();
    assert!(scores.cllr_bits().is_finite());
    let right = Scores::new(&[1e300], &[-1e300]).unwrap();
    assert_eq!(right.cllr_bits(), 0.0);
}

#[test]
fn empty_and_non_finite_scores_are_errors() {
    let bad = [
        (vec![], vec![1.0], "bona fide scores is an empty list"),
        (vec![1.0], vec![], "spoof scores is an empty list"),
        (
            vec![1.0, f64::NAN],
            vec![0.0],
            "bona fide scores is NaN at index 1",
        ),
        (
            vec![1.0],
            vec![f64::INFINITY],
            "spoof scores is inf at index 0",
        ),
    ];
    for (bona_fide, spoof, message) in bad {
        let error = Scores::new(&bona_fide, &spoof).unwrap_err();
        assert!(matches!(error, Error::InvalidArgument { .. }));
        assert!(error.to_string().starts_with(message), "{error}");
    }
}

#[test]
fn the_bootstrap_interval_covers_as_often_as_it_says() {
    // Equal normals 2 apart have an EER of Phi(-1) = 15.87 %. Over 200 draws a 95 % interval should
    // hold it about 190 times; fewer than 176 would happen by chance 3 times in 100,000.
    let mut random = fastrand::Rng::with_seed(7);
    let mut normal = || (0..12).map(|_| random.f64()).sum::<f64>() - 6.0;
    let mut covered = 0;
    for seed in 0..200 {
        let bona_fide: Vec<f64> = (0..150).map(|_| normal() + 1.0).collect();
        let spoof: Vec<f64> = (0..150).map(|_| normal() - 1.0).collect();
        let scores = Scores::new(&bona_fide, &spoof).unwrap();
        let interval = scores
            .bootstrap(200, seed, |s| s.equal_error_rate().rate)
            .unwrap();
        assert!(interval.low < interval.high);
        covered += u32::from(interval.low <= 0.1587 && 0.1587 <= interval.high);
    }
    assert!(covered >= 176, "covered {covered} of 200");
}

#[test]
fn the_bootstrap_repeats_with_its_seed_and_refuses_zero_resamples() {
    let scores = Scores::new(&[1.0, 2.0, -0.3, 0.4], &[-1.0, 0.5, -2.0]).unwrap();
    let interval = |seed| scores.bootstrap(100, seed, Scores::area).unwrap();
    assert_eq!(interval(1), interval(1));
    assert_ne!(interval(1), interval(2));
    assert!(scores.bootstrap(0, 1, Scores::area).is_err());
}
