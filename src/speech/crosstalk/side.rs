//! One channel in the comparison, with a clock of its own.

use std::collections::VecDeque;

use super::frame::{BANDS, BandPowers, Frame};
use super::noise::Noise;
use super::pair::{HISTORY, VOTERS};

/// Speech decisions per frame.
pub(super) const DECISIONS: usize = 2;
/// A channel of which nothing has come for a frame is taken for silent there once another is so far
/// ahead, frames: 0.4 s. What telephone systems send at once comes at once, but for jitter.
const PATIENCE: u64 = 20;
/// The same for a channel whose samples have come and whose band powers are still due, frames:
/// 2.5 s. Where an offset or a hum is taken out, samples are held back for two seconds.
const LONGEST_PATIENCE: u64 = 125;

/// A frame of the channel, or of the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    /// The channel's own, compared: its mark will come.
    Compared,
    /// One that the comparison took for silent: it is none of the channel's.
    Presumed,
    /// The channel's own, which came after it was taken for silent: no leak, as far as is known.
    Missed,
}

/// One channel in the comparison.
#[derive(Clone)]
pub(super) struct Side {
    /// The latest frames.
    pub frames: Vec<Frame>,
    pub noise: Noise,
    /// The votes of the latest frames judged, as if there were no other channel.
    pub alone: VecDeque<i32>,
    /// Whether each decision of speech is a leak, as far as known.
    pub marks: VecDeque<bool>,
    /// Frames that wait for those of the other channels; `None` for one before the channel began.
    waiting: VecDeque<Option<BandPowers>>,
    /// Frames whose marks have not come.
    due: VecDeque<Due>,
    /// Frames that were taken for silent and are still to come.
    missed: u64,
    /// The frame of the comparison up to which samples have come.
    heard: u64,
    ended: bool,
}

impl Side {
    pub(super) fn new() -> Self {
        Self {
            frames: Vec::with_capacity(2 * HISTORY),
            noise: Noise::unknown(),
            alone: VecDeque::with_capacity(2 * VOTERS + 2),
            marks: VecDeque::new(),
            waiting: VecDeque::new(),
            due: VecDeque::new(),
            missed: 0,
            heard: 0,
            ended: false,
        }
    }

    /// A channel that begins with frame `at` of a comparison which has got to frame `compared` and
    /// has not marked `unmarked` of these.
    pub(super) fn joining(at: u64, compared: u64, unmarked: usize) -> Self {
        let mut side = Self::new();
        side.frames.resize(HISTORY, Frame::new([0.0; BANDS]));
        side.due.resize(unmarked, Due::Presumed);
        side.missed = compared.saturating_sub(at);
        let early = usize::try_from(at.saturating_sub(compared)).unwrap_or(0);
        side.waiting.resize(early, None);
        side.heard = at;
        side
    }

    /// Takes the next band powers of the channel.
    pub(super) fn give(&mut self, powers: impl IntoIterator<Item = BandPowers>) {
        for power in powers {
            if self.missed > 0 {
                self.missed -= 1;
                self.due.push_back(Due::Missed);
            } else {
                self.waiting.push_back(Some(power));
            }
        }
        self.settle();
    }

    /// So many more frames of samples have come.
    pub(super) fn hear(&mut self, frames: u64) {
        self.heard += frames;
    }

    pub(super) fn heard(&self) -> u64 {
        self.heard
    }

    pub(super) fn end(&mut self) {
        self.ended = true;
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Whether frame `now` of a channel from which nothing waits is silent, while another has come
    /// to frame `lead`.
    pub(super) fn is_silent(&self, now: u64, lead: u64) -> bool {
        let behind = lead.saturating_sub(now);
        self.ended || behind > LONGEST_PATIENCE || (self.heard <= now && behind > PATIENCE)
    }

    /// Moves on by a frame: one that waits, or silence.
    pub(super) fn advance(&mut self) {
        let waits = self.waiting.pop_front();
        self.missed += u64::from(waits.is_none());
        let own = waits.flatten();
        self.due.push_back(match own {
            Some(_) => Due::Compared,
            None => Due::Presumed,
        });
        // In a while, so that frames are not moved for every one.
        if self.frames.len() == 2 * HISTORY {
            self.frames.drain(..HISTORY);
        }
        self.frames.push(Frame::new(own.unwrap_or([0.0; BANDS])));
    }

    pub(super) fn latest(&self, frames: usize) -> &[Frame] {
        &self.frames[self.frames.len().saturating_sub(frames)..]
    }

    /// The vote of frame `at` as if there were no other channel.
    pub(super) fn judge(&mut self, at: usize) -> i32 {
        let vote = i32::from(self.noise.is_below(&self.frames[at]));
        self.alone.push_back(vote);
        if self.alone.len() > 2 * VOTERS + 1 {
            self.alone.pop_front();
        }
        vote
    }

    /// Takes the mark of the next frame of the comparison.
    pub(super) fn mark(&mut self, leak: bool) {
        self.settle();
        if self.due.pop_front() == Some(Due::Compared) {
            self.marks.extend([leak; DECISIONS]);
        }
        self.settle();
    }

    /// Marks what was missed and has no frame before it that waits for its mark.
    fn settle(&mut self) {
        while self.due.front() == Some(&Due::Missed) {
            self.due.pop_front();
            self.marks.extend([false; DECISIONS]);
        }
    }

    /// Marks all that waits: no leak, as far as is known.
    pub(super) fn release(&mut self) {
        let own = self.due.drain(..).filter(|&due| due != Due::Presumed);
        let left = own.count() + self.waiting.drain(..).flatten().count();
        self.marks.extend(vec![false; left * DECISIONS]);
    }
}
