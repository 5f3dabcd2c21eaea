//! Whether there is an offset or mains hum.

use std::f64::consts::TAU;
use std::sync::Arc;

use super::peaks::Peaks;
use crate::features::{RealFftPlan, hann};
use crate::shared::Shared;

/// Less than this is not looked at, seconds: it holds no speech for a verdict either.
const SHORTEST_S: f64 = 0.5;
/// Highest line looked for, Hz; what averaging leaves of the band above the copy's own is weak
/// below.
const HIGHEST_HZ: f64 = 1_900.0;
/// And highest share of the copy's rate, a little under one half.
const HIGHEST_SHARE: f64 = 0.475;
/// Nominal mains frequencies (IEC 60038).
const MAINS_HZ: [f64; 2] = [50.0, 60.0];

/// An offset from here up is taken out, full scale 1. Measured on dev: below, it moves no llr by
/// more than 0.1.
const OFFSET: f64 = 0.0002;
/// And from this share of the sound's root mean square up: speech itself is not free of it.
const OFFSET_SHARE: f64 = 0.004;

/// Hum holds at least this share of the power below 2 kHz. Speech suffers from it from 15 dB under
/// its own level up.
const HUM_SHARE: f64 = 0.03;
/// The same where hum has been found before: loud speech for two seconds does not part it.
const HUM_STAYS_SHARE: f64 = 0.005;
/// Coherence over the quarters of a look, 0 to 1: a hum holds amplitude and phase, the pitch of a
/// voice that happens to be at 100 Hz does not.
const STEADY: f64 = 0.8;
/// One line makes a hum up to this harmonic; further up, where dial and busy tones lie, it takes
/// `FEWEST_LINES`.
const LOW_HARMONIC: usize = 3;
const FEWEST_LINES: usize = 3;
/// Harmonics above the highest that stands out that are taken out as well.
const HIDDEN: usize = 3;

/// What a look has found.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Found {
    is_offset: bool,
    /// Frequencies of the lines of a hum.
    pub lines_hz: Vec<f64>,
}

impl Found {
    pub(super) fn is_nothing(&self) -> bool {
        !self.is_offset && self.lines_hz.is_empty()
    }
}

/// Looks at the copy. It looks every two seconds, so it keeps nothing of its own in between.
#[derive(Clone)]
pub(super) struct Finder {
    rate_hz: f64,
    window: Arc<Vec<f64>>,
    plan: RealFftPlan<f64>,
}

/// Of full looks, by length.
static WINDOWS: Shared<usize, Vec<f64>> = Shared::new();

impl Finder {
    /// For a copy at `rate_hz`, of which a look sees `full` samples.
    pub(super) fn new(rate_hz: f64, full: usize) -> Self {
        Self {
            rate_hz,
            window: WINDOWS.get(full, || Arc::new(hann(full))),
            plan: RealFftPlan::new(full.next_power_of_two()),
        }
    }

    /// Looks at samples of the copy; `hums` if hum was found in those before.
    pub(super) fn look(&self, samples: &[f64], hums: bool) -> Found {
        let n = samples.len();
        if (n as f64) < SHORTEST_S * self.rate_hz {
            return Found::default();
        }
        let shorter = (n != self.window.len()).then(|| hann::<f64>(n));
        let window = shorter.as_ref().unwrap_or(&self.window);
        let weight: f64 = window.iter().sum();
        let mean = samples.iter().zip(window).map(|(x, w)| x * w).sum::<f64>() / weight;
        let centred: Vec<f64> = samples.iter().map(|x| x - mean).collect();
        let power = centred.iter().map(|x| x * x).sum::<f64>() / n as f64;
        let is_offset = mean.abs() > OFFSET && mean.abs() > OFFSET_SHARE * power.sqrt();

        let mut fft = self.plan.with_buffers();
        let input = fft.input();
        input.fill(0.0);
        for ((out, x), w) in input.iter_mut().zip(&centred).zip(window) {
            *out = x * w;
        }
        let bin_hz = self.rate_hz / input.len() as f64;
        let Ok(spectrum) = fft.transform() else {
            return Found::default();
        };
        // Powers of the sines that would stand there.
        let scale = 2.0 / (weight * weight);
        let powers = spectrum.iter().map(|c| scale * c.norm_sqr()).collect();
        let peaks = Peaks::new(powers, bin_hz, 2.0 * self.rate_hz / n as f64);
        let share = if hums { HUM_STAYS_SHARE } else { HUM_SHARE };
        let loudest = MAINS_HZ
            .map(|hz| Hum::of(&peaks, hz, HIGHEST_HZ.min(HIGHEST_SHARE * self.rate_hz)))
            .into_iter()
            .max_by(|a, b| a.power.total_cmp(&b.power))
            .filter(|hum| hum.is_one() && hum.power > share * power)
            .filter(|hum| hum.coherence(&centred, self.rate_hz) > STEADY);
        Found {
            is_offset,
            lines_hz: loudest.map_or_else(Vec::new, |hum| hum.lines()),
        }
    }
}

/// The lines of one mains frequency.
struct Hum {
    power: f64,
    /// Number of the harmonic, frequency and power.
    lines: Vec<(usize, f64, f64)>,
    /// Up to which it was looked for.
    highest_hz: f64,
}

impl Hum {
    fn of(peaks: &Peaks, mains_hz: f64, highest_hz: f64) -> Self {
        let lines: Vec<_> = (1..=(highest_hz / mains_hz) as usize)
            .filter_map(|k| {
                let (hz, power) = peaks.near(mains_hz * k as f64)?;
                Some((k, hz, power))
            })
            .collect();
        Self {
            power: lines.iter().map(|(.., power)| power).sum(),
            lines,
            highest_hz,
        }
    }

    fn is_one(&self) -> bool {
        let lowest = self.lines.first().map_or(usize::MAX, |(k, ..)| *k);
        lowest <= LOW_HARMONIC || self.lines.len() >= FEWEST_LINES
    }

    /// Frequencies of its harmonics up to a little above the highest that stands out: the voice may
    /// hide one. All are multiples of one frequency, that of the loud and the high.
    fn lines(&self) -> Vec<f64> {
        let sum = |of: fn(&(usize, f64, f64)) -> f64| self.lines.iter().map(of).sum::<f64>();
        let weight = sum(|(k, _, power)| power * (k * k) as f64);
        let mains_hz = sum(|(k, hz, power)| power * hz * *k as f64) / weight;
        let highest = self.lines.last().map_or(0, |(k, ..)| *k);
        (1..=highest + HIDDEN)
            .map(|k| mains_hz * k as f64)
            .take_while(|&hz| hz < self.highest_hz)
            .collect()
    }

    /// How far the lines hold amplitude and phase over the quarters of `samples`, by power, 0 to 1.
    fn coherence(&self, samples: &[f64], rate_hz: f64) -> f64 {
        const QUARTERS: usize = 4;
        let length = (samples.len() / QUARTERS).max(1);
        let (mut together, mut apart) = (0.0, f64::MIN_POSITIVE);
        for (_, hz, _) in &self.lines {
            let mut sum = (0.0, 0.0);
            for (q, quarter) in samples.chunks_exact(length).take(QUARTERS).enumerate() {
                let (mut re, mut im) = (0.0, 0.0);
                for (i, x) in quarter.iter().enumerate() {
                    let (s, c) = (TAU * hz * (q * length + i) as f64 / rate_hz).sin_cos();
                    re += x * c;
                    im += x * s;
                }
                apart += re * re + im * im;
                sum = (sum.0 + re, sum.1 + im);
            }
            together += (sum.0 * sum.0 + sum.1 * sum.1) / QUARTERS as f64;
        }
        together / apart
    }
}
