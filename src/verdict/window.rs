//! Scores and where in the recording they belong.

use serde::{Deserialize, Serialize};

/// One stretch of the timeline and its log-likelihood ratio.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// Start, seconds from the start of the recording.
    pub start_s: f64,
    /// End, seconds from the start of the recording.
    pub end_s: f64,
    /// Natural-log likelihood ratio, bona fide over spoof.
    pub llr: f64,
}

/// One window of speech and its score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct WindowScore {
    /// Start of its first sample, seconds from the start of the recording.
    pub start_s: f64,
    /// End of its last sample, seconds from the start of the recording. Pauses within are left out
    /// of the window.
    pub end_s: f64,
    /// The model's output, uncalibrated, higher for bona fide.
    pub score: f64,
    /// Logit that it is one voice speaking, if the model has this check. Whether the window counts
    /// is decided with its neighbours, see
    /// [`DecisionRules::domain_s`](crate::model::DecisionRules::domain_s).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<f64>,
}
