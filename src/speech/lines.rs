//! Spectral lines that stand still: what tells tones and music from speech.
//!
//! Notes and signalling tones hold their partials for a tenth of a second and more; the harmonics
//! of a voice never stop gliding. So the fine structure of the spectrum is compared with that of
//! 100 ms earlier: about 0 for noise and speech, 0.6 to 1 for music and tones. The measure knows
//! nothing of loudness or of the spectral envelope, so neither the line nor the speaker moves it.

use std::collections::VecDeque;
use std::f32::consts::PI;
use std::sync::LazyLock;

use super::crosstalk::{BANDS, BandPowers};
use crate::features::LOW_RATE_HZ;
use crate::features::hann;

/// 64 ms at the low rate: resolves the harmonics of a 60 Hz voice (Hann, 4 bins wide).
pub(super) const WINDOW: usize = 256;
const HALF: usize = WINDOW / 2;
/// First bin, 125 Hz: hum and rumble lie below.
const FIRST: usize = 8;
/// Number of bins, to 1.7 kHz, just above the highest DTMF frequency.
const BINS: usize = 104;
/// First bin used for the fine structure, 219 Hz: below, two voices differ by less than a bin.
const FINE_FIRST: usize = 14 - FIRST;
/// Bins of the fine structure, to 1.5 kHz.
const FINE_BINS: usize = 83;
/// Bins on either side that make the envelope, about 170 Hz in all: less than two formants apart.
const ENVELOPE_REACH: usize = 5;
/// Spectra between the two compared; 5 of 20 ms.
const APART: usize = 5;
/// Added to each power, so that digital silence has no lines: about -100 dB re a full-scale sine.
const POWER_FLOOR: f32 = 1e-7;

/// The lines of one window.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct LineMeasures {
    /// Correlation of the fine structure with that of 100 ms earlier, -1 to 1.
    pub stability: f32,
    /// Whether the window holds a DTMF digit or a beep and next to nothing else.
    pub is_tone: bool,
    /// Power in bands of equal width.
    pub bands: BandPowers,
}

/// Measures the lines of successive windows, 20 ms apart.
#[derive(Debug, Clone)]
pub(super) struct Lines {
    past: VecDeque<[f32; FINE_BINS]>,
}

/// Of the transform, for all channels.
struct Tables {
    window: Vec<f32>,
    /// Row n of each: cosine and sine of all bins at sample n from the window's centre.
    cosines: Vec<[f32; BINS]>,
    sines: Vec<[f32; BINS]>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let angle = |n: usize, k: usize| 2.0 * PI * (n * (k + FIRST) % WINDOW) as f32 / WINDOW as f32;
    let rows = |of: fn(f32) -> f32| {
        (0..=HALF)
            .map(|n| std::array::from_fn(|k| of(angle(n, k))))
            .collect()
    };
    Tables {
        window: hann(WINDOW),
        cosines: rows(f32::cos),
        sines: rows(f32::sin),
    }
});

impl Lines {
    pub fn new() -> Self {
        Self {
            past: VecDeque::from(vec![[0.0; FINE_BINS]; APART]),
        }
    }

    /// The lines of `samples`, `WINDOW` of them at the low rate.
    pub fn measure(&mut self, samples: &[f32]) -> LineMeasures {
        let power = Self::power(samples);
        let fine = fine_structure(&power);
        let then = self.past.pop_front().unwrap_or([0.0; FINE_BINS]);
        let stability = fine.iter().zip(&then).map(|(a, b)| a * b).sum();
        self.past.push_back(fine);
        LineMeasures {
            stability,
            is_tone: is_tone(&power),
            bands: std::array::from_fn(|b| {
                power[b * BINS / BANDS..(b + 1) * BINS / BANDS].iter().sum()
            }),
        }
    }

    /// Power spectrum of the bins by the definition of the DFT, folded about the centre of the
    /// window: at so few bins a fast transform would save little.
    fn power(samples: &[f32]) -> [f32; BINS] {
        let tables = &*TABLES;
        let mut re = [0.0_f32; BINS];
        let mut im = [0.0_f32; BINS];
        let at = |i: usize| samples[i] * tables.window[i];
        for n in 0..=HALF {
            // The periodic Hann window is 0 at sample 0, the only one without a mirror image.
            let (even, odd) = match n {
                0 => (at(HALF), 0.0),
                HALF => continue,
                _ => (at(HALF + n) + at(HALF - n), at(HALF + n) - at(HALF - n)),
            };
            for k in 0..BINS {
                re[k] += even * tables.cosines[n][k];
                im[k] += odd * tables.sines[n][k];
            }
        }
        std::array::from_fn(|k| re[k] * re[k] + im[k] * im[k])
    }
}

/// Log spectrum less its envelope, with mean 0 and norm 1 (all zeros for a flat spectrum).
fn fine_structure(power: &[f32; BINS]) -> [f32; FINE_BINS] {
    let log: [f32; BINS] = std::array::from_fn(|k| (power[k] + POWER_FLOOR).ln());
    let mut fine: [f32; FINE_BINS] = std::array::from_fn(|i| {
        let k = i + FINE_FIRST;
        let around = &log[k - ENVELOPE_REACH..=k + ENVELOPE_REACH];
        log[k] - around.iter().sum::<f32>() / around.len() as f32
    });
    let mean = fine.iter().sum::<f32>() / FINE_BINS as f32;
    fine.iter_mut().for_each(|x| *x -= mean);
    let norm = fine.iter().map(|x| x * x).sum::<f32>().sqrt();
    // A flat spectrum (digital silence) has no lines that could agree.
    let scale = if norm > 1e-3 { 1.0 / norm } else { 0.0 };
    fine.map(|x| x * scale)
}

/// ITU-T Q.23: one tone of each group at once.
const DTMF_LOW_HZ: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
const DTMF_HIGH_HZ: [f32; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
/// Share of the power that must lie in the two tones.
const DTMF_PURITY: f32 = 0.9;
/// Greatest ratio of the powers of the two tones: ITU-T Q.24 accepts up to 10 dB.
const DTMF_TWIST: f32 = 10.0;
/// A single line from here up is a beep (1000 or 1400 Hz) or a fax (1100 Hz); below, a close vowel
/// of a high voice can be next to one line.
const BEEP_HZ: f32 = 690.0;
/// Share of the power that must lie in the single line.
const BEEP_PURITY: f32 = 0.95;

fn bin_of(hz: f32) -> usize {
    (hz * WINDOW as f32 / LOW_RATE_HZ as f32).round() as usize - FIRST
}

fn is_tone(power: &[f32; BINS]) -> bool {
    let total: f32 = power.iter().sum();
    // The main lobe of the window is two bins on either side.
    let line = |bin: usize| {
        power[bin.saturating_sub(2)..(bin + 3).min(BINS)]
            .iter()
            .sum::<f32>()
    };
    let strongest = |group: [f32; 4]| {
        group
            .map(|hz| line(bin_of(hz)))
            .into_iter()
            .fold(0.0, f32::max)
    };
    let (low, high) = (strongest(DTMF_LOW_HZ), strongest(DTMF_HIGH_HZ));
    let is_dtmf =
        low + high > DTMF_PURITY * total && low < DTMF_TWIST * high && high < DTMF_TWIST * low;
    let is_beep = || (bin_of(BEEP_HZ)..BINS).any(|bin| line(bin) > BEEP_PURITY * total);
    total > POWER_FLOOR * BINS as f32 && (is_dtmf || is_beep())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(n: usize) -> Vec<f32> {
        let mut random = fastrand::Rng::with_seed(3);
        (0..n).map(|_| random.f32() - 0.5).collect()
    }

    fn tone(hz: f32, n: usize) -> Vec<f32> {
        (0..n)
            .map(|i| (2.0 * PI * hz * i as f32 / LOW_RATE_HZ as f32).sin())
            .collect()
    }

    /// The folded transform against the definition in double precision.
    #[test]
    fn powers_are_those_of_the_dft() {
        let samples = noise(WINDOW);
        let power = Lines::power(&samples);
        for (k, power) in power.iter().enumerate() {
            let (mut re, mut im) = (0.0_f64, 0.0_f64);
            for (n, x) in samples.iter().enumerate() {
                let turn = 2.0 * std::f64::consts::PI * n as f64 / WINDOW as f64;
                let x = f64::from(*x) * (0.5 - 0.5 * turn.cos());
                re += x * (turn * (k + FIRST) as f64).cos();
                im += x * (turn * (k + FIRST) as f64).sin();
            }
            let expected = re * re + im * im;
            assert!(
                (f64::from(*power) - expected).abs() < 1e-4 * (1.0 + expected),
                "bin {k}"
            );
        }
    }

    fn mean_stability(samples: &[f32]) -> f32 {
        let mut lines = Lines::new();
        let all: Vec<f32> = samples
            .windows(WINDOW)
            .step_by(80)
            .map(|w| lines.measure(w).stability)
            .collect();
        all[APART..].iter().sum::<f32>() / (all.len() - APART) as f32
    }

    #[test]
    fn tones_stand_still_and_noise_does_not() {
        let chord: Vec<f32> = tone(440.0, 8_000)
            .iter()
            .zip(tone(554.4, 8_000))
            .map(|(a, b)| a + b)
            .collect();
        assert!(mean_stability(&chord) > 0.8, "{}", mean_stability(&chord));
        assert!(mean_stability(&noise(8_000)).abs() < 0.1);
        assert_eq!(mean_stability(&[0.0; 8_000]), 0.0);
    }

    #[test]
    fn beeps_and_digits_are_tones_and_a_low_hum_is_not() {
        let is_tone = |samples: &[f32]| Lines::new().measure(samples).is_tone;
        assert!(is_tone(&tone(1_400.0, WINDOW)));
        let digit: Vec<f32> = tone(697.0, WINDOW)
            .iter()
            .zip(tone(1_209.0, WINDOW))
            .map(|(a, b)| a + b)
            .collect();
        assert!(is_tone(&digit));
        assert!(!is_tone(&tone(250.0, WINDOW)));
        assert!(!is_tone(&noise(WINDOW)));
        assert!(!is_tone(&[0.0; WINDOW]));
    }
}
