//! Periodicity at the pitch of a voice.

use super::low_rate::{LOW_RATE_HZ, dot};

/// 40 ms at the low rate: at least three periods of an 80 Hz voice.
const WINDOW: usize = 160;
/// Pitch periods from 400 Hz down to 80 Hz, at the low rate.
const MIN_LAG: usize = LOW_RATE_HZ / 400;
const MAX_LAG: usize = LOW_RATE_HZ / 80;
/// Flattens the spectrum, so that rumble, which is periodic at any lag for a moment, counts for
/// little.
const PRE_EMPHASIS: f32 = 0.9;

/// Highest normalised correlation, 0 to 1, between the last 40 ms and the same a pitch period
/// earlier.
///
/// `low` is at the low rate and at least 53 ms long.
pub(super) fn voicing(low: &[f32]) -> f32 {
    let low = &low[low.len() - WINDOW - MAX_LAG - 1..];
    let sharp: [f32; WINDOW + MAX_LAG] =
        std::array::from_fn(|i| low[i + 1] - PRE_EMPHASIS * low[i]);
    let now = &sharp[MAX_LAG..];
    let energy = dot(now, now);
    // Below the power of digital silence there is nothing to correlate.
    if energy < 1e-11 * WINDOW as f32 {
        return 0.0;
    }
    let window = &sharp[MAX_LAG - MIN_LAG..][..WINDOW];
    let mut past = dot(window, window);
    let mut best = 0.0_f32;
    for lag in MIN_LAG..=MAX_LAG {
        let then = &sharp[MAX_LAG - lag..][..WINDOW];
        if lag > MIN_LAG {
            // Slides the energy window one sample into the past.
            let dropped = sharp[MAX_LAG - lag + WINDOW];
            past += then[0] * then[0] - dropped * dropped;
        }
        best = best.max(dot(now, then) / (energy * past.max(1e-11)).sqrt());
    }
    best.min(1.0)
}
