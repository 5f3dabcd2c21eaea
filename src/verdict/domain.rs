//! Which windows of a channel are in the model's domain: one voice speaking.

use super::window::WindowScore;
use crate::model::ModelMetadata;

/// Whether each window counts: the mean logit of it and its neighbours, as many as fit in
/// [`DecisionRules::domain_s`](crate::model::DecisionRules::domain_s) on either side (at the ends
/// there are fewer), is at least the model's `domain_threshold`. All do without that check.
pub(super) fn in_domain(windows: &[WindowScore], metadata: &ModelMetadata) -> Vec<bool> {
    let reach = neighbours(metadata);
    (0..windows.len())
        .map(|i| {
            let around = &windows[i.saturating_sub(reach)..(i + reach + 1).min(windows.len())];
            let sum: Option<f64> = around.iter().map(|w| w.domain).sum();
            match (sum, metadata.domain_threshold) {
                (Some(sum), Some(threshold)) => sum / around.len() as f64 >= threshold,
                _ => true,
            }
        })
        .collect()
}

/// Windows on either side that fit; none where one window nearly fills the span.
fn neighbours(metadata: &ModelMetadata) -> usize {
    let beyond = (metadata.decision_rules.domain_s - metadata.window_s()) / 2.0;
    (beyond / metadata.hop_s()).floor().max(0.0) as usize
}
