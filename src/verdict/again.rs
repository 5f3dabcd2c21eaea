//! The same scores at another operating point.

use super::decide::{ChannelScores, decide};
use super::decision::{Decision, Reason, Verdict};
use super::window::WindowScore;
use crate::model::{ModelMetadata, OperatingPoint};

/// Decides again about a channel, at another operating point of the model that gave its scores.
///
/// No reason for the lack of a verdict depends on the operating point, so that `reason`, the one of
/// the first decision, stands for the band and the clipping behind it, which a result does not
/// keep. The other facts are those of [`ChannelScores`].
#[must_use]
pub fn decide_again(
    speech_s: f64,
    reason: Option<Reason>,
    windows: &[WindowScore],
    metadata: &ModelMetadata,
    point: &OperatingPoint,
) -> Decision {
    let channel = ChannelScores {
        speech_s,
        bandwidth_hz: u32::MAX,
        clipped_share: 0.0,
        // The reason says it already.
        crosstalk_s: 0.0,
        windows,
    };
    let decision = decide(&channel, metadata, point);
    if reason.is_none() {
        return decision;
    }
    Decision {
        verdict: Verdict::Inconclusive,
        reason,
        partly_synthetic: false,
        synthetic_spans: Vec::new(),
        ..decision
    }
}
