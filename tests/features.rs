//! Features against values that numpy and scipy computed on their own
//! (tests/reference/features.py), to 1e-4.

#![allow(clippy::unwrap_used, reason = "a test that fails should panic")]

use ndarray::{Array2, ArrayView2, Axis, concatenate};
use serde::Deserialize;
use voxhumana::features::{FeatureExtractor, FrontEnd, FrontEndKind, WindowShape};
use voxhumana::features::{
    FilterBank, FrequencyScale, cepstra, dct_matrix, deltas, frames, log_energies, normalise,
    power_spectrum, pre_emphasis, to_level, window,
};

const TOLERANCE: f64 = 1e-4;

#[derive(Deserialize)]
struct Fixture {
    samples: Vec<i16>,
    steps: Steps,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Steps {
    hann: Vec<Vec<f64>>,
    hamming: Vec<Vec<f64>>,
    mel_bank: Vec<Vec<f64>>,
    dct: Vec<Vec<f64>>,
    pre_emphasis: Vec<Vec<f64>>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    front_end: FrontEnd,
    features: Vec<Vec<f64>>,
}

fn fixture() -> Fixture {
    serde_json::from_str(include_str!("data/features.json")).unwrap()
}

fn waveform(fixture: &Fixture) -> Vec<f32> {
    fixture
        .samples
        .iter()
        .map(|&s| f32::from(s) / 32768.0)
        .collect()
}

fn assert_close(what: &str, got: &Array2<f64>, expected: &[Vec<f64>]) {
    assert_eq!(got.dim(), (expected.len(), expected[0].len()), "{what}");
    for (t, (g, e)) in got.outer_iter().zip(expected).enumerate() {
        for (b, (g, e)) in g.iter().zip(e).enumerate() {
            assert!(
                (g - e).abs() <= TOLERANCE,
                "{what}, frame {t}, bin {b}: {g}, expected {e}"
            );
        }
    }
}

/// The path of the extractor, from the public steps.
fn step_by_step(f: &FrontEnd, samples: &[f32]) -> Array2<f32> {
    let levelled = match f.level_rms {
        Some(level_rms) => to_level(samples, level_rms),
        None => samples.to_vec(),
    };
    let framed = frames(
        &pre_emphasis(&levelled, f.pre_emphasis),
        f.frame_length,
        f.frame_shift,
    )
    .unwrap();
    let window = window(f.window, f.frame_length);
    let power = power_spectrum(framed.view(), &window, f.fft_length).unwrap();
    let scale = match f.kind {
        FrontEndKind::LogMel | FrontEndKind::Mfcc => FrequencyScale::Mel,
        _ => FrequencyScale::Linear,
    };
    let energies = if f.kind == FrontEndKind::LogSpectrum {
        power
    } else {
        FilterBank::new(
            scale,
            f.bands,
            f.low_hz,
            f.high_hz,
            f.fft_length,
            f.sample_rate_hz,
        )
        .unwrap()
        .apply(power.view())
        .unwrap()
    };
    let mut last = log_energies(energies.view(), f.log_floor).unwrap();
    if matches!(f.kind, FrontEndKind::Lfcc | FrontEndKind::Mfcc) {
        last = cepstra(last.view(), f.coefficients).unwrap();
    }
    let mut stack = vec![last];
    for order in 0..usize::from(f.delta_order) {
        stack.push(deltas(stack[order].view()));
    }
    let views: Vec<ArrayView2<f32>> = stack.iter().map(|m| m.view()).collect();
    let mut features = concatenate(Axis(1), &views).unwrap();
    normalise(features.view_mut(), f.normalisation);
    features
}

#[test]
fn the_extractor_agrees_with_scipy() {
    let fixture = fixture();
    let samples = waveform(&fixture);
    assert!(fixture.cases.len() >= 5);
    for case in &fixture.cases {
        let mut extractor = FeatureExtractor::new(case.front_end.clone()).unwrap();
        let features = extractor.extract(&samples).unwrap();
        assert_close(&case.name, &features.mapv(f64::from), &case.features);
    }
}

#[test]
fn the_public_steps_agree_with_scipy() {
    let fixture = fixture();
    let samples = waveform(&fixture);
    // Phases have no steps of their own.
    let stepped = |case: &&Case| case.front_end.kind != FrontEndKind::Phase;
    for case in fixture.cases.iter().filter(stepped) {
        let features = step_by_step(&case.front_end, &samples);
        assert_close(&case.name, &features.mapv(f64::from), &case.features);
    }
}

#[test]
fn each_step_agrees_with_scipy() {
    let fixture = fixture();
    let row = |v: Vec<f64>| Array2::from_shape_vec((1, v.len()), v).unwrap();
    let steps = &fixture.steps;
    assert_close("hann", &row(window(WindowShape::Hann, 15)), &steps.hann);
    assert_close(
        "hamming",
        &row(window(WindowShape::Hamming, 16)),
        &steps.hamming,
    );
    let bank = FilterBank::new(FrequencyScale::Mel, 6, 100.0, 3800.0, 64, 8000).unwrap();
    assert_close("mel bank", &bank.to_matrix(), &steps.mel_bank);
    assert_close("dct", &dct_matrix(4, 6).unwrap(), &steps.dct);
    let emphasised = pre_emphasis(&waveform(&fixture)[..40], 0.97);
    assert_close(
        "pre-emphasis",
        &row(emphasised.iter().map(|&x| f64::from(x)).collect()),
        &steps.pre_emphasis,
    );
}
