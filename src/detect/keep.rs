//! What a scan keeps of the windows besides their scores, where it is asked to.

use super::windows::Window;
use crate::verdict::WindowScore;

/// Windows of a channel that are explained at most: they are spread evenly over it. Each costs as
/// much as [some twenty](super::explain) that are scored.
pub(super) const MAX_EXPLAINED: usize = 32;

/// What is kept. A plain scan keeps the traits alone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keep {
    /// What describes the voice in each window of an only channel, to tell two apart at the end.
    pub(super) traits: bool,
    /// The embedding of each window.
    pub(super) embeddings: bool,
    /// Some windows themselves, to be explained.
    pub(super) windows: bool,
}

impl Default for Keep {
    fn default() -> Self {
        Self {
            traits: true,
            embeddings: false,
            windows: false,
        }
    }
}

/// A window that is explained once the scan is over.
#[derive(Debug, Clone)]
pub(super) struct KeptWindow {
    pub(super) score: WindowScore,
    /// Samples before it repeats itself: all of them, but in a channel shorter than a window.
    pub(super) speech: usize,
    pub(super) samples: Vec<f32>,
    /// Where its [stretches](super::stretches) are in the recording: start and end, seconds.
    pub(super) stretches: Vec<[f64; 2]>,
}

impl KeptWindow {
    pub(super) fn new(window: Window, score: WindowScore, stretches: Vec<[f64; 2]>) -> Self {
        Self {
            score,
            speech: window.speech as usize,
            samples: window.samples,
            stretches,
        }
    }
}

/// Every so manieth window of a channel of any length, [`MAX_EXPLAINED`] of them at most.
#[derive(Debug, Clone)]
pub(super) struct Spread {
    every: usize,
    seen: usize,
    windows: Vec<KeptWindow>,
}

impl Spread {
    pub(super) fn new() -> Self {
        Self {
            every: 1,
            seen: 0,
            windows: Vec::new(),
        }
    }

    /// Takes the next window, which `make` makes where it is kept.
    pub(super) fn push(&mut self, make: impl FnOnce() -> KeptWindow) {
        if self.seen.is_multiple_of(self.every) {
            if self.windows.len() == MAX_EXPLAINED {
                let mut kept = false;
                self.windows.retain(|_| {
                    kept = !kept;
                    kept
                });
                self.every *= 2;
            }
            // The limit is even: this one is kept after thinning as before.
            self.windows.push(make());
        }
        self.seen += 1;
    }

    pub(super) fn windows(&self) -> &[KeptWindow] {
        &self.windows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_spread_over_a_channel_of_any_length() {
        let make = |i: usize| KeptWindow {
            score: WindowScore {
                start_s: i as f64,
                end_s: i as f64 + 1.0,
                score: 0.0,
                domain: None,
            },
            speech: 0,
            samples: Vec::new(),
            stretches: Vec::new(),
        };
        for n in [0, 1, 31, 32, 33, 64, 65, 1000, 28_800] {
            let mut spread = Spread::new();
            (0..n).for_each(|i| spread.push(|| make(i)));
            let at: Vec<f64> = spread.windows().iter().map(|w| w.score.start_s).collect();
            assert!(at.len() <= MAX_EXPLAINED, "{n}");
            assert!(at.len() >= n.min(MAX_EXPLAINED / 2), "{n}: {}", at.len());
            let step = spread.every as f64;
            assert!(at.iter().enumerate().all(|(i, &s)| s == i as f64 * step));
            // Up to the end.
            assert!(n == 0 || at[at.len() - 1] + step >= n as f64, "{n}");
        }
    }
}
