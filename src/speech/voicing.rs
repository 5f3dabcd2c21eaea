//! Periodicity at the pitch of a voice.

use crate::features::{LOW_RATE_HZ, PERIODICITY_WINDOW, correlations, flattened};

/// Pitch periods from 400 Hz down to 80 Hz, at the low rate.
const MIN_LAG: usize = LOW_RATE_HZ / 400;
const MAX_LAG: usize = LOW_RATE_HZ / 80;

/// Highest normalised correlation, 0 to 1, between the last 40 ms and the same a pitch period
/// earlier.
///
/// `low` is at the low rate and at least 53 ms long.
pub(super) fn voicing(low: &[f32]) -> f32 {
    let sharp: [f32; PERIODICITY_WINDOW + MAX_LAG] = flattened(low);
    let mut best = 0.0_f32;
    correlations(&sharp, MIN_LAG..=MAX_LAG, |found| best = best.max(found));
    best.min(1.0)
}
