//! Edges of the ranges, bad input, and what the definitions promise.

#![allow(clippy::unwrap_used, reason = "a test that fails should panic")]

use ndarray::{Array2, array};

use super::*;
use crate::error::Error;

fn front_end() -> FrontEnd {
    FrontEnd::lfcc(16_000)
}

fn refused(change: impl FnOnce(&mut FrontEnd)) -> String {
    let mut f = front_end();
    change(&mut f);
    FeatureExtractor::new(f)
        .map(|_| ())
        .unwrap_err()
        .to_string()
}

#[test]
fn every_field_out_of_range_is_refused_by_name() {
    type Change = Box<dyn FnOnce(&mut FrontEnd)>;
    let cases: [(&str, Change); 22] = [
        ("sample_rate_hz", Box::new(|f| f.sample_rate_hz = 0)),
        ("sample_rate_hz", Box::new(|f| f.sample_rate_hz = 1_000_000)),
        ("fft_length", Box::new(|f| f.fft_length = 0)),
        ("fft_length", Box::new(|f| f.fft_length = usize::MAX)),
        ("frame_length", Box::new(|f| f.frame_length = 0)),
        (
            "frame_length",
            Box::new(|f| f.frame_length = f.fft_length + 1),
        ),
        ("frame_shift", Box::new(|f| f.frame_shift = 0)),
        ("level_rms", Box::new(|f| f.level_rms = Some(0.0))),
        ("level_rms", Box::new(|f| f.level_rms = Some(f32::NAN))),
        ("pre_emphasis", Box::new(|f| f.pre_emphasis = -0.1)),
        ("pre_emphasis", Box::new(|f| f.pre_emphasis = f32::NAN)),
        ("bands", Box::new(|f| f.bands = 0)),
        ("bands", Box::new(|f| f.bands = usize::MAX)),
        ("low_hz", Box::new(|f| f.low_hz = -1.0)),
        ("low_hz", Box::new(|f| f.low_hz = f.high_hz)),
        ("high_hz", Box::new(|f| f.high_hz = 8000.1)),
        ("high_hz", Box::new(|f| f.high_hz = f32::INFINITY)),
        ("coefficients", Box::new(|f| f.coefficients = f.bands + 1)),
        ("coefficients", Box::new(|f| f.coefficients = 0)),
        ("delta_order", Box::new(|f| f.delta_order = 3)),
        ("log_floor", Box::new(|f| f.log_floor = 0.0)),
        ("log_floor", Box::new(|f| f.log_floor = f32::NAN)),
    ];
    for (field, change) in cases {
        let message = refused(change);
        assert!(
            message.starts_with(&format!("{field} is ")),
            "{field}: {message}"
        );
        assert!(message.contains("accepted: "), "{message}");
    }
}

#[test]
fn a_filter_between_two_bins_is_refused() {
    let message = refused(|f| (f.bands, f.kind) = (600, FrontEndKind::LogLinear));
    assert!(message.contains("falls between bins"), "{message}");
}

#[test]
fn the_level_of_a_waveform_says_nothing_once_it_is_brought_to_one() {
    let f = FrontEnd {
        level_rms: Some(0.1),
        ..FrontEnd::log_linear(16_000)
    };
    let mut rng = fastrand::Rng::with_seed(3);
    let x: Vec<f32> = (0..4000).map(|_| rng.f32() - 0.5).collect();
    let quiet: Vec<f32> = x.iter().map(|x| x * 1e-3).collect();
    let mut e = FeatureExtractor::new(f).unwrap();
    let difference = e.extract(&x).unwrap() - e.extract(&quiet).unwrap();
    assert!(difference.iter().all(|d| d.abs() < 1e-5));
    // Silence is not raised to speech.
    let silence = e.extract(&[0.0; 4000]).unwrap();
    assert!(silence.iter().all(|v| (v - 1e-8f32.ln()).abs() < 1e-5));
}

#[test]
fn presets_are_valid_at_every_usual_rate() {
    for rate in [8_000, 11_025, 16_000, 22_050, 44_100, 48_000] {
        for f in [
            FrontEnd::lfcc(rate),
            FrontEnd::mfcc(rate),
            FrontEnd::log_linear(rate),
            FrontEnd::log_mel(rate),
            FrontEnd::log_spectrum(rate),
            FrontEnd::phase(rate),
            FrontEnd::kaldi(rate),
        ] {
            let features = FeatureExtractor::new(f.clone())
                .and_then(|mut e| e.extract(&vec![0.1; rate as usize]));
            assert!(features.is_ok_and(|m| m.nrows() > 90), "{rate}: {f:?}");
        }
    }
}

#[test]
fn librosas_frames_are_centred_on_every_shift() {
    let mut e = FeatureExtractor::new(FrontEnd::librosa(22_050)).unwrap();
    for n in [1, 511, 512, 5000, 22_050] {
        assert_eq!(e.extract(&vec![0.1; n]).unwrap().dim(), (1 + n / 512, 128));
    }
    assert_eq!(e.frames(0), 0);
    assert!(e.extract(&[]).is_err());
    // The front end travels with its convention, and without one where it is the crate's own.
    let json = serde_json::to_string(e.front_end()).unwrap();
    assert!(json.contains(r#""convention":"librosa""#), "{json}");
    assert_eq!(
        &serde_json::from_str::<FrontEnd>(&json).unwrap(),
        e.front_end()
    );
    assert!(
        !serde_json::to_string(&front_end())
            .unwrap()
            .contains("convention")
    );
}

#[test]
fn bins_know_their_frequency() {
    let spectrum = FrontEnd::log_spectrum(16_000).bin_hz().unwrap();
    assert_eq!((spectrum.len(), spectrum[1]), (257, 31.25));
    let linear = FrontEnd {
        delta_order: 1,
        ..FrontEnd::log_linear(16_000)
    };
    let hz = linear.bin_hz().unwrap();
    assert_eq!(hz.len(), FeatureExtractor::new(linear).unwrap().bins());
    assert!((hz[0] - 8000.0 / 61.0).abs() < 1e-9 && hz[60] == hz[0]);
    assert_eq!(FrontEnd::mfcc(16_000).bin_hz(), None);
}

#[test]
fn bad_samples_and_shapes_are_errors() {
    let mut e = FeatureExtractor::new(front_end()).unwrap();
    for n in [0, 1, 319] {
        assert!(
            e.extract(&vec![0.0; n])
                .unwrap_err()
                .to_string()
                .contains("number of samples")
        );
        assert_eq!(e.frames(n), 0);
    }
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut x = vec![0.0; 400];
        x[7] = bad;
        assert!(matches!(
            e.extract(&x),
            Err(Error::NonFiniteSample { index: 7, .. })
        ));
    }
    let mut out = Array2::zeros((2, e.bins()));
    assert!(e.extract_into(&[0.0; 320], out.view_mut()).is_err());
    let mut out = Array2::zeros((1, e.bins() + 1));
    assert!(e.extract_into(&[0.0; 320], out.view_mut()).is_err());
}

#[test]
fn extremes_stay_finite() {
    for kind in [
        FrontEndKind::Lfcc,
        FrontEndKind::LogSpectrum,
        FrontEndKind::LogMel,
    ] {
        for normalisation in [Normalisation::None, Normalisation::MeanVariance] {
            let f = FrontEnd {
                kind,
                normalisation,
                bands: 40,
                coefficients: 20,
                ..front_end()
            };
            let mut e = FeatureExtractor::new(f).unwrap();
            for x in [0.0, f32::MIN_POSITIVE, 1.0, f32::MAX] {
                let alternating: Vec<f32> =
                    (0..800).map(|i| if i % 2 == 0 { x } else { -x }).collect();
                for samples in [vec![x; 800], alternating] {
                    let m = e.extract(&samples).unwrap();
                    assert!(m.iter().all(|v| v.is_finite()), "{kind:?} {x}");
                }
            }
        }
    }
}

#[test]
fn white_noise_has_a_power_of_one_in_every_bin() {
    let mut rng = fastrand::Rng::with_seed(1);
    // Uniform on +-sqrt(3): variance 1.
    let x: Vec<f32> = (0..160_000)
        .map(|_| 3f32.sqrt() * (2.0 * rng.f32() - 1.0))
        .collect();
    let framed = frames(&x, 400, 400).unwrap();
    let power = power_spectrum(framed.view(), &window(WindowShape::Hann, 400), 512).unwrap();
    let mean = power.mean_axis(ndarray::Axis(0)).unwrap();
    // 400 frames of exponentially distributed power: 1 +- 0.05 per bin, five sigma allowed.
    assert!(mean.iter().all(|m| (m - 1.0).abs() < 0.25), "{mean}");
    assert!((mean.mean().unwrap() - 1.0).abs() < 0.02);
}

#[test]
fn mel_is_a_thousand_at_a_thousand_hertz() {
    assert!((hz_to_mel(1000.0) - 1000.0).abs() < 0.02);
    assert!((mel_to_hz(hz_to_mel(4321.0)) - 4321.0).abs() < 1e-9);
}

#[test]
fn the_deltas_of_a_ramp_are_its_slope() {
    let ramp = Array2::from_shape_fn((9, 1), |(t, _)| 3.0 * t as f32);
    let slopes = deltas(ramp.view());
    assert!(
        slopes
            .column(0)
            .iter()
            .skip(2)
            .take(5)
            .all(|d| (d - 3.0).abs() < 1e-6)
    );
    assert_eq!(
        deltas(Array2::zeros((1, 4)).view()),
        Array2::<f32>::zeros((1, 4))
    );
    assert_eq!(deltas(Array2::zeros((0, 4)).view()).dim(), (0, 4));
}

#[test]
fn a_constant_bin_normalises_to_zero() {
    let mut m = array![[1.0, 0.0], [1.0, 2.0]];
    normalise(m.view_mut(), Normalisation::MeanVariance);
    assert_eq!(m, array![[0.0, -1.0], [0.0, 1.0]]);
    normalise(
        Array2::zeros((0, 3)).view_mut(),
        Normalisation::MeanVariance,
    );
}

#[test]
fn public_steps_refuse_what_does_not_fit() {
    assert!(frames(&[0.0; 3], 4, 1).is_err());
    assert!(frames(&[0.0; 3], 0, 1).is_err());
    assert!(frames(&[0.0; 3], 1, 0).is_err());
    assert_eq!(
        (
            frame_count(10, 0, 1),
            frame_count(10, 1, 0),
            frame_count(9, 4, 2)
        ),
        (0, 0, 3)
    );
    let framed = Array2::zeros((2, 4));
    assert!(power_spectrum(framed.view(), &[1.0; 3], 8).is_err());
    assert!(power_spectrum(framed.view(), &[1.0; 4], 3).is_err());
    assert!(power_spectrum(framed.view(), &[0.0; 4], 4).is_err());
    assert!(power_spectrum(framed.view(), &[f64::NAN; 4], 4).is_err());
    assert!(log_energies(framed.view(), 0.0).is_err());
    assert!(cepstra(framed.view(), 5).is_err());
    let bank = FilterBank::new(FrequencyScale::Linear, 3, 0.0, 4000.0, 64, 8000).unwrap();
    assert!(bank.apply(framed.view()).is_err());
    assert_eq!(
        (bank.bands(), bank.bins(), bank.to_matrix().dim()),
        (3, 33, (3, 33))
    );
}
