//! Phases that are known beforehand, and the definition term by term.

#![allow(clippy::unwrap_used, reason = "a test that fails should panic")]

use std::f64::consts::TAU;

use super::super::{FeatureExtractor, FrontEnd};

fn front_end() -> FrontEnd {
    FrontEnd {
        level_rms: None,
        pre_emphasis: 0.0,
        ..FrontEnd::phase(16_000)
    }
}

/// Cosine and sine, over time and over frequency, of one bin above 0 Hz.
fn of_bin(f: &FrontEnd, x: &[f32], row: usize, bin: usize) -> [f32; 4] {
    let features = FeatureExtractor::new(f.clone())
        .unwrap()
        .extract(x)
        .unwrap();
    let bins = f.fft_length / 2;
    [0, 1, 2, 3].map(|plane| features[[row, plane * bins + bin - 1]])
}

#[test]
fn a_tone_turns_by_its_distance_from_the_bin() {
    // Bins lie 62.5 Hz apart; 8 ms of a tone 20 Hz above bin 16 are 0.16 turns more.
    for (off_hz, bin) in [(20.0, 16), (-20.0, 16), (0.0, 40)] {
        let hz = 62.5 * bin as f64 + off_hz;
        let x: Vec<f32> = (0..2000)
            .map(|n| (TAU * hz * f64::from(n) / 16_000.0).sin() as f32)
            .collect();
        let [cos, sin, ..] = of_bin(&front_end(), &x, 3, bin);
        let angle = TAU * off_hz * 0.008;
        assert!((f64::from(cos) - angle.cos()).abs() < 0.01, "{hz}: {cos}");
        assert!((f64::from(sin) - angle.sin()).abs() < 0.01, "{hz}: {sin}");
    }
}

#[test]
fn a_click_turns_by_its_distance_from_the_middle() {
    // Row 1 speaks of frame 2: samples 256 to 511, their middle at 384.
    for late in [0i32, 10, -25] {
        let mut x = vec![0.0; 1000];
        x[(384 + late) as usize] = 10.0;
        let [.., cos, sin] = of_bin(&front_end(), &x, 1, 50);
        let angle = -TAU * f64::from(late) / 256.0;
        assert!((f64::from(cos) - angle.cos()).abs() < 0.01, "{late}: {cos}");
        assert!((f64::from(sin) - angle.sin()).abs() < 0.01, "{late}: {sin}");
    }
}

#[test]
fn what_is_quiet_fades() {
    let noise = |gain: f32| -> Vec<f32> {
        let mut rng = fastrand::Rng::with_seed(1);
        (0..1000).map(|_| gain * (rng.f32() - 0.5)).collect()
    };
    let size = |x: &[f32]| {
        let [cos, sin, ..] = of_bin(&front_end(), x, 2, 30);
        cos.hypot(sin)
    };
    assert!(size(&noise(2.0)) > 0.9);
    assert!(size(&noise(1e-3)) < 0.01);
    assert_eq!(size(&[0.0; 1000]), 0.0);
}

#[test]
fn odd_lengths_match_the_definition() {
    let f = FrontEnd {
        frame_length: 51,
        frame_shift: 17,
        fft_length: 75,
        ..front_end()
    };
    let mut rng = fastrand::Rng::with_seed(2);
    let x: Vec<f32> = (0..51 + 17 * 4).map(|_| rng.f32() - 0.5).collect();
    let window = |n: usize| 0.5 - 0.5 * (TAU * n as f64 / 51.0).cos();
    let energy: f64 = (0..51).map(|n| window(n).powi(2)).sum();
    // Size and angle of a bin of a frame.
    let bin = |t: usize, k: usize| {
        let (mut re, mut im) = (0.0, 0.0);
        for n in 0..51 {
            let angle = -TAU * (k * n) as f64 / 75.0;
            let y = window(n) * f64::from(x[17 * t + n]);
            (re, im) = (re + y * angle.cos(), im + y * angle.sin());
        }
        (re.hypot(im), im.atan2(re))
    };
    let mut extractor = FeatureExtractor::new(f.clone()).unwrap();
    let features = extractor.extract(&x).unwrap();
    assert_eq!(features.dim(), (4, 4 * 37));
    assert_eq!(f.bin_hz().unwrap().len(), 4 * 37);
    for ((t, column), value) in features.indexed_iter() {
        let (plane, k) = (column / 37, column % 37 + 1);
        let (here, other, steady) = match plane {
            0 | 1 => (bin(t + 1, k), bin(t, k), TAU * 17.0 * k as f64 / 75.0),
            _ => (bin(t + 1, k), bin(t + 1, k - 1), -TAU * 25.5 / 75.0),
        };
        let power = here.0 * other.0 / energy;
        let angle = here.1 - other.1 - steady;
        let turned = if plane % 2 == 0 {
            angle.cos()
        } else {
            angle.sin()
        };
        let expected = turned * power / (power + f64::from(f.log_floor));
        assert!((f64::from(*value) - expected).abs() < 1e-5, "{t} {column}");
    }
    // A shift from a file may be any number.
    let far = FrontEnd {
        frame_shift: usize::MAX,
        ..f
    };
    assert_eq!(FeatureExtractor::new(far).unwrap().frames(1_000_000), 0);
    assert_eq!(extractor.frames(51 + 16), 0);
    assert!(extractor.extract(&x[..67]).is_err());
}
