//! The stretches of a window that are explained one by one.

use crate::model::MODEL_SAMPLE_RATE_HZ;
use crate::speech::TimeMap;

/// Wanted length of a stretch, seconds: a syllable or two.
const STRETCH_S: f64 = 0.25;
/// Most stretches of a window.
const MAX_STRETCHES: usize = 16;

/// Where the stretches of a window lie in the window, samples.
pub(super) fn stretches(window: usize) -> impl Iterator<Item = (usize, usize)> {
    let wanted = window as f64 / f64::from(MODEL_SAMPLE_RATE_HZ) / STRETCH_S;
    let count = (wanted.round() as usize).clamp(1, MAX_STRETCHES);
    (0..count).map(move |i| (i * window / count, (i + 1) * window / count))
}

/// Where the stretches of a window with so many samples of `speech` from the packed sample `start`
/// on lie in the recording, samples.
pub(super) fn places(map: &TimeMap, start: u64, window: usize, speech: u64) -> Vec<(u64, u64)> {
    let inside = stretches(window).map(|(from, to)| (from as u64, (to as u64).min(speech)));
    let inside = inside.take_while(|(from, to)| from < to);
    inside
        .filter_map(|(from, to)| map.extent(start + from, start + to))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_fill_a_window_of_any_length() {
        for window in [1, 7, 4000, 16_000, 64_000, 960_000] {
            let all: Vec<_> = stretches(window).collect();
            assert!(all.len() <= MAX_STRETCHES);
            assert_eq!((all[0].0, all[all.len() - 1].1), (0, window));
            assert!(all.windows(2).all(|pair| pair[0].1 == pair[1].0));
        }
        assert_eq!(stretches(16_000).count(), 4);
    }
}
