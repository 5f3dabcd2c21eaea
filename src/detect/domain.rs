//! Which windows of a channel are in the model's domain: one voice speaking.

use super::result::WindowScore;
use crate::model::{MODEL_SAMPLE_RATE_HZ, ModelMetadata};

/// Seconds of speech over which the network's answer about its domain is averaged. Music, noise and voices come and go
/// within seconds, but a single second of speech misleads a network: with windows of 1 s, judged one by one, 7 % of the
/// dev set's speech was left out, where the mean of three leaves out 4 % and finds more music and more voices at once. A
/// channel's first and last windows have neighbours on one side only.
pub const DOMAIN_S: f64 = 3.0;

/// Whether each window counts: the mean logit of it and its neighbours, as many as fit in [`DOMAIN_S`] on either side (at
/// the ends there are fewer), is at least the model's `domain_threshold`. All do without that check.
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

/// Windows on either side that fit in [`DOMAIN_S`]; none where one window nearly fills it.
fn neighbours(metadata: &ModelMetadata) -> usize {
    let seconds = |samples: usize| samples as f64 / f64::from(MODEL_SAMPLE_RATE_HZ);
    let beyond = (DOMAIN_S - seconds(metadata.window_samples)) / 2.0;
    (beyond / seconds(metadata.hop_samples)).floor().max(0.0) as usize
}
