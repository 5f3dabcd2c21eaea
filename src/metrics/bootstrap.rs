//! How far a metric could be off by chance.

use super::Scores;
use crate::{Error, Result};

/// A 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The 2.5th percentile.
    pub low: f64,
    /// The 97.5th percentile.
    pub high: f64,
}

impl Scores {
    /// The percentile-bootstrap 95 % interval of a metric: both classes are resampled with
    /// replacement `resamples` times (1000 is customary), the metric taken each time, the outer 2.5
    /// % cut off.
    ///
    /// Trials are drawn one by one, as if independent. Clips of one speaker or one generator are
    /// not: across new generators expect more spread than this interval shows.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when `resamples` is 0 or above 1,000,000.
    pub fn bootstrap(
        &self,
        resamples: usize,
        seed: u64,
        metric: impl Fn(&Self) -> f64,
    ) -> Result<Interval> {
        if !(1..=1_000_000).contains(&resamples) {
            return Err(Error::InvalidArgument {
                name: "resamples",
                value: resamples.to_string(),
                accepted: "1 to 1000000".into(),
            });
        }
        let mut random = fastrand::Rng::with_seed(seed);
        let mut drawn = self.clone();
        let mut values: Vec<f64> = (0..resamples)
            .map(|_| {
                redraw(&self.bona_fide, &mut drawn.bona_fide, &mut random);
                redraw(&self.spoof, &mut drawn.spoof, &mut random);
                metric(&drawn)
            })
            .collect();
        values.sort_by(f64::total_cmp);
        Ok(Interval {
            low: percentile(&values, 0.025),
            high: percentile(&values, 0.975),
        })
    }
}

/// Draws `from.len()` values with replacement and leaves them ascending.
fn redraw(from: &[f64], into: &mut [f64], random: &mut fastrand::Rng) {
    // Counting how often each is drawn keeps the order, so that no resample needs sorting.
    let mut counts = vec![0_u32; from.len()];
    for _ in 0..from.len() {
        counts[random.usize(..from.len())] += 1;
    }
    let mut at = 0;
    for (&value, &count) in from.iter().zip(&counts) {
        into[at..at + count as usize].fill(value);
        at += count as usize;
    }
}

/// Linear interpolation between order statistics, numpy's default.
fn percentile(sorted: &[f64], share: f64) -> f64 {
    let position = share * (sorted.len() - 1) as f64;
    let (below, rest) = (position.floor() as usize, position.fract());
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + rest * (sorted[above] - sorted[below])
}
