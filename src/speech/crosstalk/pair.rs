//! What one channel owes to another, frame by frame.

use std::collections::VecDeque;

use super::frame::{AUDIBLE_DB, BANDS, Frame, power};
use super::noise::Noise;
use super::path::{self, MAX_LAG, Path, WINDOW};

/// Frames between two comparisons, 0.24 s.
pub(super) const STEP: u64 = 12;
/// Frames by which comparisons are ahead of the frame judged, 1 s: within the time for which
/// speech detection holds a frame back.
pub(super) const AHEAD: u64 = 50;
/// Frames on either side that have a vote on a frame, 0.2 s: a syllable.
pub(super) const VOTERS: usize = 10;
/// What is within this much above the leak that is expected is explained by it, dB.
const MARGIN_DB: f32 = 6.0;
/// A frame is the channel's own from this share of its power that neither leak nor noise explain,
/// ...
const OWN_SHARE: f32 = 0.4;
/// ... and a leak from this share that the leak may explain.
const LEAK_SHARE: f32 = 0.4;
/// Decay of the leak in a frame after the source fell silent, dB: that of a room with 0.4 s of
/// reverberation.
const DECAY_DB: f32 = 3.0;
/// Frames of history a pair looks at.
pub(super) const HISTORY: usize = WINDOW + MAX_LAG + 1;

/// One direction between two channels: what the source leaks into the target.
#[derive(Debug, Clone)]
pub(super) struct Pair {
    path: Option<Path>,
    /// Level of the leak that is still to be expected in each band, dB.
    expected_db: [f32; BANDS],
    /// +1 for a frame of the target's own, -1 for one that is explained, 0 for neither: the latest
    /// of them, and their sum.
    votes: VecDeque<i32>,
    sum: i32,
    /// How the last votes that were not even have come out.
    is_leak: bool,
}

impl Pair {
    /// For a target that was the same as its source so far, and sounded like this by itself.
    pub(super) fn new(votes: VecDeque<i32>) -> Self {
        Self {
            path: None,
            expected_db: [f32::MIN; BANDS],
            sum: votes.iter().sum(),
            votes,
            is_leak: false,
        }
    }

    /// Compares the channels.
    pub(super) fn compare(&mut self, source: &[Frame], target: &[Frame], noise: &Noise) {
        self.path = path::find(source, target, &noise.bands_db).or(self.path);
    }

    /// Judges a frame of the target, number `at` of the source, which by itself has the vote
    /// `alone`; says whether the frame `VOTERS` before it is explained by the source.
    pub(super) fn judge(
        &mut self,
        source: &[Frame],
        at: usize,
        frame: &Frame,
        noise: &Noise,
        alone: i32,
    ) -> bool {
        let is_leak = self.path.is_some_and(|path| {
            self.expect(&path, source, at);
            self.explains(frame, noise)
        });
        self.count(if is_leak { -1 } else { alone })
    }

    /// Counts the next vote. What is no sound of its own, the end of an echo in the noise, stays
    /// with what was before it.
    pub(super) fn count(&mut self, vote: i32) -> bool {
        self.sum += vote;
        self.votes.push_back(vote);
        if self.votes.len() > 2 * VOTERS + 1 {
            self.sum -= self.votes.pop_front().unwrap_or(0);
        }
        if self.sum != 0 {
            self.is_leak = self.sum < 0;
        }
        self.is_leak
    }

    fn explains(&self, frame: &Frame, noise: &Noise) -> bool {
        let (mut own, mut leaked) = (0.0, 0.0);
        for (band, &heard) in frame.power.iter().enumerate() {
            let leak = power(self.expected_db[band] + MARGIN_DB);
            own += (heard - leak - power(noise.bands_db[band] + MARGIN_DB)).max(0.0);
            leaked += heard.min(leak);
        }
        frame.total_db > AUDIBLE_DB
            && own < OWN_SHARE * frame.total
            && leaked > LEAK_SHARE * frame.total
    }

    /// The frames about the path's delay count: a delay is seldom a whole number of frames.
    fn expect(&mut self, path: &Path, source: &[Frame], at: usize) {
        let first = at.saturating_sub(path.lag + 2);
        let last = (at + 1).saturating_sub(path.lag).min(source.len() - 1);
        for band in 0..BANDS {
            let loudest = source[first..=last]
                .iter()
                .fold(f32::MIN, |a, f| a.max(f.db[band]));
            let decayed = self.expected_db[band] - DECAY_DB;
            self.expected_db[band] = decayed.max(loudest + path.gain_db[band]);
        }
    }
}
