//! The speech of one channel on its way from samples to a timeline.

use super::packer::Packer;
use super::result::{Segment, WindowScore};
use super::timeline::Timeline;
use super::verdict::MIN_SCORED_SPEECH_S;
use super::windows::{Cutter, Window};
use crate::Result;
use crate::model::{MODEL_SAMPLE_RATE_HZ, ModelMetadata, WindowOutput};

/// State of one channel, or of several whose samples are the same so far.
#[derive(Clone)]
pub(super) struct Channel {
    packer: Packer,
    /// Packed samples not yet handed to the cutter.
    packed: Vec<f32>,
    cutter: Cutter,
    timeline: Timeline,
    scored: Vec<WindowScore>,
    /// The window shifted back from the end, or repeated: its start and score.
    last: Option<(u64, f64)>,
}

impl Channel {
    pub(super) fn new(metadata: &ModelMetadata) -> Result<Self> {
        let (window, hop) = (metadata.window_samples, metadata.hop_samples);
        Ok(Self {
            packer: Packer::new(MODEL_SAMPLE_RATE_HZ)?,
            packed: Vec::new(),
            cutter: Cutter::new(window, hop),
            timeline: Timeline::new(window, hop, MODEL_SAMPLE_RATE_HZ, metadata.calibration),
            scored: Vec::new(),
            last: None,
        })
    }

    /// Takes the next samples, appends the windows that are ready for the model.
    pub(super) fn push(&mut self, samples: &[f32], windows: &mut Vec<Window>) {
        self.packer.push(samples, &mut self.packed);
        self.cut(windows);
    }

    /// Ends the samples; appends the windows over the end, the one shifted back last.
    pub(super) fn finish(&mut self, windows: &mut Vec<Window>) -> Option<Window> {
        self.packer.finish(&mut self.packed);
        self.cut(windows);
        self.cutter.finish()
    }

    /// Hands on what is packed, once there is speech enough to be scored at all: a few short sounds can fill a window
    /// with their margins.
    fn cut(&mut self, windows: &mut Vec<Window>) {
        if self.speech_s() >= MIN_SCORED_SPEECH_S {
            self.cutter.push(&self.packed, windows);
            self.packed.clear();
        }
    }

    /// Takes what the network says of a window; in the order in which they were cut.
    pub(super) fn take_score(
        &mut self,
        start: u64,
        speech: u64,
        is_last: bool,
        output: WindowOutput,
    ) {
        let score = f64::from(output.score);
        let map = self.packer.map();
        if let Some((from, to)) = map.extent(start, start + speech) {
            self.scored.push(WindowScore {
                start_s: seconds(from),
                end_s: seconds(to),
                score,
                domain: output.domain.map(f64::from),
            });
        }
        if is_last {
            self.last = Some((start, score));
        } else {
            self.timeline.add(start, score, map);
            // Windows still to be scored start after the timeline's open cells.
            map.forget(self.timeline.open_from());
        }
    }

    /// Completes the timeline; after the last score.
    pub(super) fn close(&mut self) {
        if !self.scored.is_empty() {
            let total = self.packer.map().packed();
            self.timeline.finish(self.last, total, self.packer.map());
        }
    }

    /// Seconds of speech so far.
    pub(super) fn speech_s(&self) -> f64 {
        seconds(self.packer.speech_samples())
    }

    /// Start and end of each stretch of speech so far, seconds.
    pub(super) fn speech_spans(&self) -> Vec<[f64; 2]> {
        self.packer.spans().iter().map(|s| s.map(seconds)).collect()
    }

    /// Segments that no later window changes.
    pub(super) fn segments(&self) -> &[Segment] {
        self.timeline.segments()
    }

    /// Windows scored so far.
    pub(super) fn scored(&self) -> &[WindowScore] {
        &self.scored
    }
}

fn seconds(samples: u64) -> f64 {
    samples as f64 / f64::from(MODEL_SAMPLE_RATE_HZ)
}
