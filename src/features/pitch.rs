//! The pitch of a voice: its fundamental frequency.

use super::low_rate::{Decimator, LOW_RATE_HZ, with_low_rate};
use super::periodicity::{PERIODICITY_WINDOW, correlations, flattened};
use crate::error::Result;

/// Pitch periods from 500 Hz down to 60 Hz, at the low rate.
const MIN_LAG: usize = LOW_RATE_HZ / 500;
const MAX_LAG: usize = LOW_RATE_HZ / 60;
const LAGS: usize = MAX_LAG - MIN_LAG + 1;
/// What a look sees: 40 ms, and the longest period before them.
const SEEN: usize = PERIODICITY_WINDOW + MAX_LAG;
/// From one look to the next, 20 ms at the low rate.
const SHIFT: usize = LOW_RATE_HZ / 50;
/// Correlation from which on a look is voiced.
const VOICED: f32 = 0.6;
/// Twice the period correlates as the period does: the shortest one whose correlation is this share
/// of the highest is taken.
const AS_GOOD: f32 = 0.9;
/// Voiced looks (80 ms) without which there is no pitch.
const LEAST_LOOKS: usize = 4;

/// Measures the pitch of stretches of a signal.
#[derive(Debug, Clone)]
pub struct PitchMeter {
    /// As it is before the first sample.
    decimator: Decimator,
    /// Samples from one look to the next.
    shift: usize,
}

impl PitchMeter {
    /// For signals at `sample_rate_hz`, a multiple of 4000 from 8000 to 48000.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) for any other rate.
    pub fn new(sample_rate_hz: u32) -> Result<Self> {
        let rate = with_low_rate(sample_rate_hz)?;
        Ok(Self {
            // One more, for the difference that flattens the spectrum.
            decimator: Decimator::new(rate, SEEN + 1),
            shift: SHIFT * rate / LOW_RATE_HZ,
        })
    }

    /// Median of the pitch of the voiced parts of `samples`, 60 to 500 Hz; `None` where less than
    /// 80 ms are voiced.
    ///
    /// Every 20 ms, by the normalised autocorrelation of 40 ms of a copy at 4 kHz whose spectrum is
    /// flattened, so that it is found as well where a telephone line has cut off the fundamental.
    /// The level does not matter. Samples that are not finite count as zeros.
    ///
    /// ```
    /// let hum = |i| f32::sin(i as f32 * 150.0 * std::f32::consts::TAU / 16_000.0).powi(5);
    /// let voice: Vec<f32> = (0..16_000).map(hum).collect();
    /// let meter = voxhumana::features::PitchMeter::new(16_000)?;
    /// let pitch_hz = meter.median_hz(&voice).unwrap();
    /// assert!((pitch_hz - 150.0).abs() < 1.0);
    /// assert_eq!(meter.median_hz(&[0.0; 16_000]), None);
    /// # Ok::<(), voxhumana::Error>(())
    /// ```
    #[must_use]
    pub fn median_hz(&self, samples: &[f32]) -> Option<f32> {
        let mut decimator = self.decimator.clone();
        let mut found = Vec::with_capacity(samples.len() / self.shift);
        for (i, frame) in samples.chunks_exact(self.shift).enumerate() {
            for &sample in frame {
                let finite = sample.is_finite();
                decimator.push(if finite { sample.clamp(-1.0, 1.0) } else { 0.0 });
            }
            decimator.end_frame();
            // Before, it would see what lies in front of the first sample.
            if (i + 1) * SHIFT > SEEN {
                found.extend(pitch_hz(decimator.low()));
            }
        }
        if found.len() < LEAST_LOOKS {
            return None;
        }
        let middle = found.len() / 2;
        Some(*found.select_nth_unstable_by(middle, f32::total_cmp).1)
    }
}

/// The pitch at the end of `low`, which is at the low rate; `None` if it is not voiced.
fn pitch_hz(low: &[f32]) -> Option<f32> {
    let sharp: [f32; SEEN] = flattened(low);
    let mut found = [0.0_f32; LAGS];
    let mut slots = found.iter_mut();
    correlations(&sharp, MIN_LAG..=MAX_LAG, |correlation| {
        if let Some(slot) = slots.next() {
            *slot = correlation;
        }
    });
    let peaks = || {
        found
            .windows(3)
            .enumerate()
            .filter_map(|(i, near)| peak(i, near))
    };
    let best = peaks().map(|(_, height)| height).fold(0.0, f32::max);
    let (lag, height) = peaks().find(|(_, height)| *height >= AS_GOOD * best)?;
    (height >= VOICED).then(|| LOW_RATE_HZ as f32 / lag)
}

/// Lag and height of the top of the parabola through the correlations `near` the one of the lag
/// `MIN_LAG + 1 + i`, if that is a peak.
fn peak(i: usize, near: &[f32]) -> Option<(f32, f32)> {
    let &[before, at, after] = near else {
        return None;
    };
    if at < before || at <= after {
        return None;
    }
    let slope = (after - before) / 2.0;
    // Below 0, as at least one neighbour is lower.
    let curve = before - 2.0 * at + after;
    let beside = (-slope / curve).clamp(-0.5, 0.5);
    let lag = (MIN_LAG + 1 + i) as f32 + beside;
    Some((lag, at + slope * beside / 2.0))
}

#[cfg(test)]
mod tests {
    use std::f32::consts::TAU;

    use super::*;

    /// A second of harmonics of `f0_hz` up to the 12th, 12 dB lower an octave, without those below
    /// `from_hz`.
    fn voice(rate: u32, f0_hz: f32, from_hz: f32) -> Vec<f32> {
        let harmonics = || (1..13).map(|k| k as f32).filter(|k| k * f0_hz >= from_hz);
        let at = |i: u32| i as f32 / rate as f32 * TAU * f0_hz;
        let sum = |i| {
            harmonics()
                .map(|k| (k * at(i)).cos() / (k * k))
                .sum::<f32>()
        };
        (0..rate).map(|i| 0.2 * sum(i)).collect()
    }

    #[test]
    fn finds_the_pitch_at_any_rate_and_without_the_fundamental() {
        for rate in [8_000, 16_000, 48_000] {
            let meter = PitchMeter::new(rate).unwrap();
            for f0_hz in [70.0, 110.0, 145.5, 210.0, 330.0, 450.0] {
                for from_hz in [0.0, 300.0] {
                    let found = meter.median_hz(&voice(rate, f0_hz, from_hz)).unwrap();
                    let off = (found / f0_hz).ln().abs();
                    assert!(off < 0.02, "{rate} {f0_hz} {from_hz}: {found}");
                }
            }
        }
    }

    #[test]
    fn what_has_no_pitch_gets_none() {
        let meter = PitchMeter::new(16_000).unwrap();
        let mut random = fastrand::Rng::with_seed(2);
        let noise: Vec<f32> = (0..16_000).map(|_| random.f32() - 0.5).collect();
        assert_eq!(meter.median_hz(&noise), None);
        assert_eq!(meter.median_hz(&[]), None);
        assert_eq!(meter.median_hz(&[f32::NAN; 16_000]), None);
        // 80 ms at least.
        assert_eq!(meter.median_hz(&voice(16_000, 120.0, 0.0)[..1_600]), None);
        for rate in [0, 11_025, 4_000, 96_000] {
            assert!(PitchMeter::new(rate).is_err(), "{rate}");
        }
    }
}
