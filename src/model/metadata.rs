//! What travels with an ONNX file: one JSON object under the metadata key `bonafide`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::features::FrontEnd;

/// The metadata format this build reads.
pub const FORMAT_VERSION: u32 = 1;

/// Everything that must agree between training and scoring.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelMetadata {
    /// Always [`FORMAT_VERSION`].
    pub format_version: u32,
    /// Model name.
    pub name: String,
    /// Model version.
    pub version: String,
    /// The features the network takes: input `features`, f32 `(batch, frames, bins)`, frames fixed by `window_samples`;
    /// output `score`, f32 `(batch,)`, uncalibrated, higher = more bona fide.
    pub front_end: FrontEnd,
    /// Samples of (packed) speech in one window. Shorter speech is repeated from its start until it fills the window.
    pub window_samples: usize,
    /// Samples between the starts of two windows.
    pub hop_samples: usize,
    /// Window score to natural-log likelihood ratio.
    pub calibration: Calibration,
    /// Mean window score of a channel to natural-log likelihood ratio, by seconds of speech.
    pub channel_calibration: Vec<ChannelCalibration>,
    /// Named thresholds with their measured error rates.
    pub operating_points: BTreeMap<String, OperatingPoint>,
    /// SHA-256 over the sorted manifest of the training data.
    pub training_digest: String,
}

/// `llr = scale * score + offset`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Factor, > 0.
    pub scale: f64,
    /// Offset, natural log.
    pub offset: f64,
}

/// A calibration for channels with at least `min_speech_s` of speech; the entry with the largest such value applies.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ChannelCalibration {
    /// Lower end of the range of speech seconds.
    pub min_speech_s: f64,
    /// Factor and offset on the mean window score.
    #[serde(flatten)]
    pub calibration: Calibration,
}

/// A named threshold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OperatingPoint {
    /// Prior probability of spoof behind `synthetic_probability`.
    pub spoof_prior: f64,
    /// A channel whose LLR is below this is synthetic.
    pub threshold_llr: f64,
    /// A run of windows whose mean LLR is below this makes the channel synthetic, whatever the rest says.
    pub segment_threshold_llr: f64,
    /// Measured share of bona fide speech called synthetic.
    pub false_alarm_rate: f64,
    /// Measured share of spoofs called bona fide.
    pub miss_rate: f64,
    /// What the rates were measured on.
    pub measured_on: String,
}
