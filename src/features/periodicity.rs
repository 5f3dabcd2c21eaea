//! How alike the end of a signal at the low rate and what came a period before it are.

use std::ops::RangeInclusive;

use super::low_rate::dot;

/// 40 ms at the low rate: at least three periods of an 80 Hz voice.
pub(crate) const PERIODICITY_WINDOW: usize = 160;
/// Flattens the spectrum, so that rumble, which is periodic at any lag for a moment, counts for
/// little.
const PRE_EMPHASIS: f32 = 0.9;

/// The last `N` samples of `low`, which has one more at least, with a flatter spectrum.
pub(crate) fn flattened<const N: usize>(low: &[f32]) -> [f32; N] {
    let low = &low[low.len() - N - 1..];
    std::array::from_fn(|i| low[i + 1] - PRE_EMPHASIS * low[i])
}

/// Hands over the normalised correlation, -1 to 1, between the last 40 ms of `sharp` and the same
/// each of `lags` earlier, one after another. None at all in digital silence.
///
/// `sharp` is at least 40 ms and the longest lag long.
pub(crate) fn correlations(sharp: &[f32], lags: RangeInclusive<usize>, mut take: impl FnMut(f32)) {
    let last = sharp.len() - PERIODICITY_WINDOW;
    let now = &sharp[last..];
    let energy = dot(now, now);
    // Below the power of digital silence there is nothing to correlate.
    if energy < 1e-11 * PERIODICITY_WINDOW as f32 {
        return;
    }
    let first = *lags.start();
    let window = &sharp[last - first..][..PERIODICITY_WINDOW];
    let mut past = dot(window, window);
    for lag in lags {
        let then = &sharp[last - lag..][..PERIODICITY_WINDOW];
        if lag > first {
            // Slides the energy window one sample into the past.
            let dropped = sharp[last - lag + PERIODICITY_WINDOW];
            past += then[0] * then[0] - dropped * dropped;
        }
        take(dot(now, then) / (energy * past.max(1e-11)).sqrt());
    }
}
