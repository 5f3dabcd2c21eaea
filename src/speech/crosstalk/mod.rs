//! Which frames of a channel are the voice of another that leaks into it: line echo, sidetone, a
//! loudspeaker near the other microphone.
//!
//! A leak repeats the levels of its source, band by band, some frames later and at a constant
//! distance; another voice does not. So each two channels are compared over two seconds, around
//! every frame. Where the one is found in the other, delay and distance are kept, and a frame is a
//! leak where what its channel holds is no more than what the source lets expect. Levels are
//! enough: they survive codecs and echo suppressors, which coherence of the waveforms does not.

mod frame;
mod noise;
mod pair;
mod path;

use std::collections::VecDeque;

use frame::Frame;
pub(super) use frame::{BANDS, BandPowers};
use noise::Noise;
use pair::{AHEAD, HISTORY, Pair, STEP, VOTERS};
use path::WINDOW;

/// Most channels that are compared with each other: the work grows with the square.
const MAX_COMPARED: usize = 8;
/// Speech decisions per frame.
const DECISIONS: usize = 2;

/// One channel in the comparison.
#[derive(Clone)]
struct Side {
    /// The latest frames.
    frames: Vec<Frame>,
    noise: Noise,
    /// The votes of the latest frames judged, as if there were no other channel.
    alone: VecDeque<i32>,
    /// Whether each decision of speech is a leak, as far as known.
    marks: VecDeque<bool>,
}

impl Side {
    fn new() -> Self {
        Self {
            frames: Vec::with_capacity(2 * HISTORY),
            noise: Noise::unknown(),
            alone: VecDeque::with_capacity(2 * VOTERS + 2),
            marks: VecDeque::new(),
        }
    }

    fn push(&mut self, power: BandPowers) {
        // In a while, so that frames are not moved for every one.
        if self.frames.len() == 2 * HISTORY {
            self.frames.drain(..HISTORY);
        }
        self.frames.push(Frame::new(power));
    }

    fn latest(&self, frames: usize) -> &[Frame] {
        &self.frames[self.frames.len().saturating_sub(frames)..]
    }

    /// The vote of frame `at` as if there were no other channel.
    fn judge(&mut self, at: usize) -> i32 {
        let vote = i32::from(self.noise.is_below(&self.frames[at]));
        self.alone.push_back(vote);
        if self.alone.len() > 2 * VOTERS + 1 {
            self.alone.pop_front();
        }
        vote
    }
}

/// Compares the channels of a recording as they come.
pub(crate) struct Crosstalk {
    /// `None` for a channel that has been the same as an earlier one so far.
    sides: Vec<Option<Side>>,
    /// Of each target the pairs with its sources.
    pairs: Vec<Vec<Option<Pair>>>,
    /// Frames compared, of these judged, and of these marked.
    compared: u64,
    judged: u64,
    marked: u64,
    /// Band powers that wait for those of the other channels.
    waiting: Vec<VecDeque<BandPowers>>,
}

impl Crosstalk {
    /// For so many channels, which are all the same so far; `None` where there is nothing to
    /// compare, or too much.
    pub(crate) fn new(channels: usize) -> Option<Self> {
        if !(2..=MAX_COMPARED).contains(&channels) {
            return None;
        }
        let mut sides = vec![None; channels];
        sides[0] = Some(Side::new());
        Some(Self {
            sides,
            pairs: vec![vec![None; channels]; channels],
            compared: 0,
            judged: 0,
            marked: 0,
            waiting: vec![VecDeque::new(); channels],
        })
    }

    /// Channel `new` is no longer the same as `leader`.
    pub(crate) fn part(&mut self, new: usize, leader: usize) {
        let Some(side) = self.sides[leader].clone() else {
            return;
        };
        for other in 0..self.sides.len() {
            self.pairs[new][other] = self.pairs[leader][other].clone();
            let as_source = self.pairs[other][leader].clone();
            self.pairs[other][new] = as_source;
        }
        self.pairs[new][leader] = Some(Pair::new(side.alone.clone()));
        self.pairs[leader][new] = Some(Pair::new(side.alone.clone()));
        self.waiting[new] = self.waiting[leader].clone();
        self.sides[new] = Some(side);
    }

    /// Takes the next band powers of a channel.
    pub(crate) fn push(&mut self, channel: usize, powers: impl IntoIterator<Item = BandPowers>) {
        self.waiting[channel].extend(powers);
    }

    /// Compares what all channels have.
    pub(crate) fn advance(&mut self) {
        while self.next_frames() {
            self.compared += 1;
            if self.compared.is_multiple_of(STEP) {
                self.compare();
            }
            if self.compared > AHEAD {
                self.judge();
            }
        }
    }

    /// Ends all channels: judges the frames that are left.
    pub(crate) fn finish(&mut self) {
        self.advance();
        self.compare();
        while self.judged < self.compared {
            self.judge();
        }
        while self.marked < self.judged {
            self.mark(|pair, _, _, _| pair.count(0), true);
        }
    }

    /// The marks of a channel that have become known, one per decision: whether it is a leak.
    pub(crate) fn marks(&mut self, channel: usize) -> impl Iterator<Item = bool> + '_ {
        let side = self.sides[channel].iter_mut();
        side.flat_map(|side| side.marks.drain(..))
    }

    /// Moves a frame of every channel on, if all have one.
    fn next_frames(&mut self) -> bool {
        let both = || self.sides.iter().zip(&self.waiting);
        if both().any(|(side, waiting)| side.is_some() && waiting.is_empty()) {
            return false;
        }
        for (side, waiting) in self.sides.iter_mut().zip(&mut self.waiting) {
            if let (Some(side), Some(power)) = (side, waiting.pop_front()) {
                side.push(power);
            }
        }
        true
    }

    fn compare(&mut self) {
        for side in self.sides.iter_mut().flatten() {
            side.noise = Noise::of(side.latest(WINDOW));
        }
        for (target, pairs) in self.pairs.iter_mut().enumerate() {
            for (source, pair) in pairs.iter_mut().enumerate() {
                let sides = (&self.sides[source], &self.sides[target]);
                if let (Some(pair), (Some(a), Some(b))) = (pair, sides) {
                    pair.compare(a.latest(HISTORY), b.latest(HISTORY), &b.noise);
                }
            }
        }
    }

    /// Judges the next frame.
    fn judge(&mut self) {
        let back = (self.compared - self.judged) as usize;
        self.judged += 1;
        let known = self.judged > VOTERS as u64;
        let alone: Vec<i32> = self
            .sides
            .iter_mut()
            .map(|side| side.as_mut().map_or(0, |s| s.judge(s.frames.len() - back)))
            .collect();
        let judge = |pair: &mut Pair, source: &Side, side: &Side, target: usize| {
            let at = side.frames.len() - back;
            let source_at = source.frames.len() - back;
            let frame = &side.frames[at];
            pair.judge(&source.frames, source_at, frame, &side.noise, alone[target])
        };
        self.mark(judge, known);
    }

    /// Marks the frame for which the last vote has come, of every channel; `known`: there is one.
    fn mark(
        &mut self,
        mut is_leak: impl FnMut(&mut Pair, &Side, &Side, usize) -> bool,
        known: bool,
    ) {
        for (target, pairs) in self.pairs.iter_mut().enumerate() {
            let mut leak = false;
            for (source, pair) in pairs.iter_mut().enumerate() {
                let sides = (&self.sides[source], &self.sides[target]);
                if let (Some(pair), (Some(a), Some(b))) = (pair, sides) {
                    leak |= is_leak(pair, a, b, target);
                }
            }
            if let (Some(side), true) = (&mut self.sides[target], known) {
                side.marks.extend([leak; DECISIONS]);
            }
        }
        self.marked += u64::from(known);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
