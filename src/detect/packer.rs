//! Cuts the pauses out of a channel, so that every window holds speech and nothing else.

use super::time_map::TimeMap;
use crate::Result;
use crate::speech::{FrameDecision, SpeechDetector};

/// Samples of one speech decision, 10 ms at 16 kHz.
const FRAME: usize = 160;

/// Keeps the speech of one channel and remembers where it was.
#[derive(Debug, Clone)]
pub(super) struct Packer {
    speech: SpeechDetector,
    decisions: Vec<FrameDecision>,
    /// Samples whose decision is still due.
    undecided: Vec<f32>,
    /// Where `undecided` starts in the recording, samples.
    at: u64,
    map: TimeMap,
    /// Start and end of each stretch of speech, samples.
    spans: Vec<[u64; 2]>,
}

impl Packer {
    pub(super) fn new(sample_rate_hz: u32) -> Result<Self> {
        Ok(Self {
            speech: SpeechDetector::new(sample_rate_hz)?,
            decisions: Vec::new(),
            undecided: Vec::new(),
            at: 0,
            map: TimeMap::default(),
            spans: Vec::new(),
        })
    }

    /// Takes the channel's next samples; appends what is speech to `packed`.
    pub(super) fn push(&mut self, samples: &[f32], packed: &mut Vec<f32>) {
        self.undecided.extend_from_slice(samples);
        self.decisions.clear();
        self.speech.push(samples, &mut self.decisions);
        self.take(packed);
    }

    /// Ends the channel.
    pub(super) fn finish(&mut self, packed: &mut Vec<f32>) {
        self.decisions.clear();
        self.speech.finish(&mut self.decisions);
        self.take(packed);
    }

    fn take(&mut self, packed: &mut Vec<f32>) {
        let frames = self
            .decisions
            .iter()
            .zip(self.undecided.chunks_exact(FRAME));
        let mut taken = 0;
        for (decision, frame) in frames {
            if decision.is_speech {
                packed.extend_from_slice(frame);
                let start = self.at + taken as u64;
                self.map.append(start, FRAME as u64);
                match self.spans.last_mut() {
                    Some(last) if last[1] == start => last[1] += FRAME as u64,
                    _ => self.spans.push([start, start + FRAME as u64]),
                }
            }
            taken += FRAME;
        }
        self.undecided.drain(..taken);
        self.at += taken as u64;
    }

    /// Where the packed speech came from.
    pub(super) fn map(&mut self) -> &mut TimeMap {
        &mut self.map
    }

    /// Samples of speech so far.
    pub(super) fn speech_samples(&self) -> u64 {
        self.map.packed()
    }

    /// Start and end of each stretch of speech so far, samples from the start of the recording.
    pub(super) fn spans(&self) -> &[[u64; 2]] {
        &self.spans
    }
}
