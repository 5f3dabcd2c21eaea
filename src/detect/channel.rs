//! The speech of one channel on its way from samples to a timeline.

use super::keep::{Keep, KeptWindow, Spread};
use super::result::ChannelReport;
use super::stretches::places;
use super::timeline::Timeline;
use super::windows::{Window, WindowCutter};
use crate::Result;
use crate::model::{MODEL_SAMPLE_RATE_HZ, ModelMetadata, WindowOutput};
use crate::speech::{Crosstalk, Packer};
use crate::verdict::{Decision, Segment, WindowScore};

/// State of one channel, or of several whose samples are the same so far.
#[derive(Clone)]
pub(super) struct Channel {
    packer: Packer,
    /// Packed samples not yet handed to the cutter.
    packed: Vec<f32>,
    cutter: WindowCutter,
    timeline: Timeline,
    scored: Vec<WindowScore>,
    /// The embeddings of `scored` one after the other, where they are kept.
    embeddings: Vec<f32>,
    /// Windows to explain, where they are kept.
    spread: Option<Spread>,
    /// Seconds of speech from which on it is scored.
    min_scored_speech_s: f64,
}

impl Channel {
    /// `compared`: it waits for [`Channel::take_leaks`].
    pub(super) fn new(metadata: &ModelMetadata, compared: bool, keep: Keep) -> Result<Self> {
        let (window, hop) = (metadata.window_samples, metadata.hop_samples);
        let packer = if compared {
            Packer::compared
        } else {
            Packer::new
        };
        Ok(Self {
            packer: packer(MODEL_SAMPLE_RATE_HZ)?,
            packed: Vec::new(),
            cutter: WindowCutter::new(window, hop),
            timeline: Timeline::new(hop, MODEL_SAMPLE_RATE_HZ, metadata.calibration),
            scored: Vec::new(),
            embeddings: Vec::new(),
            spread: keep.windows.then(Spread::new),
            min_scored_speech_s: metadata.decision_rules.min_scored_speech_s,
        })
    }

    /// Takes the next samples.
    pub(super) fn listen(&mut self, samples: &[f32]) {
        self.packer.listen(samples);
    }

    /// Ends the samples.
    pub(super) fn end(&mut self) {
        self.packer.finish();
    }

    /// Hands on what the comparison of the channels needs of this one.
    pub(super) fn give_bands(&mut self, index: usize, crosstalk: &mut Crosstalk) {
        crosstalk.push(index, self.packer.drain_bands());
    }

    /// Takes what the comparison has found.
    pub(super) fn take_leaks(&mut self, index: usize, crosstalk: &mut Crosstalk) {
        self.packer.mark(crosstalk.marks(index));
    }

    /// Appends the windows that are ready for the model.
    pub(super) fn windows(&mut self, windows: &mut Vec<Window>) {
        self.packer.pack(&mut self.packed);
        self.cut(windows);
    }

    /// Appends the windows over the end.
    pub(super) fn last_windows(&mut self, windows: &mut Vec<Window>) {
        self.windows(windows);
        windows.extend(self.cutter.finish());
    }

    /// Hands on what is packed, once there is speech enough to be scored at all: a few short sounds
    /// can fill a window with their margins.
    fn cut(&mut self, windows: &mut Vec<Window>) {
        if self.speech_s() >= self.min_scored_speech_s {
            self.cutter.push(&self.packed, windows);
            self.packed = Vec::new();
        }
    }

    /// Takes what the network says of a window; in the order in which they were cut. Whether it
    /// counts among [`Channel::scored`].
    pub(super) fn take_score(&mut self, window: Window, output: WindowOutput) -> bool {
        let score = f64::from(output.score);
        let map = self.packer.map();
        let (start, cells) = (window.start, window.cells.clone());
        let extent = map.extent(window.start, window.start + window.speech);
        if let Some((from, to)) = extent {
            let scored = WindowScore {
                start_s: seconds(from),
                end_s: seconds(to),
                score,
                domain: output.domain.map(f64::from),
            };
            self.scored.push(scored);
            self.embeddings.extend(output.embedding.unwrap_or_default());
            if let Some(spread) = &mut self.spread {
                spread.push(|| {
                    let places = places(map, start, window.samples.len(), window.speech);
                    let places = places.into_iter().map(|(a, b)| [seconds(a), seconds(b)]);
                    KeptWindow::new(window, scored, places.collect())
                });
            }
        }
        self.timeline.add(cells, score, map);
        // The last window, shifted back, starts before the first open cell.
        map.forget(self.timeline.open_from().min(start));
        extent.is_some()
    }

    /// Completes the timeline; after the last score.
    pub(super) fn close(&mut self) {
        if !self.scored.is_empty() {
            self.timeline.finish(self.packer.map());
        }
    }

    /// Seconds of speech so far.
    pub(super) fn speech_s(&self) -> f64 {
        seconds(self.packer.speech_samples())
    }

    /// Seconds of speech so far that another channel leaks into this one; `speech_s` is without.
    pub(super) fn crosstalk_s(&self) -> f64 {
        seconds(self.packer.leak_samples())
    }

    /// Start and end of each stretch of speech so far, seconds.
    pub(super) fn speech_spans(&self) -> Vec<[f64; 2]> {
        self.packer.spans().iter().map(|s| s.map(seconds)).collect()
    }

    /// The channel so far, about which `decision` was made.
    pub(super) fn report(&self, index: usize, name: String, decision: &Decision) -> ChannelReport {
        let mut report = ChannelReport::new(index, name);
        self.refresh(&mut report, decision.clone());
        report
    }

    /// Brings an earlier report of this channel up to date. Its lists go on where they ended, so
    /// that a call of hours does not copy them every second.
    pub(super) fn refresh(&self, report: &mut ChannelReport, decision: Decision) {
        report.decide(decision);
        report.speech_s = self.speech_s();
        // The last stretch may have become longer.
        report.speech_spans.pop();
        let known = report.speech_spans.len();
        let new = self.packer.spans().get(known..).unwrap_or_default();
        let new = new.iter().map(|span| span.map(seconds));
        report.speech_spans.extend(new);
        report.crosstalk_s = self.crosstalk_s();
        let known = report.segments.len();
        let new = self.timeline.segments().get(known..).unwrap_or_default();
        report.segments.extend_from_slice(new);
    }

    /// Segments that no later window changes.
    pub(super) fn segments(&self) -> &[Segment] {
        self.timeline.segments()
    }

    /// The embeddings of [`Channel::scored`], one after the other, where they are kept.
    pub(super) fn embeddings(&self) -> &[f32] {
        &self.embeddings
    }

    /// Windows to explain, where they are kept.
    pub(super) fn kept_windows(&self) -> &[KeptWindow] {
        self.spread.as_ref().map_or(&[], Spread::windows)
    }

    /// Windows scored so far.
    pub(super) fn scored(&self) -> &[WindowScore] {
        &self.scored
    }
}

fn seconds(samples: u64) -> f64 {
    samples as f64 / f64::from(MODEL_SAMPLE_RATE_HZ)
}
