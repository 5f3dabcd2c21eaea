//! Measures the quality of a recording: its bandwidth, and how much of it is clipped.

use super::bandwidth::BandwidthMeter;
use crate::audio::{ClippingMeter, MAX_SAMPLE_RATE_HZ, MIN_SAMPLE_RATE_HZ};

/// Measures one channel of a recording, block by block, in bounded memory.
pub struct InputMeter {
    bandwidth: BandwidthMeter,
    clipping: ClippingMeter,
}

impl std::fmt::Debug for InputMeter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InputMeter")
            .field("clipping", &self.clipping)
            .finish_non_exhaustive()
    }
}

impl InputMeter {
    /// A meter for samples at `rate_hz`; a rate that no recording has is taken for the nearest one
    /// that may be read.
    #[must_use]
    pub fn new(rate_hz: u32) -> Self {
        let rate_hz = rate_hz.clamp(MIN_SAMPLE_RATE_HZ, MAX_SAMPLE_RATE_HZ);
        Self {
            bandwidth: BandwidthMeter::new(rate_hz),
            clipping: ClippingMeter::default(),
        }
    }

    /// Takes the next samples of the channel.
    pub fn push(&mut self, samples: &[f32]) {
        self.push_level(samples);
        self.push_spectrum(samples);
    }

    /// Takes the next samples, as they were recorded, for the share that is clipped.
    pub(crate) fn push_level(&mut self, samples: &[f32]) {
        self.clipping.push(samples);
    }

    /// Takes the next samples for the bandwidth: without what a line has added to the voice.
    pub(crate) fn push_spectrum(&mut self, samples: &[f32]) {
        self.bandwidth.push(samples);
    }

    /// Highest frequency the recording carries, Hz: where the long-term average spectrum of its
    /// active frames last stands within 50 dB of its peak. 0 for silence and for less than one
    /// frame (30 to 60 ms).
    #[must_use]
    pub fn bandwidth_hz(&self) -> u32 {
        self.bandwidth.bandwidth_hz()
    }

    /// Share of samples in runs of three or more at full scale, 0 to 1: |x| >= 0.999, or exactly
    /// the largest value of G.711 (0.980, 0.984) or of 8-bit samples (0.992). Before any
    /// resampling.
    #[must_use]
    pub fn clipped_share(&self) -> f64 {
        self.clipping.share()
    }
}
