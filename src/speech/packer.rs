//! Cuts the long pauses out of a channel, so that every window holds speech. What is left, speech
//! and its margins, is the channel's packed speech.

use std::collections::VecDeque;

use super::crosstalk::BandPowers;
use super::detector::SpeechDetector;
use super::smoothing::FrameDecision;
use super::time_map::TimeMap;
use crate::Result;

/// Samples of one speech decision, 10 ms at 16 kHz.
const FRAME: usize = 160;
/// Frames kept on either side of speech. Soft onsets and breaths lie there, and what is joined is
/// then joined in the background, as in the recordings that the model learnt from. Of 0, 0.1, 0.2
/// and 0.4 s, the last three did alike on dev clips and calls, and a little better than none.
const MARGIN: usize = 20;

/// The samples of one decision. Each lies by itself, so that what waits takes no more memory than
/// it has samples, and goes on without being moved.
type Frame = Box<[f32; FRAME]>;

/// Keeps the speech of one channel and its margins, and remembers where they were.
#[derive(Debug, Clone)]
pub(crate) struct Packer {
    speech: SpeechDetector,
    decisions: Vec<FrameDecision>,
    /// Frames whose decision is still due.
    undecided: VecDeque<Frame>,
    /// Samples behind them that are no frame yet.
    rest: Vec<f32>,
    /// Where `undecided` starts in the recording, samples.
    at: u64,
    map: TimeMap,
    /// For a channel that is compared with others: whether the decisions are of one that leaks into
    /// it, as far as known.
    leaks: Option<VecDeque<bool>>,
    /// Samples of speech so far, and of such leaks.
    speech_samples: u64,
    leak_samples: u64,
    /// The latest frames before speech, up to the margin.
    before: VecDeque<Frame>,
    /// Frames still to be kept after speech.
    after: usize,
    /// Start and end of each stretch of speech, samples.
    spans: Vec<[u64; 2]>,
}

impl Packer {
    pub(crate) fn new(sample_rate_hz: u32) -> Result<Self> {
        Ok(Self {
            speech: SpeechDetector::new(sample_rate_hz)?,
            decisions: Vec::new(),
            undecided: VecDeque::new(),
            rest: Vec::new(),
            at: 0,
            map: TimeMap::default(),
            leaks: None,
            speech_samples: 0,
            leak_samples: 0,
            before: VecDeque::new(),
            after: 0,
            spans: Vec::new(),
        })
    }

    /// As [`Packer::new`], for a channel that is compared with others: it waits for their marks.
    pub(crate) fn compared(sample_rate_hz: u32) -> Result<Self> {
        let mut packer = Self::new(sample_rate_hz)?;
        packer.speech.keep_bands();
        packer.leaks = Some(VecDeque::new());
        Ok(packer)
    }

    /// Takes the channel's next samples.
    pub(crate) fn listen(&mut self, samples: &[f32]) {
        self.keep(samples);
        self.speech.push(samples, &mut self.decisions);
    }

    /// Keeps samples until it is decided about them.
    fn keep(&mut self, mut samples: &[f32]) {
        while !samples.is_empty() {
            let missing = FRAME - self.rest.len();
            let (now, later) = samples.split_at(missing.min(samples.len()));
            self.rest.extend_from_slice(now);
            samples = later;
            if let Ok(frame) = <[f32; FRAME]>::try_from(self.rest.as_slice()) {
                self.undecided.push_back(Box::new(frame));
                self.rest.clear();
            }
        }
    }

    /// Ends the channel.
    pub(crate) fn finish(&mut self) {
        self.speech.finish(&mut self.decisions);
    }

    /// What the comparison with other channels needs of this one.
    pub(crate) fn drain_bands(&mut self) -> impl Iterator<Item = BandPowers> + '_ {
        self.speech.drain_bands()
    }

    /// Takes what the comparison has found: whether the next decisions are of another channel that
    /// leaks into this one.
    pub(crate) fn mark(&mut self, leaks: impl IntoIterator<Item = bool>) {
        if let Some(known) = &mut self.leaks {
            known.extend(leaks);
        }
    }

    /// Appends the speech about which all is known, and its margins, to `packed`.
    pub(crate) fn pack(&mut self, packed: &mut Vec<f32>) {
        let known = self.leaks.as_ref().map_or(usize::MAX, VecDeque::len);
        let due = self.decisions.len().min(known);
        for decision in self.decisions.drain(..due) {
            let Some(frame) = self.undecided.pop_front() else {
                break;
            };
            let start = self.at;
            self.at += FRAME as u64;
            if self.leaks.as_mut().and_then(VecDeque::pop_front) == Some(true) {
                // The voice of another has no place in the margins either.
                self.before.clear();
                self.after = 0;
                self.leak_samples += if decision.is_speech { FRAME as u64 } else { 0 };
            } else if decision.is_speech {
                let margin = (self.before.len() * FRAME) as u64;
                self.map.append(start - margin, margin);
                for before in self.before.drain(..) {
                    packed.extend_from_slice(before.as_slice());
                }
                packed.extend_from_slice(frame.as_slice());
                self.map.append(start, FRAME as u64);
                self.speech_samples += FRAME as u64;
                self.after = MARGIN;
                match self.spans.last_mut() {
                    Some(last) if last[1] == start => last[1] += FRAME as u64,
                    _ => self.spans.push([start, start + FRAME as u64]),
                }
            } else if self.after > 0 {
                packed.extend_from_slice(frame.as_slice());
                self.map.append(start, FRAME as u64);
                self.after -= 1;
            } else {
                if self.before.len() == MARGIN {
                    self.before.pop_front();
                }
                self.before.push_back(frame);
            }
        }
    }

    /// Where the packed samples came from.
    pub(crate) fn map(&mut self) -> &mut TimeMap {
        &mut self.map
    }

    /// Samples of speech so far.
    pub(crate) fn speech_samples(&self) -> u64 {
        self.speech_samples
    }

    /// Samples of speech so far that another channel leaks into this one.
    pub(crate) fn leak_samples(&self) -> u64 {
        self.leak_samples
    }

    /// Start and end of each stretch of speech so far, samples from the start of the recording.
    pub(crate) fn spans(&self) -> &[[u64; 2]] {
        &self.spans
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packs frames of which `speech` says which are speech; every sample is its place in the
    /// recording.
    fn pack(speech: &[bool], block: usize) -> (Packer, Vec<f32>) {
        let (mut packer, mut packed) = (Packer::new(16_000).unwrap(), Vec::new());
        let samples: Vec<f32> = (0..speech.len() * FRAME).map(|i| i as f32).collect();
        for (decisions, frames) in speech.chunks(block).zip(samples.chunks(block * FRAME)) {
            packer.keep(frames);
            packer
                .decisions
                .extend(decisions.iter().map(|&is_speech| FrameDecision {
                    is_speech,
                    energy_db: 0.0,
                }));
            packer.pack(&mut packed);
        }
        (packer, packed)
    }

    #[test]
    fn a_margin_stays_on_either_side_of_speech_and_the_map_knows_it() {
        let mut random = fastrand::Rng::with_seed(5);
        for _ in 0..100 {
            let mut speech = Vec::new();
            while speech.len() < 400 {
                let length = random.usize(1..80);
                speech.extend(std::iter::repeat_n(random.bool(), length));
            }
            let near = |i: usize| {
                speech[i.saturating_sub(MARGIN)..(i + MARGIN + 1).min(speech.len())].contains(&true)
            };
            let wanted: Vec<f32> = (0..speech.len())
                .filter(|&i| near(i))
                .flat_map(|i| (i * FRAME..(i + 1) * FRAME).map(|s| s as f32))
                .collect();
            let (mut packer, packed) = pack(&speech, random.usize(1..50));
            // Margins are no speech.
            let frames = speech.iter().filter(|&&s| s).count();
            assert_eq!(packer.speech_samples(), (frames * FRAME) as u64);
            assert_eq!(packed, wanted);
            let mapped: Vec<f32> = packer
                .map()
                .stretches(0, packed.len() as u64)
                .flat_map(|(start, end)| (start..end).map(|s| s as f32))
                .collect();
            assert_eq!(mapped, packed);
        }
    }
}
