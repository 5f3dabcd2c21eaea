//! The score of a whole channel.

use crate::model::DecisionRules;

/// The mean of the scores without the lowest that the rules leave out; `None` of nothing. Sorts
/// them.
pub(super) fn trimmed_mean(scores: &mut [f64], rules: &DecisionRules) -> Option<f64> {
    scores.sort_by(f64::total_cmp);
    let beyond = scores.len().saturating_sub(rules.lowest_left_out_beyond);
    let left_out = (rules.lowest_left_out * beyond as f64) as usize;
    let kept = scores.get(left_out..).unwrap_or_default();
    (!kept.is_empty()).then(|| kept.iter().sum::<f64>() / kept.len() as f64)
}
