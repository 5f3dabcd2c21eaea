//! The public face: samples in, decisions out.

use super::activity::ActivityTracker;
use super::analysis::{Analysis, FRAMES_PER_S, FrameMeasures, LOW_SHIFT};
use super::crosstalk::BandPowers;
use super::smoothing::{FrameDecision, Smoother};
use crate::error::Result;
use crate::features::with_low_rate;

/// Finds speech in a stream of samples: one [`FrameDecision`] per 10 ms, in order.
///
/// Decisions come at most 1.85 s late and do not depend on how the stream is cut into blocks.
/// Memory does not grow with the length of the stream.
///
/// ```
/// let mut detector = voxhumana::speech::SpeechDetector::new(16_000)?;
/// let mut decisions = Vec::new();
/// detector.push(&vec![0.0; 16_000], &mut decisions);
/// detector.finish(&mut decisions);
/// assert_eq!(decisions.len(), 100);
/// assert!(decisions.iter().all(|frame| !frame.is_speech));
/// # Ok::<(), voxhumana::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct SpeechDetector {
    sample_rate_hz: usize,
    /// Samples of a frame not yet complete.
    pending: Vec<f32>,
    analysis: Analysis,
    activity: ActivityTracker,
    smoother: Smoother,
    /// Band powers of every `LOW_SHIFT`th frame, where they are asked for.
    bands: Option<Vec<BandPowers>>,
    /// Frames measured since the latest of them.
    since_bands: usize,
}

impl SpeechDetector {
    /// A detector for one channel at `sample_rate_hz`: a multiple of 4000 from 8000 to 48000.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) for any other rate.
    pub fn new(sample_rate_hz: u32) -> Result<Self> {
        let rate = with_low_rate(sample_rate_hz)?;
        Ok(Self {
            sample_rate_hz: rate,
            pending: Vec::with_capacity(rate / FRAMES_PER_S),
            analysis: Analysis::new(rate),
            activity: ActivityTracker::default(),
            smoother: Smoother::default(),
            bands: None,
            since_bands: 0,
        })
    }

    /// From now on keeps the band powers, until they are drained.
    pub(crate) fn keep_bands(&mut self) {
        self.bands = Some(Vec::new());
    }

    /// The band powers measured since the last call.
    pub(crate) fn drain_bands(&mut self) -> impl Iterator<Item = BandPowers> + '_ {
        self.bands.iter_mut().flat_map(|bands| bands.drain(..))
    }

    /// Takes the next samples (full scale is 1) and appends the decisions that have become due.
    ///
    /// Samples beyond full scale are clipped; those that are not finite count as zeros.
    pub fn push(&mut self, samples: &[f32], decisions: &mut Vec<FrameDecision>) {
        let frame_length = self.sample_rate_hz / FRAMES_PER_S;
        let mut rest = samples;
        if !self.pending.is_empty() {
            let missing = frame_length - self.pending.len();
            let (head, tail) = rest.split_at(missing.min(rest.len()));
            self.pending.extend_from_slice(head);
            rest = tail;
            if self.pending.len() < frame_length {
                return;
            }
            let measured = self.analysis.frame(&self.pending);
            self.pending.clear();
            self.take(measured, decisions);
        }
        let frames = rest.chunks_exact(frame_length);
        self.pending.extend_from_slice(frames.remainder());
        for frame in frames {
            let measured = self.analysis.frame(frame);
            self.take(measured, decisions);
        }
    }

    /// Ends the stream: appends the decisions still due and makes the detector ready for a new
    /// stream.
    ///
    /// A last frame of less than 10 ms is dropped.
    pub fn finish(&mut self, decisions: &mut Vec<FrameDecision>) {
        while let Some(measured) = self.analysis.flush() {
            self.take(Some(measured), decisions);
        }
        while let Some(activity) = self.activity.flush() {
            self.smoother.push(activity, decisions);
        }
        self.smoother.finish(decisions);
        self.pending.clear();
        self.analysis = Analysis::new(self.sample_rate_hz);
        self.activity = ActivityTracker::default();
        self.smoother = Smoother::default();
        self.since_bands = 0;
    }

    fn take(&mut self, measured: Option<FrameMeasures>, decisions: &mut Vec<FrameDecision>) {
        let Some(measured) = measured else { return };
        if let Some(bands) = &mut self.bands {
            if self.since_bands == 0 {
                bands.push(measured.lines.bands);
            }
            self.since_bands = (self.since_bands + 1) % LOW_SHIFT;
        }
        if let Some(activity) = self.activity.push(measured) {
            self.smoother.push(activity, decisions);
        }
    }
}
