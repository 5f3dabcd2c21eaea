//! Which frames of a channel are the voice of another that leaks into it: line echo, sidetone, a
//! loudspeaker near the other microphone.
//!
//! A leak repeats the levels of its source, band by band, some frames later and at a constant
//! distance; another voice does not. So each two channels are compared over two seconds, around
//! every frame. Where the one is found in the other, delay and distance are kept, and a frame is a
//! leak where what its channel holds is no more than what the source lets expect. Levels are
//! enough: they survive codecs and echo suppressors, which coherence of the waveforms does not.
//!
//! The channels of a recording go in step. The tracks of a live call do not: one that sends nothing
//! is taken for silent there before the others have waited long, and what comes of it too late is
//! not compared.

mod frame;
mod noise;
mod pair;
mod path;
mod side;

use std::collections::VecDeque;

pub(super) use frame::{BANDS, BandPowers};
use noise::Noise;
use pair::{AHEAD, HISTORY, Pair, STEP, VOTERS};
use path::WINDOW;
use side::Side;

/// Most channels that are compared with each other: the work grows with the square.
const MAX_COMPARED: usize = 8;
/// Frames of a second.
const FRAMES_PER_S: u64 = 50;

/// Where the samples of a track begin that joins a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrackStart {
    /// Where the call began: silence stands for the time before the track.
    Call,
    /// Where the track that has come furthest is now.
    Now,
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
    /// Whether each channel has a clock of its own.
    is_live: bool,
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
            is_live: false,
        })
    }

    /// For the tracks of a live call, none of which has joined.
    pub(crate) fn live() -> Self {
        Self {
            sides: Vec::new(),
            pairs: Vec::new(),
            compared: 0,
            judged: 0,
            marked: 0,
            is_live: true,
        }
    }

    /// Adds a track, and gives its index; `None` if there are too many to compare.
    pub(crate) fn join(&mut self, start: TrackStart) -> Option<usize> {
        let index = self.sides.len();
        if index >= MAX_COMPARED {
            return None;
        }
        let at = match start {
            TrackStart::Call => 0,
            TrackStart::Now => self.lead(),
        };
        let unmarked = usize::try_from(self.compared - self.marked).unwrap_or(0);
        let side = Side::joining(at, self.compared, unmarked);
        self.sides.push(Some(side));
        for (pairs, side) in self.pairs.iter_mut().zip(&self.sides) {
            let alone = side.as_ref().map(|side| side.alone.clone());
            pairs.push(alone.map(Pair::new));
        }
        let mut pairs = vec![Some(Pair::new(VecDeque::new())); index];
        pairs.push(None);
        self.pairs.push(pairs);
        Some(index)
    }

    /// Samples of a channel have come, `from` to `to` of them at `rate_hz`.
    pub(crate) fn hear(&mut self, channel: usize, from: u64, to: u64, rate_hz: u32) {
        let frames = |samples: u64| samples.saturating_mul(FRAMES_PER_S) / u64::from(rate_hz);
        if let Some(Some(side)) = self.sides.get_mut(channel) {
            side.hear(frames(to).saturating_sub(frames(from)));
        }
    }

    /// No more samples of a channel come; nobody waits for it any longer.
    pub(crate) fn end(&mut self, channel: usize) {
        if let Some(Some(side)) = self.sides.get_mut(channel) {
            side.end();
        }
    }

    /// Marks all of a channel that has ended: once all have, as far as they can be compared. The
    /// channels of a recording end together.
    pub(crate) fn leave(&mut self, channel: usize) {
        if !self.is_live {
            return self.finish();
        }
        if self.sides.iter().flatten().all(Side::has_ended) {
            self.finish();
        }
        if let Some(Some(side)) = self.sides.get_mut(channel) {
            side.release();
        }
    }

    /// The frame up to which samples have come of the track that is ahead of all.
    fn lead(&self) -> u64 {
        let heard = self.sides.iter().flatten().map(Side::heard);
        heard.max().unwrap_or(self.compared).max(self.compared)
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
        self.sides[new] = Some(side);
    }

    /// Takes the next band powers of a channel.
    pub(crate) fn push(&mut self, channel: usize, powers: impl IntoIterator<Item = BandPowers>) {
        if let Some(Some(side)) = self.sides.get_mut(channel) {
            side.give(powers);
        }
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
    fn finish(&mut self) {
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

    /// Moves a frame of every channel on, if all have one, or are known to have none.
    fn next_frames(&mut self) -> bool {
        let (now, lead) = (self.compared, self.lead());
        let is_live = self.is_live;
        let sides = || self.sides.iter().flatten();
        let ready = |side: &Side| side.is_waiting() || (is_live && side.is_silent(now, lead));
        if !sides().any(Side::is_waiting) || !sides().all(ready) {
            return false;
        }
        for side in self.sides.iter_mut().flatten() {
            side.advance();
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
                side.mark(leak);
            }
        }
        self.marked += u64::from(known);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
