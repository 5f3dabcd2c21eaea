//! The calibration against scipy's minimum of the same objective; see
//! `tests/reference/calibration.py`.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use serde_json::Value;
use voxhumana::metrics::{CalibrationOptions, Scores, fit_calibration};
use voxhumana::model::Calibration;

struct Case {
    name: String,
    bona_fide: Vec<f64>,
    spoof: Vec<f64>,
    spoof_prior: f64,
    weights: Option<[Vec<f64>; 2]>,
    scale: f64,
    offset: f64,
}

impl Case {
    fn fit(&self) -> Calibration {
        let options = CalibrationOptions {
            spoof_prior: self.spoof_prior,
            bona_fide_weights: self.weights.as_ref().map(|w| &*w[0]),
            spoof_weights: self.weights.as_ref().map(|w| &*w[1]),
        };
        fit_calibration(&self.bona_fide, &self.spoof, &options).unwrap()
    }
}

fn cases() -> Vec<Case> {
    let cases: Vec<Value> =
        serde_json::from_str(include_str!("reference/calibration.json")).unwrap();
    let numbers = |v: &Value| -> Vec<f64> { serde_json::from_value(v.clone()).unwrap() };
    let case = |c: &Value| Case {
        name: c["name"].as_str().unwrap().into(),
        bona_fide: numbers(&c["bona_fide"]),
        spoof: numbers(&c["spoof"]),
        spoof_prior: c["spoof_prior"].as_f64().unwrap(),
        weights: (!c["spoof_weights"].is_null()).then(|| {
            [
                numbers(&c["bona_fide_weights"]),
                numbers(&c["spoof_weights"]),
            ]
        }),
        scale: c["scale"].as_f64().unwrap(),
        offset: c["offset"].as_f64().unwrap(),
    };
    cases.iter().map(case).collect()
}

fn fit(bona_fide: &[f64], spoof: &[f64]) -> Result<Calibration, String> {
    fit_calibration(bona_fide, spoof, &CalibrationOptions::default()).map_err(|e| e.to_string())
}

#[test]
fn it_is_the_minimum_that_scipy_finds() {
    for case in cases() {
        let fitted = case.fit();
        // Compared at the scores: scale and offset of scores far from 0 hang together.
        for &score in case.bona_fide.iter().chain(&case.spoof) {
            let (got, expected) = (fitted.llr(score), case.scale * score + case.offset);
            assert!(
                (got - expected).abs() < 1e-5 * (1.0 + expected.abs()),
                "{}: {got} at {score}, scipy says {expected}",
                case.name
            );
        }
    }
}

#[test]
fn calibrated_scores_cost_less_and_are_not_calibrated_further() {
    let case = cases().remove(0);
    let fitted = case.fit();
    let llrs = |scores: &[f64]| -> Vec<f64> { scores.iter().map(|&s| fitted.llr(s)).collect() };
    let (bona_fide, spoof) = (llrs(&case.bona_fide), llrs(&case.spoof));
    let before = Scores::new(&case.bona_fide, &case.spoof)
        .unwrap()
        .cllr_bits();
    let after = Scores::new(&bona_fide, &spoof).unwrap().cllr_bits();
    assert!(after < before, "{after} is not below {before}");
    let again = fit(&bona_fide, &spoof).unwrap();
    assert!((again.scale - 1.0).abs() < 1e-9 && again.offset.abs() < 1e-9);
}

#[test]
fn weights_of_whole_numbers_are_repetitions() {
    // But for the targets: five trials said twice are known to be no more than five.
    let scores: Vec<f64> = (0..2000).map(|i| f64::from(i % 97) / 50.0).collect();
    let (bona_fide, spoof): (Vec<f64>, Vec<f64>) =
        (scores.iter().map(|s| s + 0.5).collect(), scores);
    let thrice: Vec<f64> = bona_fide[..500]
        .repeat(2)
        .into_iter()
        .chain(bona_fide.clone())
        .collect();
    let weights: Vec<f64> = (0..2000).map(|i| if i < 500 { 3.0 } else { 1.0 }).collect();
    let weighted = CalibrationOptions {
        bona_fide_weights: Some(&weights),
        ..Default::default()
    };
    let weighted = fit_calibration(&bona_fide, &spoof, &weighted).unwrap();
    let repeated = fit(&thrice, &spoof).unwrap();
    assert!((weighted.scale / repeated.scale - 1.0).abs() < 1e-3);
    assert!((weighted.offset - repeated.offset).abs() < 1e-3);
}

#[test]
fn classes_apart_get_odds_that_their_number_can_show() {
    for n in [3_u32, 30, 300] {
        let near: Vec<f64> = (0..n).map(|i| f64::from(i) * 1e-3).collect();
        let far: Vec<f64> = near.iter().map(|s| s - 50.0).collect();
        let llr = fit(&near, &far).unwrap().llr(near[0]);
        // (n + 1) / (n + 2) against 1 / (n + 2).
        let most = f64::from(n + 1).ln();
        assert!((llr - most).abs() < 0.05, "{n} trials: {llr}, not {most}");
    }
}

#[test]
fn bad_input_is_refused_with_a_word() {
    let says = |result: Result<Calibration, String>, word: &str| {
        let error = result.unwrap_err();
        assert!(error.contains(word), "`{error}` does not say `{word}`");
    };
    says(fit(&[], &[1.0]), "bona fide scores is an empty list");
    says(fit(&[1.0], &[]), "spoof scores is an empty list");
    says(fit(&[1.0, f64::NAN], &[0.0]), "NaN at index 1");
    says(fit(&[1.0], &[f64::NEG_INFINITY]), "-inf at index 0");
    says(fit(&[2.0, 2.0], &[2.0]), "standard deviation 0");
    says(fit(&[1e308, -1e308], &[1e308]), "accepted: a finite one");
    says(fit(&[0.0, 0.1], &[1.0, 1.1]), "higher for bona fide speech");
    let with = |options: CalibrationOptions<'_>| {
        fit_calibration(&[1.0, 2.0], &[0.0, 1.5], &options).map_err(|e| e.to_string())
    };
    for wrong in [0.0, 1.0, -0.1, f64::NAN] {
        let options = CalibrationOptions {
            spoof_prior: wrong,
            ..Default::default()
        };
        says(with(options), "spoof_prior");
    }
    for wrong in [&[1.0][..], &[1.0, 0.0], &[1.0, f64::INFINITY]] {
        let options = CalibrationOptions {
            spoof_weights: Some(wrong),
            ..Default::default()
        };
        says(with(options), "weights");
    }
}
