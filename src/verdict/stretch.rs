//! The windows in a row that speak most for synthesis.

use super::decision::Stretch;
use super::window::WindowScore;
use crate::model::{ModelMetadata, OperatingPoint, StretchRule};

/// A stretch and what it says of its channel.
pub(super) struct Worst {
    pub(super) stretch: Stretch,
    /// Its log-likelihood ratio with the allowance for long speech, to be held against the
    /// operating point's threshold for stretches.
    pub(super) channel_llr: f64,
}

/// The worst stretch over all scales of the rules.
///
/// Windows are in a row in the speech; a pause, or the other side speaking, does not part them, a
/// window out of domain does. `counted_speech_s` moves the thresholds, see
/// [`StretchRule::allowance`].
pub(super) fn worst(
    windows: &[WindowScore],
    in_domain: &[bool],
    counted_speech_s: f64,
    metadata: &ModelMetadata,
    point: &OperatingPoint,
) -> Option<Worst> {
    let of_scale = |rule: &StretchRule| {
        let length = windows_in(rule.seconds, metadata);
        let allowance = rule.allowance(counted_speech_s);
        windows
            .windows(length)
            .zip(in_domain.windows(length))
            .filter(|(_, inside)| inside.iter().all(|&inside| inside))
            .filter_map(|(row, _)| {
                let sum: f64 = row.iter().map(|w| w.score).sum();
                let llr = metadata.calibration.llr(sum / row.len() as f64);
                let stretch = Stretch {
                    start_s: row.first()?.start_s,
                    end_s: row.last()?.end_s,
                    llr,
                    threshold_llr: point.stretch_threshold_llr - allowance,
                };
                Some(Worst {
                    stretch,
                    channel_llr: llr + allowance,
                })
            })
            .min_by(|a, b| a.channel_llr.total_cmp(&b.channel_llr))
    };
    let scales = metadata.decision_rules.stretches.iter();
    scales
        .filter_map(of_scale)
        .min_by(|a, b| a.channel_llr.total_cmp(&b.channel_llr))
}

/// Windows, one hop apart, that span so many seconds; one at least.
pub(super) fn windows_in(seconds: f64, metadata: &ModelMetadata) -> usize {
    let beyond_first = seconds - metadata.window_s();
    // A length that no list of windows has, where rules that were not checked ask for one.
    ((beyond_first / metadata.hop_s()).round().max(0.0) as usize).saturating_add(1)
}
