//! The features straight from their definitions, slow and plain, and the fast code held against
//! them on random input.

#![allow(clippy::unwrap_used, reason = "a test that fails should panic")]

use std::f64::consts::{PI, TAU};

use fastrand::Rng;
use ndarray::Array2;

use super::{Convention, FeatureExtractor, FrontEnd, FrontEndKind, Normalisation, WindowShape};

/// `|sum_n w[n] y[n] e^(-2 pi i k n / N)|^2 / sum w^2`, term by term.
fn power(f: &FrontEnd, y: &[f64], k: usize) -> f64 {
    let w = |n: usize| {
        let c = (TAU * n as f64 / f.frame_length as f64).cos();
        match f.window {
            WindowShape::Hann => 0.5 - 0.5 * c,
            WindowShape::Hamming => 0.54 - 0.46 * c,
            WindowShape::Povey => {
                let c = (TAU * n as f64 / (f.frame_length - 1) as f64).cos();
                (0.5 - 0.5 * c).powf(0.85)
            }
        }
    };
    let (mut re, mut im, mut energy) = (0.0, 0.0, 0.0);
    for (n, y) in y.iter().enumerate() {
        // The index is reduced first: the cosine of a large angle would lose digits.
        let angle = TAU * ((k * n) % f.fft_length) as f64 / f.fft_length as f64;
        re += w(n) * y * angle.cos();
        im -= w(n) * y * angle.sin();
        energy += w(n) * w(n);
    }
    match f.convention {
        Convention::Plain => (re * re + im * im) / energy,
        _ => re * re + im * im,
    }
}

/// Energy of filter `m`, every bin of the spectrum weighed.
fn energy(f: &FrontEnd, spectrum: &[f64], m: usize) -> f64 {
    let mel = matches!(f.kind, FrontEndKind::LogMel | FrontEndKind::Mfcc);
    let slaney = mel && f.convention == Convention::Librosa;
    let warp = |hz: f64| match (mel, slaney) {
        (false, _) => hz,
        (true, false) => (1.0 + hz / 700.0).ln(),
        (true, true) if hz < 1000.0 => 3.0 * hz / 200.0,
        (true, true) => 15.0 + 27.0 * (hz / 1000.0).ln() / 6.4f64.ln(),
    };
    let unwarp = |x: f64| match (mel, slaney) {
        (false, _) => x,
        (true, false) => 700.0 * (x.exp() - 1.0),
        (true, true) if x < 15.0 => x * 200.0 / 3.0,
        (true, true) => 1000.0 * 6.4f64.powf((x - 15.0) / 27.0),
    };
    let (low, high) = (warp(f.low_hz.into()), warp(f.high_hz.into()));
    let edge = |i: usize| unwarp(low + (high - low) * i as f64 / (f.bands + 1) as f64);
    let (left, peak, right) = (edge(m), edge(m + 1), edge(m + 2));
    let weight = |k: usize| {
        let hz = k as f64 * f64::from(f.sample_rate_hz) / f.fft_length as f64;
        let on = |hz: f64| match f.convention {
            Convention::Kaldi => warp(hz),
            _ => hz,
        };
        let [x, left, peak, right] = [hz, left, peak, right].map(on);
        let height = match f.convention {
            Convention::Librosa => 2.0 / (right - left),
            _ => 1.0,
        };
        if x <= left || x >= right {
            0.0
        } else if x <= peak {
            height * (x - left) / (peak - left)
        } else {
            height * (right - x) / (right - peak)
        }
    };
    spectrum
        .iter()
        .enumerate()
        .map(|(k, p)| weight(k) * p)
        .sum()
}

fn naive(f: &FrontEnd, x: &[f32]) -> Array2<f64> {
    let mean_square = x.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / x.len() as f64;
    let gain = f
        .level_rms
        .map_or(1.0, |level| f64::from(level) / mean_square.sqrt().max(1e-5));
    let y: Vec<f64> = (0..x.len())
        .map(|i| {
            let before = if i > 0 { x[i - 1] } else { 0.0 };
            gain * (f64::from(x[i]) - f64::from(f.pre_emphasis) * f64::from(before))
        })
        .collect();
    let x: Vec<f64> = x.iter().map(|&x| gain * f64::from(x)).collect();
    let mut y = y;
    // A frame, and what lies on either side of it in the FFT.
    let mut span = f.frame_length;
    if f.convention == Convention::Librosa {
        span = f.fft_length;
        let zeros = vec![0.0; span / 2];
        y = [&zeros[..], &y, &zeros].concat();
    }
    if f.convention == Convention::Torchaudio {
        span = f.fft_length;
        let mut ahead = y[1..=span / 2].to_vec();
        let mut behind = y[y.len() - 1 - span / 2..y.len() - 1].to_vec();
        ahead.reverse();
        behind.reverse();
        y = [ahead, y, behind].concat();
    }
    let mut rows = Vec::new();
    let mut start = 0;
    while start + span <= y.len() {
        let first = start + (span - f.frame_length) / 2;
        let mut frame = y[first..first + f.frame_length].to_vec();
        if f.convention == Convention::Kaldi {
            let x = &x[start..start + f.frame_length];
            let mean = x.iter().sum::<f64>() / x.len() as f64;
            let before = |i: usize| if i == 0 { x[0] } else { x[i - 1] };
            let emphasised =
                |i: usize| (x[i] - mean) - f64::from(f.pre_emphasis) * (before(i) - mean);
            frame = (0..x.len()).map(emphasised).collect();
        }
        let spectrum: Vec<f64> = (0..=f.fft_length / 2)
            .map(|k| power(f, &frame, k))
            .collect();
        let floor = f64::from(f.log_floor);
        let log = |e: f64| match f.convention {
            Convention::Plain => (e + floor).ln(),
            Convention::Librosa | Convention::Torchaudio => 10.0 * e.max(floor).log10(),
            Convention::Kaldi => e.max(floor).ln(),
        };
        let logs: Vec<f64> = match f.kind {
            FrontEndKind::LogSpectrum => spectrum.into_iter().map(log).collect(),
            _ => (0..f.bands).map(|m| log(energy(f, &spectrum, m))).collect(),
        };
        let n = logs.len() as f64;
        rows.push(match f.kind {
            FrontEndKind::Lfcc | FrontEndKind::Mfcc => (0..f.coefficients)
                .map(|k| {
                    let scale = if k == 0 {
                        (1.0 / n).sqrt()
                    } else {
                        (2.0 / n).sqrt()
                    };
                    let term =
                        |(i, e): (usize, &f64)| e * (PI * k as f64 * (i as f64 + 0.5) / n).cos();
                    scale * logs.iter().enumerate().map(term).sum::<f64>()
                })
                .collect(),
            _ => logs,
        });
        start += f.frame_shift;
    }
    let (frames, statics) = (rows.len(), rows[0].len());
    for order in 0..usize::from(f.delta_order) {
        let at = |t: isize, b: usize| {
            rows[t.clamp(0, frames as isize - 1) as usize][order * statics + b]
        };
        let slopes: Vec<Vec<f64>> = (0..frames as isize)
            .map(|t| {
                (0..statics)
                    .map(|b| {
                        (at(t + 1, b) - at(t - 1, b) + 2.0 * (at(t + 2, b) - at(t - 2, b))) / 10.0
                    })
                    .collect()
            })
            .collect();
        rows.iter_mut()
            .zip(slopes)
            .for_each(|(row, s)| row.extend(s));
    }
    let mut out = Array2::from_shape_fn((frames, rows[0].len()), |(t, b)| rows[t][b]);
    for mut column in out.columns_mut() {
        let mean = column.sum() / frames as f64;
        let deviation = (column.mapv(|v| (v - mean).powi(2)).sum() / frames as f64).sqrt();
        match f.normalisation {
            Normalisation::None => {}
            Normalisation::Mean => column.mapv_inplace(|v| v - mean),
            Normalisation::MeanVariance => {
                column.mapv_inplace(|v| (v - mean) / deviation.max(1e-5))
            }
        }
    }
    out
}

fn any_front_end(rng: &mut Rng) -> FrontEnd {
    use FrontEndKind::{Lfcc, LogLinear, LogMel, LogSpectrum, Mfcc};
    let frame_length = rng.usize(40..200);
    let bands = rng.usize(3..8);
    let pick = |rng: &mut Rng, n: usize| rng.usize(..n);
    FrontEnd {
        kind: [LogLinear, LogMel, Lfcc, Mfcc, LogSpectrum][pick(rng, 5)],
        sample_rate_hz: 8000,
        level_rms: [None, Some(0.1), Some(1.0)][pick(rng, 3)],
        frame_length,
        frame_shift: rng.usize(1..250),
        fft_length: rng.usize(frame_length.max(100)..=256),
        window: [WindowShape::Hann, WindowShape::Hamming, WindowShape::Povey][pick(rng, 3)],
        convention: [
            Convention::Plain,
            Convention::Librosa,
            Convention::Kaldi,
            Convention::Torchaudio,
        ][pick(rng, 4)],
        pre_emphasis: [0.0, 0.97][pick(rng, 2)],
        bands,
        low_hz: rng.f32() * 300.0,
        high_hz: 3000.0 + rng.f32() * 1000.0,
        coefficients: rng.usize(1..=bands),
        delta_order: rng.u8(..3),
        log_floor: 1e-8,
        normalisation: [
            Normalisation::None,
            Normalisation::Mean,
            Normalisation::MeanVariance,
        ][pick(rng, 3)],
    }
}

/// Tolerance 1e-4 in the features' own unit (nepers for logs), twenty times f32's rounding of the
/// deepest log.
#[test]
fn the_extractor_matches_the_definitions() {
    let mut rng = Rng::with_seed(7);
    for round in 0..80 {
        let f = any_front_end(&mut rng);
        let least = match f.convention {
            Convention::Torchaudio => f.fft_length / 2 + 1,
            _ => f.frame_length,
        };
        let n = least + rng.usize(..1200);
        // Near silence, variance normalisation blows f32's rounding up to any size, so it is tested
        // on signals only.
        let quietest = if f.normalisation == Normalisation::MeanVariance {
            1
        } else {
            3
        };
        let gain = [1.0, 1e-3, 1e-6][rng.usize(..quietest)];
        let x: Vec<f32> = (0..n).map(|_| gain * (2.0 * rng.f32() - 1.0)).collect();
        let mut extractor = FeatureExtractor::new(f.clone()).unwrap();
        // Twice with one extractor: reused buffers must not leak from one call into the next.
        extractor.extract(&vec![1.0; f.fft_length + 9]).unwrap();
        let fast = extractor.extract(&x).unwrap();
        let slow = naive(&f, &x);
        assert_eq!(fast.dim(), slow.dim(), "round {round}: {f:?}");
        assert_eq!(fast.dim(), (extractor.frames(n), extractor.bins()));
        for ((at, a), b) in fast.indexed_iter().zip(&slow) {
            assert!(
                (f64::from(*a) - b).abs() < 1e-4,
                "round {round}, {at:?}: {a} {b}: {f:?}"
            );
        }
    }
}
